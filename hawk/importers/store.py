"""All SQL of the importer. One log is one transaction: a reader sees it before or after, never half."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.backends.storage.store import Entry
from hawk.clock import utc_now
from hawk.importers import ledger
from hawk.importers.current import recompute
from hawk.importers.reading import LogRows
from hawk.importers.samples import SampleRows
from hawk.importers.values import Row
from hawk.warehouse.tables.results import (
    eval_usage,
    evals,
    import_numbers,
    logs,
    sample_usage,
    samples,
    scores,
)
from hawk.warehouse.turns import take_turn

IMPORTER_VERSION = 2
"""Rows of an older importer are imported again by themselves."""

_CHUNK = 500
_SAMPLES_BITS = 24
_TOKENS = ("input", "output", "total", "cache_read", "cache_write", "reasoning")


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
    """The members of a log that are imported; none where another importer did it."""
    if seen.importer_version != IMPORTER_VERSION:
        return {}
    found = await conn.execute(select(logs.c.members).where(logs.c.id == seen.id))
    return ledger.unpack(found.scalar())


async def is_as_seen(conn: AsyncConnection, location: str, seen: Seen | None) -> bool:
    """Whether nobody imported the log since it was looked up, nor does while this transaction lasts."""
    await take_turn(conn, f"eval set {location.partition('/')[0]}")
    row = (await conn.execute(select(*_SEEN).where(logs.c.location == location))).first()
    return (None if row is None else Seen(*row)) == seen


async def write_log(
    conn: AsyncConnection, entry: Entry, seen: Seen | None, rows: LogRows, values: Row
) -> None:
    """Make the rows of a log say what it says now. ``values`` are the ledger's own columns."""
    members = ledger.pack(rows.ledger)
    log_id = await put_ledger(conn, entry, seen, {**values, "members": members})
    task_before = await _task_of(conn, log_id)
    await _remove_samples(conn, log_id, rows.removed)
    task: tuple[str, str] = (values["eval_set_id"], rows.eval.eval["task_id"])
    mark: Row = {"log_id": log_id, "eval_set_id": task[0], "task_id": task[1]}
    if task_before not in {None, task}:
        await conn.execute(update(samples).where(samples.c.log_id == log_id).values(mark))
    await _add_samples(conn, rows.samples, mark)
    await _put_eval(conn, entry, rows, {**mark, "import_error": values["error"]})
    for touched in {task, task_before or task}:
        await recompute(conn, *touched)


async def write_failure(conn: AsyncConnection, entry: Entry, seen: Seen | None, values: Row) -> None:
    """Note that a log can't be read. Rows of what could be read before stay, with the error beside."""
    if seen is not None and seen.importer_version != IMPORTER_VERSION:
        values = {**values, "members": None}
    log_id = await put_ledger(conn, entry, seen, values)
    await conn.execute(update(evals).where(evals.c.log_id == log_id).values(import_error=values["error"]))


async def remove_log(conn: AsyncConnection, seen: Seen) -> None:
    """Remove a log that is gone, with all its rows."""
    task = await _task_of(conn, seen.id)
    await conn.execute(delete(logs).where(logs.c.id == seen.id))
    if task is not None:
        await recompute(conn, *task)


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


async def _task_of(conn: AsyncConnection, log_id: int) -> tuple[str, str] | None:
    chosen = select(evals.c.eval_set_id, evals.c.task_id).where(evals.c.log_id == log_id)
    row = (await conn.execute(chosen)).first()
    return None if row is None else (row.eval_set_id, row.task_id)


async def _remove_samples(conn: AsyncConnection, log_id: int, removed: set[str] | None) -> None:
    mine = samples.c.log_id == log_id
    if removed is None:
        await conn.execute(delete(samples).where(mine))
        return
    ids = sorted(removed)
    for start in range(0, len(ids), _CHUNK):
        await conn.execute(delete(samples).where(mine, samples.c.id.in_(ids[start : start + _CHUNK])))


async def _add_samples(conn: AsyncConnection, added: list[SampleRows], mark: Row) -> None:
    if not added:
        return
    first = await _import_number(conn) << _SAMPLES_BITS
    pk = {one.id: first + number for number, one in enumerate(added)}
    new = [{**one.sample, **mark, "pk": pk[one.id], "current": True} for one in added]
    await conn.execute(insert(samples), new)
    await _add(conn, scores, [{**row, "sample_pk": pk[one.id]} for one in added for row in one.scores])
    await _add(conn, sample_usage, [{**row, "sample_pk": pk[one.id]} for one in added for row in one.usage])


async def _import_number(conn: AsyncConnection) -> int:
    """A number that no import ever had: rows that are gone must not lend their keys to others."""
    added = await conn.execute(insert(import_numbers).values().returning(import_numbers.c.id))
    return added.scalar_one()


async def _put_eval(conn: AsyncConnection, entry: Entry, rows: LogRows, mark: Row) -> None:
    log_id = mark["log_id"]
    counts = await _counts(conn, log_id)
    usage = rows.eval.usage if rows.eval.usage is not None else await _summed_usage(conn, log_id)
    done = rows.eval.eval["samples_done"]
    row = {
        **rows.eval.eval,
        **mark,
        "location": entry.path,
        "samples_done": counts.done if done is None else done,
        "samples_errors": counts.errors,
        **_total(usage),
    }
    await conn.execute(delete(evals).where(evals.c.log_id == log_id))
    await conn.execute(delete(eval_usage).where(eval_usage.c.log_id == log_id))
    await conn.execute(insert(evals).values(row))
    await _add(conn, eval_usage, [{**one, "log_id": log_id} for one in usage])


async def _counts(conn: AsyncConnection, log_id: int) -> Any:
    failed = samples.c.status == "error"
    chosen = select(
        func.count().label("all"),
        func.coalesce(func.sum(case((failed, 1), else_=0)), 0).label("errors"),
        func.coalesce(func.sum(case((failed, 0), else_=1)), 0).label("done"),
    ).where(samples.c.log_id == log_id)
    return (await conn.execute(chosen)).one()


async def _summed_usage(conn: AsyncConnection, log_id: int) -> list[Row]:
    """Tokens by model of the samples so far, for a log that has no sum yet."""
    tokens = (func.sum(sample_usage.c[f"tokens_{name}"]).label(f"tokens_{name}") for name in _TOKENS)
    known = func.count(sample_usage.c.cost) == func.count()
    cost = case((known, func.sum(sample_usage.c.cost)), else_=None).label("cost")
    mine = and_(samples.c.pk == sample_usage.c.sample_pk, samples.c.log_id == log_id)
    chosen = select(sample_usage.c.model, *tokens, cost).join_from(sample_usage, samples, mine)
    found = await conn.execute(chosen.group_by(sample_usage.c.model).order_by(sample_usage.c.model))
    return [dict(row) for row in found.mappings()]


def _total(usage: list[Row]) -> Row:
    tokens = {f"tokens_{name}": sum(int(row[f"tokens_{name}"]) for row in usage) for name in _TOKENS}
    costs = [row["cost"] for row in usage]
    return {**tokens, "cost": sum(costs) if costs and None not in costs else None}


async def _add(conn: AsyncConnection, table: Any, rows: list[Row]) -> None:
    if rows:
        await conn.execute(insert(table), rows)
