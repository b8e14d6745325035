"""Samples: one row for each epoch of each sample of each log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.errors import NotFound
from hawk.results.keyset import Order, count, read_page
from hawk.results.queries.sample_orders import order_of
from hawk.results.types import Sample, SampleList
from hawk.specs.control import TokenCounts
from hawk.warehouse.search_terms import contains_any, every_term
from hawk.warehouse.tables.results import evals, samples

SampleStatus = Literal["success", "error", "limit"]

_SEARCHED = (
    *(samples.c[name] for name in ("eval_set_id", "sample_id", "uuid", "limit", "error")),
    *(evals.c[name] for name in ("id", "task", "model", "solver", "location")),
)


class SampleFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which samples: all filters must hold. Without ``superseded`` only the current ones."""

    eval_set: str | None = None
    eval_id: str | None = None
    status: SampleStatus | None = None
    since: datetime | None = None
    search: str | None = None
    superseded: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filters as SQL."""
        found = every_term(self.search, lambda term: contains_any(term, _SEARCHED))
        if not self.superseded:
            found.append(samples.c.current.is_(true()))
        for column, value in self._exact():
            if value is not None:
                found.append(column == value)
        if self.since is not None:
            found.append(samples.c.completed_at >= self.since)
        return found

    def _exact(self) -> tuple[tuple[ColumnElement[Any], str | None], ...]:
        return (
            (samples.c.eval_set_id, self.eval_set),
            (evals.c.id, self.eval_id),
            (samples.c.status, self.status),
        )


async def list_samples(
    conn: AsyncConnection, wanted: SampleFilter, *, sort: str, cursor: str | None, limit: int, total: bool
) -> SampleList:
    """A page of samples, in the order that ``sort`` names. Raises UsageFault for an unknown one."""
    order: Order = order_of(sort)
    chosen = _rows().where(*wanted.conditions())
    rows, following = await read_page(conn, chosen, order, cursor, limit)
    counted = await count(conn, chosen) if total else None
    return SampleList(tuple(sample_of(row) for row in rows), following, counted)


async def find_sample(conn: AsyncConnection, name: str) -> Sample:
    """The sample with this uuid, or this id of Hawk's. Of several the current and newest one.

    Raises NotFound.
    """
    named = _rows().where(or_(samples.c.uuid == name, samples.c.id == name))
    first = (
        (samples.c.id == name).desc(),
        samples.c.current.desc(),
        samples.c.completed_at.desc().nulls_last(),
        evals.c.location,
        samples.c.id,
    )
    row = (await conn.execute(named.order_by(*first).limit(1))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no sample {name!r}.", fix="`hawk list samples` shows those there are.")
    return sample_of(row)


def sample_of(row: RowMapping) -> Sample:
    """A row as the API shows it. Ids that the data set has as numbers are numbers."""
    text: str = row["sample_id"]
    return Sample(
        **{name: row[name] for name in (*_OF_SAMPLE, *_OF_EVAL)},
        sample_id=int(text) if row["sample_id_is_integer"] else text,
        eval_id=row["eval_id"],
        tokens=TokenCounts(row["tokens_input"], row["tokens_output"], row["tokens_total"]),
        log=row["location"],
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
_ALSO = ("sample_id", "sample_id_is_integer", "tokens_input", "tokens_output", "tokens_total")


def _rows() -> Select[Any]:
    return select(
        *(samples.c[name] for name in (*_OF_SAMPLE, *_ALSO)),
        *(evals.c[name] for name in (*_OF_EVAL, "location")),
        evals.c.id.label("eval_id"),
    ).select_from(samples.join(evals, evals.c.log_id == samples.c.log_id))
