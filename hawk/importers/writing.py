"""Makes the rows of a log say what it says now: all of it in one transaction, which is the caller's."""

from __future__ import annotations

import zlib
from typing import Any

from sqlalchemy import Table, and_, case, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.backends.storage.store import Entry
from hawk.importers import ledger
from hawk.importers.current import recompute, recompute_task
from hawk.importers.decoding import shortened
from hawk.importers.reading import LogRows
from hawk.importers.rows import SAMPLE, SCORE, USAGE
from hawk.importers.samples import LONGEST_ID
from hawk.importers.spool import Batch
from hawk.importers.store import Seen, Standing, put_ledger, standing_of, turn_of
from hawk.importers.text.store import account, add_pages, next_position, remove_pages
from hawk.importers.timings import timed
from hawk.importers.values import Row
from hawk.warehouse.bulk import add_rows
from hawk.warehouse.columns import total_of
from hawk.warehouse.eval_sets import show_models
from hawk.warehouse.tables.results import (
    eval_models,
    eval_usage,
    evals,
    import_numbers,
    sample_usage,
    samples,
    scores,
    unread_samples,
)
from hawk.warehouse.turns import take_turn

SAMPLES_BITS = 24
"""An import's number and, in so many bits, a sample's number in it make the key of its row."""

_CHUNK = 500
_COST_DIGITS = 8
_TOKENS = ("input", "output", "total", "cache_read", "cache_write", "reasoning")


async def write_log(
    conn: AsyncConnection, entry: Entry, seen: Seen | None, read: LogRows, values: Row
) -> None:
    """Write what was read of a log. ``values`` are the ledger's own columns."""
    with timed("write"):
        log_id = await put_ledger(conn, entry, seen, {**values, "members": ledger.pack(read.ledger)})
        before, now = await standing_of(conn, log_id), _standing(read, values["eval_set_id"])
        await _take_turns(conn, entry, {one.eval_set_id for one in (before, now) if one is not None})
        mark: Row = {"log_id": log_id, "eval_set_id": now.eval_set_id, "task_id": now.task_id}
        dead = await _remove_samples(conn, log_id, read.removed)
        if before is not None and before.task != now.task:
            await conn.execute(update(samples).where(samples.c.log_id == log_id).values(mark))
        first = await _import_number(conn) << SAMPLES_BITS
        await _add_samples(conn, read, mark, first)
        await account(conn, log_id, dead=dead)
        await _put_eval(conn, entry, read, {**mark, "import_error": values["error"]})
        await show_models(conn, log_id, now.eval_set_id, read.models)
        await _note_unread(conn, log_id, read.faults)
    with timed("current"):
        if _only_added(seen, read) and before in {None, now}:
            await recompute(conn, *now.task, log_id, first)
        else:
            for touched in {now.task, (before or now).task}:
                await recompute_task(conn, *touched)


def _standing(read: LogRows, eval_set_id: str) -> Standing:
    row = read.eval.eval
    return Standing(eval_set_id, row["task_id"], row["id"], row["created_at"])


async def _take_turns(conn: AsyncConnection, entry: Entry, eval_sets: set[str]) -> None:
    """A log at the top may be of an eval set that has a folder: whoever writes that waits."""
    if "/" not in entry.path:
        for eval_set_id in sorted(eval_sets):
            await take_turn(conn, turn_of(eval_set_id))


def _only_added(seen: Seen | None, read: LogRows) -> bool:
    """Whether no sample is gone that was there: those read anew have their new rows."""
    there = {known.row_id for known in read.ledger.values()}
    return seen is None or (read.removed is not None and read.removed <= there)


async def _add_samples(conn: AsyncConnection, read: LogRows, mark: Row, first: int) -> None:
    if not read.added:
        return
    position = await next_position(conn, mark["log_id"])
    for batch in read.spool:
        await _add_rows(conn, batch, mark, first)
        position = await add_pages(conn, mark["log_id"], position, batch.pages, first)


async def _add_rows(conn: AsyncConnection, batch: Batch, mark: Row, first: int) -> None:
    of_log = (mark["log_id"], mark["eval_set_id"], mark["task_id"], True)
    names = ("pk", "log_id", "eval_set_id", "task_id", "current", *SAMPLE.names)
    rows = ((first + row[0], *of_log, *row[1:]) for row in batch.samples)
    await add_rows(conn, samples, names, rows)
    for columns, table, rows in ((SCORE, scores, batch.scores), (USAGE, sample_usage, batch.usage)):
        if rows:
            named = ("sample_pk", *columns.names)
            await add_rows(conn, table, named, ((first + row[0], *row[1:]) for row in rows))


async def _import_number(conn: AsyncConnection) -> int:
    """A number that no import ever had: rows that are gone must not lend their keys to others."""
    if conn.dialect.name == "postgresql":
        drawn = text("SELECT nextval(pg_get_serial_sequence('import_numbers', 'id'))")
        return (await conn.execute(drawn)).scalar_one()
    added = await conn.execute(insert(import_numbers).values().returning(import_numbers.c.id))
    number = added.scalar_one()
    await conn.execute(delete(import_numbers).where(import_numbers.c.id < number))
    return number


async def _remove_samples(conn: AsyncConnection, log_id: int, removed: set[str] | None) -> int:
    """Remove rows, and say how many bytes of text lost their owner."""
    mine = samples.c.log_id == log_id
    if removed is None:
        await remove_pages(conn, log_id)
        await conn.execute(delete(samples).where(mine))
        return 0
    dead, ids = 0, sorted(removed)
    for start in range(0, len(ids), _CHUNK):
        these = (mine, samples.c.id.in_(ids[start : start + _CHUNK]))
        size = select(func.coalesce(func.sum(samples.c.text_size), 0)).where(*these)
        dead += int((await conn.execute(size)).scalar_one())
        await conn.execute(delete(samples).where(*these))
    return dead


async def _note_unread(conn: AsyncConnection, log_id: int, faults: dict[str, str]) -> None:
    await conn.execute(delete(unread_samples).where(unread_samples.c.log_id == log_id))
    rows = [{"log_id": log_id, "member": _told(name), "error": fault} for name, fault in faults.items()]
    await _add(conn, unread_samples, rows)


def _told(name: str) -> str:
    """A member's name; of one that no index takes the beginning, and what tells it from others."""
    short = shortened(name, LONGEST_ID)
    return name if short == name else f"{short}… ({zlib.crc32(name.encode()):08x})"


async def _put_eval(conn: AsyncConnection, entry: Entry, read: LogRows, mark: Row) -> None:
    log_id = mark["log_id"]
    counts = await _counts(conn, log_id)
    usage = read.eval.usage if read.eval.usage is not None else await _summed_usage(conn, log_id)
    done = read.eval.eval["samples_done"]
    row = {
        **read.eval.eval,
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
    await _add_models(conn, log_id, read.models)


async def _add_models(conn: AsyncConnection, log_id: int, models: frozenset[str]) -> None:
    chosen = select(eval_models.c.model).where(eval_models.c.log_id == log_id)
    known = set((await conn.execute(chosen)).scalars())
    await _add(conn, eval_models, [{"log_id": log_id, "model": one} for one in sorted(models - known)])


async def _counts(conn: AsyncConnection, log_id: int) -> Any:
    failed = samples.c.status == "error"
    chosen = select(
        func.coalesce(func.sum(case((failed, 1), else_=0)), 0).label("errors"),
        func.coalesce(func.sum(case((failed, 0), else_=1)), 0).label("done"),
    ).where(samples.c.log_id == log_id)
    return (await conn.execute(chosen)).one()


async def _summed_usage(conn: AsyncConnection, log_id: int) -> list[Row]:
    """Tokens by model of the samples so far, for a log that has no sum yet.

    Costs are cut to millionths of a cent: what is below depends on the order in which they are summed.
    """
    tokens = (total_of(sample_usage.c[f"tokens_{name}"]).label(f"tokens_{name}") for name in _TOKENS)
    known = func.count(sample_usage.c.cost) == func.count()
    cost = case((known, func.sum(sample_usage.c.cost)), else_=None).label("cost")
    mine = and_(samples.c.pk == sample_usage.c.sample_pk, samples.c.log_id == log_id)
    chosen = select(sample_usage.c.model, *tokens, cost).join_from(sample_usage, samples, mine)
    found = await conn.execute(chosen.group_by(sample_usage.c.model).order_by(sample_usage.c.model))
    return [
        {**row, "cost": None if row["cost"] is None else round(row["cost"], _COST_DIGITS)}
        for row in found.mappings()
    ]


def _total(usage: list[Row]) -> Row:
    tokens = {f"tokens_{name}": sum(int(row[f"tokens_{name}"]) for row in usage) for name in _TOKENS}
    costs = [row["cost"] for row in usage]
    return {**tokens, "cost": sum(costs) if costs and None not in costs else None}


async def _add(conn: AsyncConnection, table: Table, rows: list[Row]) -> None:
    if rows:
        await conn.execute(insert(table), rows)
