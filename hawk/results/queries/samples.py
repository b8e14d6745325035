"""Samples: one row for each epoch of each sample of each log."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.auth.visibility import visible
from hawk.errors import NotFound
from hawk.results.keyset import KEY, TIE, Order
from hawk.results.queries.sample_filter import SampleFilter
from hawk.results.queries.sample_orders import order_of
from hawk.results.queries.sample_pages import Chosen, Keys
from hawk.results.types import Sample, SampleList
from hawk.specs.control import TokenCounts
from hawk.warehouse.tables.results import evals, samples


async def list_samples(
    conn: AsyncConnection, wanted: SampleFilter, *, sort: str, cursor: str | None, limit: int, total: bool
) -> SampleList:
    """A page of samples, in the order that ``sort`` names. Raises UsageFault for an unknown one."""
    order = order_of(sort)
    chosen = await Chosen.of(conn, wanted, _read)
    rows = await chosen.page(order, cursor, limit + 1)
    shown = rows[:limit]
    following = order.cursor(*shown[-1][-2:]) if len(rows) > limit else None
    return SampleList(tuple(map(_sample_of, shown)), following, await chosen.count() if total else None)


def _read(keys: Keys, order: Order) -> Select[Any]:
    """The samples of a page, in its order. Which they are is found first, whatever else there is to read."""
    page = keys.cte("page").prefix_with("MATERIALIZED")
    key, tie = page.c[KEY], page.c[TIE]
    joined = page.join(samples, samples.c.pk == tie).join(evals, evals.c.log_id == samples.c.log_id)
    read = select(*_columns(), key, tie).select_from(joined)
    return read.order_by(key.is_(None), *order.sorted(key, tie))


async def find_sample(conn: AsyncConnection, access: Access, name: str) -> Sample:
    """The sample with this uuid, or this id of Hawk's. Of several the current and newest one.

    Raises NotFound, also for one that the caller may not see.
    """
    mine = visible(access, samples.c.log_id)
    named = _rows().where(or_(samples.c.uuid == name, samples.c.id == name), *mine)
    first = (
        (samples.c.id == name).desc(),
        samples.c.current.desc(),
        samples.c.completed_at.desc().nulls_last(),
        evals.c.location,
        samples.c.id,
    )
    row = (await conn.execute(named.order_by(*first).limit(1))).one_or_none()
    if row is None:
        raise NotFound(f"There is no sample {name!r}.", fix="`hawk list samples` shows those there are.")
    return _sample_of(row)


def _sample_of(row: Row[Any]) -> Sample:
    """A row as the API shows it. Ids that the data set has as numbers are numbers.

    By places, not by names: a page has more than a thousand values.
    """
    sample_id, is_integer, given, made, total, log, eval_id, *_ = row[len(_AS_THEY_ARE) :]
    return Sample(
        **dict(zip(_AS_THEY_ARE, row, strict=False)),
        sample_id=int(sample_id) if is_integer else sample_id,
        eval_id=eval_id,
        tokens=TokenCounts(given, made, total),
        log=log,
    )


_OF_SAMPLE = (
    "id",
    "uuid",
    "epoch",
    "eval_set_id",
    "status",
    "error",
    "limit",
    "scores",
    "score",
    "cost",
    "messages",
    "total_time",
    "working_time",
    "started_at",
    "completed_at",
)
_OF_EVAL = ("task", "model", "solver")
_AS_THEY_ARE = (*_OF_SAMPLE, *_OF_EVAL)
_ALSO = ("sample_id", "sample_id_is_integer", "tokens_input", "tokens_output", "tokens_total")


@cache
def _columns() -> tuple[ColumnElement[Any], ...]:
    return (
        *(samples.c[name] for name in _OF_SAMPLE),
        *(evals.c[name] for name in _OF_EVAL),
        *(samples.c[name] for name in _ALSO),
        evals.c.location,
        evals.c.id.label("eval_id"),
    )


def _rows() -> Select[Any]:
    return select(*_columns()).select_from(samples.join(evals, evals.c.log_id == samples.c.log_id))
