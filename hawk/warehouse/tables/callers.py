"""Who was refused what, and who is logged in with a browser."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from hawk.warehouse.columns import Document, RowId, Time
from hawk.warehouse.tables.metadata import metadata

denials = Table(
    "denials",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("time", Time, nullable=False, index=True),
    Column("caller", Text),
    Column("subject", Text),
    Column("route", Text, nullable=False),
    Column("thing", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("times", Integer, nullable=False, server_default="1"),
)
"""One row a refusal; the same one again within a second or so counts up ``times``. Old ones are pruned."""

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("groups", Document, nullable=False),
    Column("refresh", Text),
    Column("created_at", Time, nullable=False),
    Column("access_until", Time, nullable=False),
    Column("renewed_at", Time),
    Column("expires_at", Time, nullable=False, index=True),
)
"""One row a browser that is logged in. ``id`` is the SHA-256 of the cookie's value, which is nowhere else.

``refresh`` is the provider's refresh token, encrypted with a key made of the cookie's value;
``access_until`` is when what the provider said of the user must be asked for again.
"""
