"""Alembic's entry: runs the migrations on the connection that the caller hands over."""

from __future__ import annotations

from alembic import context

from hawk.warehouse.tables import access, callers, heartbeats, jobs, leases, results, signing_keys, text
from hawk.warehouse.tables.metadata import metadata

__all__ = ["access", "callers", "heartbeats", "jobs", "leases", "results", "signing_keys", "text"]

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    # SQLite's steps are one transaction of the caller's; PostgreSQL's are one each, for some can't be in any.
    transaction_per_migration=connection.dialect.name == "postgresql",
)
with context.begin_transaction():
    context.run_migrations()
