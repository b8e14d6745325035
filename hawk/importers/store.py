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
from hawk.warehouse.eval_sets import show_models
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
    imported_at: datetime


class Standing(msgspec.Struct, frozen=True):
    """What decides, besides the samples, which copies of them count."""

    eval_set_id: str
    task_id: str
    eval_id: str
    created_at: datetime | None

    @property
    def task(self) -> tuple[str, str]:
        """The eval set and the task whose logs have copies."""
        return self.eval_set_id, self.task_id


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
    await take_turn(conn, turn_of(folder if slash else ""))
    row = (await conn.execute(select(*_SEEN).where(logs.c.location == location))).first()
    return (None if row is None else Seen(*row)) == seen


async def write_failure(conn: AsyncConnection, entry: Entry, seen: Seen | None, values: Row) -> None:
    """Note that a log can't be read. Rows of what could be read before stay, with the error beside."""
    if seen is not None:
        # Of a log at the top, only what it says itself tells its eval set.
        values = {**values, "eval_set_id": seen.eval_set_id}
    if seen is not None and seen.importer_version != IMPORTER_VERSION:
        values = {**values, "members": None}
    log_id = await put_ledger(conn, entry, seen, values)
    await conn.execute(update(evals).where(evals.c.log_id == log_id).values(import_error=values["error"]))
    await show_models(conn, log_id, values["eval_set_id"], None)


async def remove_log(conn: AsyncConnection, seen: Seen) -> None:
    """Remove a log that is gone, with all its rows."""
    standing = await standing_of(conn, seen.id)
    await conn.execute(delete(logs).where(logs.c.id == seen.id))
    if standing is not None:
        await take_turn(conn, turn_of(standing.eval_set_id))
        await recompute_task(conn, *standing.task)


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


async def standing_of(conn: AsyncConnection, log_id: int) -> Standing | None:
    """How a log stands among others; None for one that was never read."""
    columns = [evals.c[name] for name in ("eval_set_id", "task_id", "id", "created_at")]
    row = (await conn.execute(select(*columns).where(evals.c.log_id == log_id))).first()
    return None if row is None else Standing(*row)


def turn_of(eval_set_id: str) -> str:
    """The name of the turn of those who write the logs of one eval set."""
    return f"eval set {eval_set_id}"
