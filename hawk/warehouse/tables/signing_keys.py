"""The keys that Hawk signs jobs' tokens with."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from hawk.warehouse.columns import Time
from hawk.warehouse.tables.metadata import metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("private", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("retired_at", Time),
)
"""One row a key, as a JWK. The one that isn't retired signs; the others only check what they signed."""
