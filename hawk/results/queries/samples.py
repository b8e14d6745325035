"""Samples: one row for each epoch of each sample of each log."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.auth.visibility import visible
from hawk.errors import NotFound
from hawk.results.keyset import TIE
from hawk.results.queries.sample_filter import SampleFilter
from hawk.results.queries.sample_orders import order_of
from hawk.results.queries.sample_pages import Chosen
from hawk.results.types import Sample, SampleList
from hawk.specs.control import TokenCounts
from hawk.warehouse.numbers import among
from hawk.warehouse.tables.results import evals, samples


async def list_samples(
    conn: AsyncConnection, wanted: SampleFilter, *, sort: str, cursor: str | None, limit: int, total: bool
) -> SampleList:
    """A page of samples, in the order that ``sort`` names. Raises UsageFault for an unknown one."""
    order = order_of(sort)
    chosen = await Chosen.of(conn, wanted)
    keys = await chosen.page(order, cursor, limit + 1)
    shown = keys[:limit]
    items = await _read(conn, [key[TIE] for key in shown])
    following = order.cursor(shown[-1]) if len(keys) > limit else None
    return SampleList(items, following, await chosen.count() if total else None)


async def _read(conn: AsyncConnection, pks: Sequence[int]) -> tuple[Sample, ...]:
    found = await conn.execute(_rows().add_columns(samples.c.pk).where(among(samples.c.pk, pks)))
    rows = {row[-1]: row for row in found}
    return tuple(_sample_of(rows[pk]) for pk in pks)


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
def _rows() -> Select[Any]:
    return select(
        *(samples.c[name] for name in _OF_SAMPLE),
        *(evals.c[name] for name in _OF_EVAL),
        *(samples.c[name] for name in _ALSO),
        evals.c.location,
        evals.c.id.label("eval_id"),
    ).select_from(samples.join(evals, evals.c.log_id == samples.c.log_id))
