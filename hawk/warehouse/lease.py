"""Leases: who works on what, for how long. Whoever dies holds up others until its time is over, no longer.

A lease saves double work. What must never happen twice asks :func:`still_holds` in the transaction
that writes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Interval, and_, delete, func, literal, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.clock import utc_now
from hawk.errors import HawkError
from hawk.warehouse.columns import Time
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.leases import leases


class Lease(msgspec.Struct, frozen=True):
    """A piece of work that ``holder`` has taken. A holder takes a name once at a time."""

    name: str
    holder: str


async def take(db: Database, name: str, holder: str, seconds: float) -> Lease | None:
    """Take a piece of work for so long; None where somebody has it."""
    async with db.write() as conn:
        until = _in(conn, seconds)
        change = _upsert(conn).values(name=name, holder=holder, until=until)
        taken = change.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"holder": holder, "until": until},
            where=leases.c.until <= _in(conn, 0),
        ).returning(leases.c.name)
        found = (await conn.execute(taken)).first()
    return None if found is None else Lease(name, holder)


async def renew(db: Database, lease: Lease, seconds: float) -> bool:
    """Hold a lease for so long from now; False where it ran out, whether or not somebody took it."""
    async with db.write() as conn:
        changed = update(leases).where(_holds(conn, lease)).values(until=_in(conn, seconds))
        return (await conn.execute(changed.returning(leases.c.name))).first() is not None


async def release(db: Database, lease: Lease) -> None:
    """Give a lease back; one that ran out, and perhaps is somebody else's now, stays as it is."""
    async with db.write() as conn:
        await conn.execute(delete(leases).where(_holds(conn, lease)))


@asynccontextmanager
async def holding(
    db: Database, name: str, holder: str, seconds: float, *, after: float = 0
) -> AsyncGenerator[Lease | None]:
    """Hold a piece of work for as long as the ``with`` lasts; None where somebody else has it.

    ``seconds`` is how long it stays taken if this process dies; ``after`` how long it stays so in any case.
    """
    lease = await take(db, name, holder, seconds)
    if lease is None:
        yield None
        return
    ends = asyncio.Event()
    keeping = asyncio.create_task(_keep(db, lease, seconds, ends))
    try:
        yield lease
    finally:
        ends.set()
        try:
            # Not cancelled: a renewal that is under way would cost a connection. Nor is its fault the work's.
            await asyncio.wait([keeping])
        finally:
            # It runs out by itself, so a database that is gone by now is no reason to fail.
            with suppress(HawkError):
                await (renew(db, lease, after) if after else release(db, lease))


async def still_holds(conn: AsyncConnection, lease: Lease) -> bool:
    """Whether a lease holds. Nobody else gets it until the caller's write transaction ends."""
    found = await conn.execute(select(leases.c.name).where(_holds(conn, lease)).with_for_update())
    return found.first() is not None


async def remove_old(db: Database, seconds: float) -> int:
    """Remove what ran out so long ago. Returns how many there were."""
    async with db.write() as conn:
        gone = delete(leases).where(leases.c.until <= _in(conn, -seconds)).returning(leases.c.name)
        return len((await conn.execute(gone)).all())


async def _keep(db: Database, lease: Lease, seconds: float, ends: asyncio.Event) -> None:
    while not ends.is_set():
        try:
            await asyncio.wait_for(ends.wait(), seconds / 3)
        except TimeoutError:
            with suppress(HawkError):
                await renew(db, lease, seconds)


def _holds(conn: AsyncConnection, lease: Lease) -> ColumnElement[bool]:
    mine = and_(leases.c.name == lease.name, leases.c.holder == lease.holder)
    return and_(mine, leases.c.until > _in(conn, 0))


def _in(conn: AsyncConnection, seconds: float) -> ColumnElement[Any]:
    """The time in so many seconds, by the one clock that all holders share."""
    ahead = timedelta(seconds=seconds)
    if conn.dialect.name == "postgresql":
        # Of this moment, not of the transaction's begin: it may have waited for a row.
        return func.clock_timestamp() + literal(ahead, Interval())
    return literal(utc_now() + ahead, Time())


def _upsert(conn: AsyncConnection) -> Any:
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(leases)
    return sqlite.insert(leases)
