"""How a warehouse is: how much it has, and what it could not read."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, select

from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import logs


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """``text_bytes`` is the text of all transcripts before it is compressed, what is dead included.

    ``dead_letters`` are logs of which something stays unread until their bytes change.
    """

    logs: int
    text_bytes: int
    dead_letters: int


async def health(db: Database) -> Health:
    """Count."""
    dead = (logs.c.state != "imported") & logs.c.retry_at.is_(None)
    count = func.count()
    query = select(count, func.coalesce(func.sum(logs.c.text_size), 0), count.filter(dead)).select_from(logs)
    async with db.read() as conn:
        number, text, unread = (await conn.execute(query)).one()
    return Health(logs=number, text_bytes=int(text), dead_letters=unread)
