"""Alembic's entry: runs the migrations on the connection that the caller hands over."""

from __future__ import annotations

from alembic import context

from hawk.warehouse.tables import jobs, leases, results, text
from hawk.warehouse.tables.metadata import metadata

__all__ = ["jobs", "leases", "results", "text"]

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
