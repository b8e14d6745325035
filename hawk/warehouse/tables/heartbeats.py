"""What runners said over HTTP."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table

from hawk.warehouse.columns import Document, Time
from hawk.warehouse.tables.metadata import metadata

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("job_id", String, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("launch", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("heard_at", Time, nullable=False),
    Column("outcome", Document),
)
"""One row a job: the newest attempt that was heard of, and its newest heartbeat."""
