"""Which of several copies of a sample counts.

A retry copies finished samples into its own log, a second run repeats them: an eval set may have a
sample several times. Which one is *current* follows from what the logs say alone, so imports in any
order come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.warehouse.tables.results import evals, samples

_NEVER = datetime.min.replace(tzinfo=UTC)


class Copy(msgspec.Struct, frozen=True):
    """One copy of a sample. ``created_at`` is its eval's."""

    pk: int
    sample_id: str
    epoch: int
    current: bool
    error: str | None
    completed_at: datetime | None
    created_at: datetime | None
    eval_id: str
    location: str


def choose(copies: Iterable[Copy]) -> dict[tuple[str, int], Copy]:
    """The copy that counts, for each (sample id, epoch).

    A finished one before one that was cancelled or never ended; then the one completed last; of
    equals (a retry's copy) the one of the newer eval.
    """
    best: dict[tuple[str, int], Copy] = {}
    for copy in copies:
        key = (copy.sample_id, copy.epoch)
        if key not in best or _rank(copy) > _rank(best[key]):
            best[key] = copy
    return best


async def recompute(conn: AsyncConnection, eval_set_id: str, task_id: str) -> None:
    """Set ``current`` for all samples of one task of an eval set."""
    if not await _has_several(conn, eval_set_id, task_id):
        mine = (samples.c.eval_set_id == eval_set_id, samples.c.task_id == task_id)
        await conn.execute(update(samples).where(*mine, ~samples.c.current).values(current=True))
        return
    copies = await _copies(conn, eval_set_id, task_id)
    chosen = {copy.pk for copy in choose(copies).values()}
    wrong = [
        {"row": copy.pk, "now": copy.pk in chosen} for copy in copies if copy.current != (copy.pk in chosen)
    ]
    if wrong:
        change = update(samples).where(samples.c.pk == bindparam("row")).values(current=bindparam("now"))
        await conn.execute(change, wrong)


def is_cancelled(error: str | None) -> bool:
    """Whether a sample's error says that it was cancelled, which is no result of its own."""
    return error is not None and error.startswith(("CancelledError(", "Cancelled(", "Cancelled by"))


def _rank(copy: Copy) -> tuple[bool, datetime, datetime, str, str]:
    finished = copy.completed_at is not None and not is_cancelled(copy.error)
    return finished, copy.completed_at or _NEVER, copy.created_at or _NEVER, copy.eval_id, copy.location


async def _has_several(conn: AsyncConnection, eval_set_id: str, task_id: str) -> bool:
    other = evals.alias()
    chosen = select(evals.c.log_id).where(
        evals.c.eval_set_id == eval_set_id,
        evals.c.task_id == task_id,
        exists().where(
            other.c.eval_set_id == eval_set_id, other.c.task_id == task_id, other.c.log_id != evals.c.log_id
        ),
    )
    return (await conn.execute(chosen.limit(1))).first() is not None


async def _copies(conn: AsyncConnection, eval_set_id: str, task_id: str) -> list[Copy]:
    s, e = samples.c, evals.c
    chosen = (
        select(s.pk, s.sample_id, s.epoch, s.current, s.error, s.completed_at, e.created_at, e.id, e.location)
        .join_from(samples, evals, s.log_id == e.log_id)
        .where(s.eval_set_id == eval_set_id, s.task_id == task_id)
    )
    return [Copy(*row) for row in await conn.execute(chosen)]
