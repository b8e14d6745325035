"""The SQL of searches: which pages can have a needle, and whose the hits are."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.auth.visibility import visible
from hawk.results.queries.current import is_current
from hawk.warehouse.tables.results import eval_models, evals, logs, samples
from hawk.warehouse.tables.text import text_pages


class SearchFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look: all filters must hold. Without ``superseded`` only in samples that count."""

    access: Access
    eval_set: str | None = None
    eval_id: str | None = None
    task: str | None = None
    model: str | None = None
    since: datetime | None = None
    superseded: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filters as SQL, over evals."""
        exact = ((evals.c.eval_set_id, self.eval_set), (evals.c.id, self.eval_id), (evals.c.task, self.task))
        found = [column == value for column, value in exact if value is not None]
        found += visible(self.access, evals.c.log_id)
        if self.model is not None:
            found.append(
                exists().where(eval_models.c.log_id == evals.c.log_id, eval_models.c.model == self.model)
            )
        if self.since is not None:
            found.append(_time >= self.since)
        return found


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of hits ended: a log, by its time and number, and an entry of a page of it."""

    time: datetime
    log_id: int
    position: int
    entry: int


class Candidate(msgspec.Struct, frozen=True):
    """A page that can have the needle."""

    id: int
    log_id: int
    time: datetime
    position: int


_time = func.coalesce(evals.c.created_at, logs.c.modified)


async def candidates(
    conn: AsyncConnection,
    wanted: SearchFilter,
    bits: Sequence[int],
    after: Place | None = None,
    *,
    limit: int | None = None,
) -> list[Candidate]:
    """The pages that can have a needle, those of the newest logs first, from ``after`` on."""
    chosen = _pages(wanted, _has_bits(conn.dialect.name, bits))
    if after is not None:
        chosen = chosen.where(_from(after))
    order = (_time.desc(), text_pages.c.log_id.desc(), text_pages.c.position)
    return [Candidate(*row) for row in await conn.execute(chosen.order_by(*order).limit(limit))]


def _pages(wanted: SearchFilter, conditions: Sequence[ColumnElement[bool]]) -> Select[Any, Any, Any, Any]:
    return (
        select(text_pages.c.id, text_pages.c.log_id, _time, text_pages.c.position)
        .join_from(text_pages, evals, evals.c.log_id == text_pages.c.log_id)
        .join(logs, logs.c.id == text_pages.c.log_id)
        .where(*wanted.conditions(), *conditions)
    )


def _from(place: Place) -> ColumnElement[bool]:
    same_time, same_log = _time == place.time, text_pages.c.log_id == place.log_id
    return or_(
        _time < place.time,
        and_(same_time, text_pages.c.log_id < place.log_id),
        and_(same_time, same_log, text_pages.c.position >= place.position),
    )


def _has_bits(dialect: str, bits: Sequence[int]) -> list[ColumnElement[bool]]:
    """Whether a signature has bits. PostgreSQL fetches just the parts of it that are asked for."""
    if not bits:
        return []
    if dialect == "sqlite":
        return [func.has_bits(text_pages.c.signature, array("H", bits).tobytes()) == 1]
    masks: dict[int, int] = {}
    for bit in bits:
        masks[bit // 8] = masks.get(bit // 8, 0) | 1 << (bit % 8)
    return [
        func.get_byte(func.substr(text_pages.c.signature, at + 1, 1), 0).op("&")(mask) == mask
        for at, mask in masks.items()
    ]


async def doubtful_logs(conn: AsyncConnection, log_ids: Collection[int], *, superseded: bool) -> set[int]:
    """Logs of which some text belongs to rows that are gone, or that don't count."""
    dead = select(logs.c.id).where(logs.c.text_dead > 0)
    found = set((await conn.execute(dead)).scalars())
    if not superseded:
        old = select(samples.c.log_id).where(~samples.c.current).distinct()
        found |= set((await conn.execute(old)).scalars())
    return found & set(log_ids)


async def living(conn: AsyncConnection, log_id: int, *, superseded: bool) -> set[int]:
    """The rows of a log's samples that are there, and count."""
    chosen = select(samples.c.pk).where(samples.c.log_id == log_id)
    if not superseded:
        chosen = chosen.where(is_current())
    return set((await conn.execute(chosen)).scalars())


async def samples_of(conn: AsyncConnection, pks: Sequence[int]) -> dict[int, RowMapping]:
    """What a hit tells of its sample, by the sample's row."""
    chosen = (
        select(
            samples.c.pk,
            *(samples.c[name] for name in ("id", "uuid", "sample_id", "sample_id_is_integer", "epoch")),
            *(evals.c[name] for name in ("eval_set_id", "task", "model", "location")),
            samples.c.completed_at,
            evals.c.id.label("eval_id"),
        )
        .join_from(samples, evals, evals.c.log_id == samples.c.log_id)
        .where(samples.c.pk.in_(pks))
    )
    return {row["pk"]: row for row in (await conn.execute(chosen)).mappings()}
