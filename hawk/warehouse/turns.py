"""Turns of those who read rows of several tables to decide what to write."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TURN = text("SELECT pg_advisory_xact_lock(:space, hashtext(:name))")
_SPACE = 0x4841574C


async def take_turn(conn: AsyncConnection, name: str) -> None:
    """Wait until no other write transaction has the turn ``name``; it is this one's until its end.

    In SQLite a write transaction has every turn from its beginning. Who takes several takes them in
    the order of their names.
    """
    if conn.dialect.name == "postgresql":
        await conn.execute(_TURN, {"space": _SPACE, "name": name})
