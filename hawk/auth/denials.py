"""Refusals: a line in the log at once, and a row a moment later, however many there are."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.caller import Caller
from hawk.auth.types import Denial, DenialList
from hawk.clock import utc_now
from hawk.errors import HawkError
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.callers import denials

logger = logging.getLogger(__name__)

GATHERED = 0.5
"""Seconds that refusals are gathered before they are written: a flood must not fill the database's day."""

MOST_GATHERED = 500
"""Different refusals that one write takes; those beyond are one row, which counts them."""

KEPT, MOST_KEPT = timedelta(days=90), 200_000
"""How long rows are kept, and how many of them."""

_LONGEST = 300


class Refusal(msgspec.Struct, frozen=True):
    """What is told of a refusal: equal ones of the same moment are one row."""

    caller: str | None
    subject: str | None
    route: str
    thing: str
    status: int
    why: str


class Denials:
    """The refusals of one process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._gathered: dict[Refusal, tuple[datetime, int]] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, caller: Caller | None, route: str, thing: str, status: int, why: str) -> None:
        """Log a refusal, and have it written. ``route`` is the template, ``thing`` the path that was sent."""
        name, subject = (caller.name, caller.owner) if caller else (None, None)
        refusal = Refusal(name, subject, route, _short(thing), status, _short(why))
        logger.warning("refused %s to %s: %s %s", refusal.route, name or "nobody", status, refusal.why)
        if refusal not in self._gathered and len(self._gathered) >= MOST_GATHERED:
            refusal = Refusal(None, None, "", "", status, "Refusals beyond what is written in one moment.")
        first, times = self._gathered.get(refusal, (utc_now(), 0))
        self._gathered[refusal] = (first, times + 1)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    async def flush(self) -> None:
        """Write what was gathered."""
        gathered, self._gathered = self._gathered, {}
        rows = [
            {**msgspec.structs.asdict(refusal), "time": time, "times": times}
            for refusal, (time, times) in gathered.items()
        ]
        if not rows:
            return
        try:
            async with self._db.write() as conn:
                await conn.execute(insert(denials), rows)
        except HawkError:
            # The log has them: a database that is away must not end the server.
            logger.warning("%d refusals could not be written", len(rows), exc_info=True)

    async def close(self) -> None:
        """Write the rest."""
        if self._writing is not None:
            await self._writing
        await self.flush()

    async def _write_soon(self) -> None:
        while self._gathered:
            await asyncio.sleep(GATHERED)
            await self.flush()


async def list_denials(conn: AsyncConnection, *, before: int | None, limit: int) -> DenialList:
    """A page of denials, newest first, from behind the row of number ``before``."""
    chosen = select(denials).order_by(denials.c.id.desc()).limit(limit + 1)
    if before is not None:
        chosen = chosen.where(denials.c.id < before)
    rows = (await conn.execute(chosen)).mappings().all()
    items = tuple(Denial(**row) for row in rows[:limit])
    return DenialList(items, str(items[-1].id) if len(rows) > limit else None)


async def prune_denials(db: Database) -> int:
    """Remove the rows that are too old, or too many. Returns how many there were."""
    async with db.write() as conn:
        newest = (await conn.execute(select(func.max(denials.c.id)))).scalar_one() or 0
        dated = denials.c.time < utc_now() - KEPT
        gone = delete(denials).where(dated | (denials.c.id <= newest - MOST_KEPT)).returning(denials.c.id)
        return len((await conn.execute(gone)).all())


def _short(text: str) -> str:
    """Text that a row of any database can hold."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:_LONGEST]
