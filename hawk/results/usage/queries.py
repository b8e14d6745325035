"""All SQL of usage. Days and groups are made in Python, so both databases agree on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.auth.visibility import visible
from hawk.results.usage.spending import NOTHING, Spent
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.results import eval_usage, evals, sample_usage, samples

_TOKENS = ("input", "output", "total", "cache_read", "cache_write", "reasoning")
ModelOf = tuple[int, str]
"""A log's id, and a model."""


class EvalRow(msgspec.Struct, frozen=True, kw_only=True):
    """An eval, by one of its logs. ``time`` is when it ended, else when it began."""

    log_id: int
    id: str
    eval_set_id: str
    task: str
    task_id: str
    model: str
    user: str | None
    time: datetime | None


class SampleSums(msgspec.Struct, frozen=True):
    """Of one log and model: what the samples that it ran itself used, and what its copies of others did."""

    own: Spent = NOTHING
    copied: Spent = NOTHING


class UsageFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which evals: those of an eval set, that ended at ``since`` or later and before ``until``; and of
    what they used, that of models with ``model`` in their names, whatever its case.

    Logs that ``access`` may not see are as if they weren't there: as copies and as earlier tries, too.
    """

    access: Access
    eval_set: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    model: str | None = None

    def takes(self, one: EvalRow) -> bool:
        """Whether an eval counts. One without any time is in no span of time."""
        if self.eval_set is not None and one.eval_set_id != self.eval_set:
            return False
        if one.time is None:
            return self.since is None and self.until is None
        late_enough = self.since is None or one.time >= self.since
        return late_enough and (self.until is None or one.time < self.until)

    def takes_model(self, name: str) -> bool:
        """Whether what was used of a model counts."""
        return self.model is None or self.model.casefold() in name.casefold()

    def tasks(self) -> list[ColumnElement[bool]]:
        """As SQL, the evals that may be seen whose task has one that counts, and a few more.

        What an eval took over from an earlier one can only be told from both.
        """
        other, found = evals.alias("wanted"), list[ColumnElement[bool]]()
        if self.eval_set is not None:
            found.append(other.c.eval_set_id == self.eval_set)
        if self.since is not None:
            found.append(_time_of(other.c) >= self.since)
        seen = [*visible(self.access, evals.c.log_id)]
        return [*seen, evals.c.task_id.in_(select(other.c.task_id).where(*found))] if found else seen


async def read_evals(conn: AsyncConnection, wanted: UsageFilter) -> list[EvalRow]:
    """Every eval once, oldest first: those that count, and others of their tasks."""
    once = _once(wanted.access)
    user = func.coalesce(evals.c.created_by, jobs.c.created_by).label("user")
    chosen = (
        select(*(evals.c[name] for name in _PLAIN), user, _time_of(evals.c).label("time"))
        .join(once, once.c.log_id == evals.c.log_id)
        .outerjoin(jobs, jobs.c.id == evals.c.eval_set_id)
        .where(once.c.place == 1, *wanted.tasks())
        .order_by(evals.c.created_at.asc().nulls_first(), evals.c.id)
    )
    return [EvalRow(**row) for row in (await conn.execute(chosen)).mappings()]


async def read_logged(conn: AsyncConnection, wanted: UsageFilter) -> dict[ModelOf, Spent]:
    """What logs say that they used, by model."""
    joined = eval_usage.join(evals, evals.c.log_id == eval_usage.c.log_id)
    columns = (eval_usage.c[f"tokens_{name}"].label(name) for name in _TOKENS)
    chosen = select(eval_usage.c.log_id, eval_usage.c.model, *columns, eval_usage.c.cost)
    found = await conn.execute(chosen.select_from(joined).where(*wanted.tasks()))
    return {(row["log_id"], row["model"]): _spent(row) for row in found.mappings()}


async def read_sampled(conn: AsyncConnection, wanted: UsageFilter) -> dict[ModelOf, SampleSums]:
    """What samples used, by log and model, apart for those that are copies."""
    marked = _marked(wanted)
    sums = (func.sum(sample_usage.c[f"tokens_{name}"]).label(name) for name in _TOKENS)
    known = func.count(sample_usage.c.cost) == func.count()
    cost = case((known, func.sum(sample_usage.c.cost))).label("cost")
    keys = (marked.c.log_id, sample_usage.c.model, marked.c.copied)
    chosen = select(*keys, *sums, cost).join_from(
        sample_usage, marked, marked.c.pk == sample_usage.c.sample_pk
    )
    found: dict[ModelOf, SampleSums] = {}
    for row in (await conn.execute(chosen.group_by(*keys))).mappings():
        key, part = (row["log_id"], row["model"]), "copied" if row["copied"] else "own"
        found[key] = msgspec.structs.replace(found.get(key, SampleSums()), **{part: _spent(row)})
    return found


async def count_samples(conn: AsyncConnection, wanted: UsageFilter) -> dict[int, int]:
    """How many epochs of samples each log ran itself."""
    marked = _marked(wanted)
    chosen = select(marked.c.log_id, func.count()).where(marked.c.copied == 0).group_by(marked.c.log_id)
    return {row[0]: row[1] for row in await conn.execute(chosen)}


_PLAIN = ("log_id", "id", "eval_set_id", "task", "task_id", "model")


def _time_of(columns: Any) -> ColumnElement[Any]:
    return func.coalesce(columns.completed_at, columns.started_at, columns.created_at)


def _once(access: Access) -> Subquery:
    """Which log stands for an eval: copies have the same id, and the one that got furthest counts."""
    furthest = (evals.c.completed_at.desc().nulls_last(), evals.c.samples_done.desc(), evals.c.location)
    place = func.row_number().over(partition_by=evals.c.id, order_by=furthest)
    seen = visible(access, evals.c.log_id)
    return select(evals.c.log_id, place.label("place")).where(*seen).subquery("once")


def _marked(wanted: UsageFilter) -> Subquery:
    """Samples, each with whether it is a copy: an earlier eval of its task has its uuid, id and epoch.

    Only tasks with several evals are looked at, which few are.
    """
    copied = case((and_(_retried(), _has_original(wanted.access)), 1), else_=0).label("copied")
    joined = samples.join(evals, evals.c.log_id == samples.c.log_id)
    chosen = select(samples.c.pk, samples.c.log_id, copied).select_from(joined)
    return chosen.where(*wanted.tasks()).subquery("marked")


def _retried() -> ColumnElement[bool]:
    several = evals.alias("several")
    named = select(several.c.task_id).group_by(several.c.task_id).having(func.count() > 1)
    return evals.c.task_id.in_(named)


def _has_original(access: Access) -> ColumnElement[bool]:
    original, earlier = samples.alias("original"), evals.alias("earlier")
    at_once = and_(earlier.c.created_at.is_not_distinct_from(evals.c.created_at), earlier.c.id < evals.c.id)
    return (
        exists()
        .where(*(original.c[name] == samples.c[name] for name in ("uuid", "sample_id", "epoch", "task_id")))
        .where(original.c.log_id == earlier.c.log_id)
        .where(or_(earlier.c.created_at < evals.c.created_at, at_once), *visible(access, earlier.c.log_id))
        .correlate(samples, evals)
    )


def _spent(row: RowMapping) -> Spent:
    counts: dict[str, Any] = {name: int(row[name]) for name in _TOKENS}
    return Spent(**counts, cost=row["cost"])
