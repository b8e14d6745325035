"""What is done about old sessions, apart from what needs the libraries of signatures."""

from __future__ import annotations

from sqlalchemy import delete

from hawk.clock import utc_now
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.callers import web_sessions


async def prune_sessions(db: Database) -> int:
    """Remove the sessions that are over. Returns how many there were."""
    over = delete(web_sessions).where(web_sessions.c.expires_at <= utc_now())
    async with db.write() as conn:
        return len((await conn.execute(over.returning(web_sessions.c.id))).all())
