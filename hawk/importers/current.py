"""Which of several copies of a sample counts.

A retry copies finished samples into its own log, a second run repeats them: an eval set may have a
sample several times. Which one is *current* follows from what the logs say alone, so imports in any
order come to the same: a finished one before one that was cancelled or never ended; then the one
completed last; of equals (a retry's copy) the one of the newer eval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    collate,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.warehouse.tables.results import evals, samples

_CANCELLED = ("CancelledError(", "Cancelled(", "Cancelled by")


def is_cancelled(error: str | None) -> bool:
    """Whether a sample's error says that it was cancelled, which is no result of its own."""
    return error is not None and error.startswith(_CANCELLED)


async def recompute_task(conn: AsyncConnection, eval_set_id: str, task_id: str) -> None:
    """Set ``current`` for all samples of one task of an eval set."""
    logs = await _logs(conn, eval_set_id, task_id)
    if len(logs) > 1:
        await _settle(conn, logs, ())
        return
    mine = (samples.c.log_id.in_(logs), ~samples.c.current)
    await conn.execute(update(samples).where(*mine).values(current=True))


async def recompute(conn: AsyncConnection, eval_set_id: str, task_id: str, log_id: int, first: int) -> None:
    """The same where all that changed are rows of one log that were added, from ``first`` on."""
    logs = await _logs(conn, eval_set_id, task_id)
    if len(logs) > 1:
        new = samples.alias("new")
        same = (new.c.sample_id == samples.c.sample_id, new.c.epoch == samples.c.epoch)
        await _settle(conn, logs, (exists().where(new.c.log_id == log_id, new.c.pk >= first, *same),))


async def _settle(conn: AsyncConnection, logs: Sequence[int], touched: Sequence[ColumnElement[bool]]) -> None:
    ranked = (
        select(samples.c.pk, samples.c.current, _place(conn.dialect.name).label("place"))
        .join_from(samples, evals, samples.c.log_id == evals.c.log_id)
        .where(samples.c.log_id.in_(logs), *touched)
        .subquery()
    )
    wins = ranked.c.place == 1
    chosen = select(ranked.c.pk, wins.label("wins")).where(
        or_(and_(wins, ~ranked.c.current), and_(~wins, ranked.c.current))
    )
    wrong = [{"row": row.pk, "now": bool(row.wins)} for row in await conn.execute(chosen)]
    if wrong:
        change = update(samples).where(samples.c.pk == bindparam("row")).values(current=bindparam("now"))
        await conn.execute(change, wrong)


def _place(dialect: str) -> ColumnElement[int]:
    """1 for the copy that counts, of those of one sample and epoch."""
    cancelled = or_(*(func.coalesce(samples.c.error, "").startswith(sign) for sign in _CANCELLED))
    unfinished = case((or_(samples.c.completed_at.is_(None), cancelled), 1), else_=0)
    return func.row_number().over(
        partition_by=(samples.c.sample_id, samples.c.epoch),
        order_by=(
            unfinished,
            samples.c.completed_at.desc().nulls_last(),
            evals.c.created_at.desc().nulls_last(),
            _bytewise(evals.c.id, dialect).desc(),
            _bytewise(evals.c.location, dialect).desc(),
        ),
    )


def _bytewise(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """Text in the order of its bytes, as SQLite has it, whatever the database's language."""
    return collate(column, "C") if dialect == "postgresql" else column


async def _logs(conn: AsyncConnection, eval_set_id: str, task_id: str) -> Sequence[int]:
    chosen = select(evals.c.log_id).where(evals.c.eval_set_id == eval_set_id, evals.c.task_id == task_id)
    return (await conn.execute(chosen)).scalars().all()
