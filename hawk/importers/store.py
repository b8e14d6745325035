"""The SQL of the ledger: which logs are known, how they stand, and what of them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.backends.storage.store import Entry
from hawk.clock import utc_now
from hawk.importers import ledger
from hawk.importers.current import recompute_task
from hawk.importers.values import Row
from hawk.warehouse.tables.results import evals, logs
from hawk.warehouse.turns import take_turn

IMPORTER_VERSION = 3
"""Rows of an older importer are imported again by themselves."""


class Seen(msgspec.Struct, frozen=True):
    """A log as the ledger has it."""

    id: int
    location: str
    eval_set_id: str
    etag: str
    size: int
    importer_version: int
    state: str
    tries: int
    retry_at: datetime | None


_SEEN = [logs.c[name] for name in Seen.__struct_fields__]


async def seen_logs(conn: AsyncConnection, folder: str) -> dict[str, Seen]:
    """The ledger of all logs below a folder (empty: of all), by location."""
    chosen = select(*_SEEN)
    if folder:
        prefix = f"{folder}/"
        chosen = chosen.where(func.substr(logs.c.location, 1, len(prefix)) == prefix)
    return {row.location: Seen(*row) for row in await conn.execute(chosen)}


async def known_members(conn: AsyncConnection, seen: Seen) -> ledger.Ledger:
    """The samples of a log that are imported; none where another importer did it."""
    if seen.importer_version != IMPORTER_VERSION:
        return {}
    found = await conn.execute(select(logs.c.members).where(logs.c.id == seen.id))
    return ledger.unpack(found.scalar())


async def is_as_seen(conn: AsyncConnection, location: str, seen: Seen | None) -> bool:
    """Whether nobody imported the log since it was looked up, nor does while this transaction lasts.

    Logs of one eval set are written one after another: which copy of a sample counts is seen by all.
    """
    folder, slash, _ = location.partition("/")
    await take_turn(conn, f"eval set {folder if slash else ''}")
    row = (await conn.execute(select(*_SEEN).where(logs.c.location == location))).first()
    return (None if row is None else Seen(*row)) == seen


async def write_failure(conn: AsyncConnection, entry: Entry, seen: Seen | None, values: Row) -> None:
    """Note that a log can't be read. Rows of what could be read before stay, with the error beside."""
    if seen is not None and seen.importer_version != IMPORTER_VERSION:
        values = {**values, "members": None}
    log_id = await put_ledger(conn, entry, seen, values)
    await conn.execute(update(evals).where(evals.c.log_id == log_id).values(import_error=values["error"]))


async def remove_log(conn: AsyncConnection, seen: Seen) -> None:
    """Remove a log that is gone, with all its rows."""
    task = await task_of(conn, seen.id)
    await conn.execute(delete(logs).where(logs.c.id == seen.id))
    if task is not None:
        await recompute_task(conn, *task)


async def put_ledger(conn: AsyncConnection, entry: Entry, seen: Seen | None, values: Row) -> int:
    """Write the ledger's row of a log. Returns its id."""
    row = {
        "etag": entry.etag,
        "size": entry.size,
        "modified": entry.modified,
        "importer_version": IMPORTER_VERSION,
        "imported_at": utc_now(),
        **values,
    }
    if seen is not None:
        await conn.execute(update(logs).where(logs.c.id == seen.id).values(row))
        return seen.id
    added = await conn.execute(insert(logs).values(location=entry.path, **row).returning(logs.c.id))
    return added.scalar_one()


async def task_of(conn: AsyncConnection, log_id: int) -> tuple[str, str] | None:
    """The eval set and the task that a log is of; None for a log that was never read."""
    chosen = select(evals.c.eval_set_id, evals.c.task_id).where(evals.c.log_id == log_id)
    row = (await conn.execute(chosen)).first()
    return None if row is None else (row.eval_set_id, row.task_id)
