"""All SQL of comparisons."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.auth.visibility import visible, visible_eval_sets
from hawk.results.comparison.arms import EvalRow, SampleRow
from hawk.results.queries.current import is_current
from hawk.specs.control import TokenCounts
from hawk.warehouse.numbers import among
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.results import evals, samples, scores

_EVAL = [evals.c[name] for name in EvalRow.__struct_fields__]
_SAMPLE = [
    samples.c[name]
    for name in (
        *("id", "log_id", "uuid", "sample_id", "epoch", "status", "score", "cost"),
        *("total_time", "working_time", "tokens_input", "tokens_output", "tokens_total"),
    )
]
_OLDEST_FIRST = (evals.c.created_at, evals.c.id, evals.c.location)


class Named(msgspec.Struct, frozen=True):
    """What an id stands for: an eval set with all its logs that may be seen, or one eval with one log."""

    id: str
    eval_set_id: str
    log_ids: tuple[int, ...]
    whole_set: bool


async def find(conn: AsyncConnection, access: Access, name: str) -> Named | None:
    """The eval set of this id, else the eval of this id (of its copies, the one stored first)."""
    seen = visible(access, evals.c.log_id)
    of_set = select(evals.c.log_id).where(evals.c.eval_set_id == name, *seen).order_by(*_OLDEST_FIRST)
    if log_ids := tuple((await conn.execute(of_set)).scalars()):
        return Named(name, name, log_ids, whole_set=True)
    of_eval = select(evals.c.log_id, evals.c.eval_set_id).where(evals.c.id == name, *seen)
    row = (await conn.execute(of_eval.order_by(*_OLDEST_FIRST).limit(1))).first()
    return None if row is None else Named(name, row.eval_set_id, (row.log_id,), whole_set=False)


async def is_job(conn: AsyncConnection, access: Access, name: str) -> bool:
    """Whether a job that may be seen has this id, results or not."""
    chosen = select(jobs.c.id).where(jobs.c.id == name, *visible_eval_sets(access, jobs.c.id))
    return (await conn.execute(chosen)).first() is not None


async def read_evals(conn: AsyncConnection, named: Named) -> list[EvalRow]:
    """What was run, oldest first."""
    chosen = select(*_EVAL).where(_mine(named)).order_by(*_OLDEST_FIRST)
    return [EvalRow(**row) for row in (await conn.execute(chosen)).mappings()]


async def read_samples(conn: AsyncConnection, named: Named, scorer: str | None) -> list[SampleRow]:
    """Every epoch that counts, with the headline's number or ``scorer``'s.

    Of an eval set these are the current ones; an eval that was asked for by its own id has all that
    its log holds, superseded since or not.
    """
    joined = samples.join(evals, evals.c.log_id == samples.c.log_id)
    number = samples.c.score
    if scorer is not None:
        mine = and_(scores.c.sample_pk == samples.c.pk, _final(), scores.c.scorer == scorer)
        joined, number = joined.outerjoin(scores, mine), scores.c.number
    chosen = select(*_SAMPLE, number.label("number")).select_from(joined).where(_mine(named))
    if named.whole_set:
        chosen = chosen.where(is_current())
    return [_sample(row) for row in (await conn.execute(chosen)).mappings()]


async def scorer_names(conn: AsyncConnection, compared: Sequence[Named]) -> list[str]:
    """Every scorer that gave a final score to a sample of these."""
    joined = scores.join(samples, samples.c.pk == scores.c.sample_pk)
    joined = joined.join(evals, evals.c.log_id == samples.c.log_id)
    chosen = select(scores.c.scorer).distinct().select_from(joined)
    chosen = chosen.where(_final(), or_(*(_mine(one) for one in compared)))
    return sorted((await conn.execute(chosen)).scalars())


def _final() -> ColumnElement[bool]:
    return scores.c.intermediate.is_(false())


def _mine(named: Named) -> ColumnElement[bool]:
    return among(evals.c.log_id, named.log_ids)


def _sample(row: RowMapping) -> SampleRow:
    return SampleRow(
        **{name: row[name] for name in ("log_id", "sample_id", "epoch", "status", "number")},
        **{name: row[name] for name in ("cost", "total_time", "working_time")},
        name=row["uuid"] or row["id"],
        tokens=TokenCounts(row["tokens_input"], row["tokens_output"], row["tokens_total"]),
    )
