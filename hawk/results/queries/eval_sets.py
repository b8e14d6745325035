"""Eval sets: the logs of one folder, taken together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.auth.visibility import visible
from hawk.jobs.types import Counts
from hawk.results.keyset import Moment, Order, count, read_page
from hawk.results.queries.logs import created_at, newest_of_task, shown_logs, worth_showing
from hawk.results.types import EvalSet, EvalSetList
from hawk.specs.control import TokenCounts
from hawk.warehouse.columns import total_of
from hawk.warehouse.search_terms import contains_any, every_term
from hawk.warehouse.tables.results import evals, logs


def _grouped(access: Access) -> Select[Any]:
    totals = (
        "samples_done",
        "samples_total",
        "samples_errors",
        "tokens_input",
        "tokens_output",
        "tokens_total",
    )
    return (
        select(
            logs.c.eval_set_id.label("id"),
            func.count().label("evals"),
            func.min(created_at).label("created_at"),
            func.max(evals.c.completed_at).label("completed_at"),
            *(total_of(evals.c[name]).label(name) for name in totals),
            _number_of(evals.c.log_id.is_not(None) & evals.c.samples_total.is_(None)).label("uncounted"),
            _number_of(evals.c.status == "started").label("started"),
            _number_of(evals.c.status == "cancelled").label("cancelled"),
            _number_of(or_(evals.c.status == "error", evals.c.log_id.is_(None))).label("failed"),
        )
        .select_from(shown_logs)
        .where(worth_showing(), newest_of_task(), *visible(access, logs.c.id))
        .group_by(logs.c.eval_set_id)
    )


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


class EvalSetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which eval sets; a filter chooses whole sets and never changes what a set sums up.

    What it sums up is what ``access`` may see of it.
    """

    access: Access
    since: datetime | None = None
    search: str | None = None

    def conditions(self, sets: Subquery) -> list[ColumnElement[bool]]:
        """The filters as SQL."""
        found = every_term(self.search, lambda term: _set_matches(term, sets, self.access))
        if self.since is not None:
            found.append(sets.c.created_at >= self.since)
        return found


async def list_eval_sets(
    conn: AsyncConnection, wanted: EvalSetFilter, *, cursor: str | None, limit: int, total: bool
) -> EvalSetList:
    """A page of eval sets, newest first: by when their first eval began."""
    sets = _grouped(wanted.access).subquery("sets")
    chosen = select(sets).where(*wanted.conditions(sets))
    rows, following = await read_page(conn, chosen, _newest_first(sets), cursor, limit)
    cells = await _cells(conn, wanted.access, [row["id"] for row in rows])
    counted = await count(conn, chosen) if total else None
    return EvalSetList(tuple(_eval_set(row, cells[row["id"]]) for row in rows), following, counted)


def _newest_first(sets: Subquery) -> Order:
    return Order(
        name="eval-sets", key=sets.c.created_at, tie=sets.c.id, kind=Moment, descending=True, nullable=False
    )


async def _cells(
    conn: AsyncConnection, access: Access, ids: Sequence[str]
) -> dict[str, list[tuple[str, str]]]:
    """The tasks and models of each eval set."""
    found: dict[str, list[tuple[str, str]]] = {one: [] for one in ids}
    columns = (evals.c.eval_set_id, evals.c.task, evals.c.model)
    mine = (evals.c.eval_set_id.in_(ids), newest_of_task(), *visible(access, evals.c.log_id))
    chosen = select(*columns).distinct().where(*mine).order_by(*columns)
    for eval_set_id, task, model in (await conn.execute(chosen)).all():
        found[eval_set_id].append((task, model))
    return found


def _eval_set(row: RowMapping, cells: Sequence[tuple[str, str]]) -> EvalSet:
    status = _status(row)
    return EvalSet(
        id=row["id"],
        tasks=tuple(dict.fromkeys(task for task, _ in cells)),
        models=tuple(sorted({model for _, model in cells})),
        evals=row["evals"],
        status=status,
        samples=Counts(
            done=row["samples_done"],
            total=None if row["uncounted"] else row["samples_total"],
            errors=row["samples_errors"],
        ),
        created_at=row["created_at"],
        completed_at=None if status == "started" else row["completed_at"],
        tokens=TokenCounts(row["tokens_input"], row["tokens_output"], row["tokens_total"]),
    )


def _status(row: RowMapping) -> str:
    """Inspect's word for the whole: what is under way first, then what went worst."""
    for column, status in (("started", "started"), ("failed", "error"), ("cancelled", "cancelled")):
        if row[column]:
            return status
    return "success"


def _set_matches(term: str, sets: Subquery, access: Access) -> ColumnElement[bool]:
    """Whether the set's id or any of its evals has the term; another term may be in another eval."""
    columns = (evals.c.task, evals.c.model, evals.c.solver, evals.c.created_by)
    holding = select(evals.c.eval_set_id).where(contains_any(term, columns), *visible(access, evals.c.log_id))
    return or_(contains_any(term, (sets.c.id,)), sets.c.id.in_(holding))
