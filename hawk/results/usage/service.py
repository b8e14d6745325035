"""Tokens and their cost by model, eval set, user, day and task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.errors import UsageFault
from hawk.results.usage import queries
from hawk.results.usage.grouping import Part, group, usage_of
from hawk.results.usage.queries import EvalRow, ModelOf, SampleSums, UsageFilter
from hawk.results.usage.spending import NOTHING, Spent, own
from hawk.results.usage.types import By, UsageReport
from hawk.warehouse.engine import Database


class _Read(msgspec.Struct, frozen=True):
    evals: list[EvalRow]
    logged: dict[ModelOf, Spent]
    sampled: dict[ModelOf, SampleSums]
    samples: dict[int, int]


async def report_usage(db: Database, wanted: UsageFilter, by: Sequence[By]) -> UsageReport:
    """What was used, grouped: by superseded evals too, as their tokens are spent.

    Nothing counts twice: of copies of an eval one is taken, and of a retry what it used itself (see
    :func:`hawk.results.usage.spending.own`). Raises UsageFault for a grouping that is there twice.
    """
    if len(set(by)) < len(by):
        raise UsageFault("The same grouping is there twice.", fix="Give each of them once.")
    async with db.read() as conn:
        read = await _read(conn, wanted)
    parts = list(_parts(read, wanted))
    return UsageReport(tuple(by), tuple(group(parts, by)), usage_of(parts, {}))


async def _read(conn: AsyncConnection, wanted: UsageFilter) -> _Read:
    return _Read(
        await queries.read_evals(conn, wanted),
        await queries.read_logged(conn, wanted),
        await queries.read_sampled(conn, wanted),
        await queries.count_samples(conn, wanted),
    )


def _parts(read: _Read, wanted: UsageFilter) -> Iterator[Part]:
    """What each eval that counts used of each model; one that used nothing is there with its own model."""
    models: dict[int, list[str]] = {}
    for log_id, model in sorted({*read.logged, *read.sampled}):
        models.setdefault(log_id, []).append(model)
    newest: dict[str, EvalRow] = {}
    for one in read.evals:
        task = one.task_id or one.id
        before, newest[task] = newest.get(task), one
        if wanted.takes(one):
            for model in filter(wanted.takes_model, models.get(one.log_id, [one.model])):
                yield Part(one, model, read.samples.get(one.log_id, 0), _spent(read, one, model, before))


def _spent(read: _Read, one: EvalRow, model: str, before: EvalRow | None) -> Spent:
    sums = read.sampled.get((one.log_id, model), SampleSums())
    earlier = read.logged.get((before.log_id, model), NOTHING) if before else NOTHING
    return own(read.logged.get((one.log_id, model), NOTHING), sums.own, sums.copied, earlier)
