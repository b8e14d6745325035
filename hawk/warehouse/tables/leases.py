"""Who works on what, for how long."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from hawk.warehouse.columns import Time
from hawk.warehouse.tables.metadata import metadata

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Time, nullable=False),
)
"""One row a piece of work that somebody took: until then nobody else does it."""
