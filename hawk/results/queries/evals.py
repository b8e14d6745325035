"""Evals: one a log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.jobs.types import Counts
from hawk.results.keyset import count, read_page
from hawk.results.queries.eval_choice import EvalChoice
from hawk.results.queries.eval_orders import NEWEST_FIRST, order_of
from hawk.results.queries.logs import created_at, newest_of_task, shown_logs, worth_showing
from hawk.results.types import Eval, EvalList
from hawk.specs.control import TokenCounts
from hawk.warehouse.names import HasName
from hawk.warehouse.search_terms import contains_any, every_term
from hawk.warehouse.tables.results import evals, logs

_SEARCHED = (
    logs.c.eval_set_id,
    logs.c.location,
    *(evals.c[name] for name in ("id", "task", "model", "solver", "status", "created_by", "error")),
)
_UNREADABLE = "error"


class EvalFilter(EvalChoice, frozen=True, kw_only=True):
    """Which evals: all filters must hold. Without ``superseded`` only the newest log of each task.

    ``since`` (inclusive) and ``until`` (not) bound when it began. A log that can't be read has no task,
    model or tag; its status is an error.
    """

    status: str | None = None
    tag: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None
    superseded: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filters as SQL."""
        found = [worth_showing(), *self.of_eval(logs.c.id), *self._of_log()]
        if not self.superseded:
            found.append(newest_of_task())
        if self.status is not None:
            status = evals.c.status == self.status
            found.append(or_(status, evals.c.log_id.is_(None)) if self.status == _UNREADABLE else status)
        if self.tag is not None:
            found.append(HasName(evals.c.tags, self.tag))
        return [*found, *every_term(self.search, lambda term: contains_any(term, _SEARCHED))]

    def _of_log(self) -> Iterator[ColumnElement[bool]]:
        if self.eval_set is not None:
            yield logs.c.eval_set_id == self.eval_set
        if self.since is not None:
            yield created_at >= self.since
        if self.until is not None:
            yield created_at < self.until


async def list_evals(
    conn: AsyncConnection,
    wanted: EvalFilter,
    *,
    sort: str = NEWEST_FIRST,
    cursor: str | None,
    limit: int,
    total: bool,
) -> EvalList:
    """A page of evals, in the order that ``sort`` names. Raises UsageFault for an unknown one."""
    chosen = _chosen(wanted)
    rows, following = await read_page(conn, chosen, order_of(sort), cursor, limit)
    counted = await count(conn, chosen) if total else None
    return EvalList(tuple(eval_of(row) for row in rows), following, counted)


def eval_of(row: RowMapping) -> Eval:
    """A row as the API shows it; an unreadable log as an error, named after its file."""
    if row["id"] is None:
        return _unreadable(row)
    return Eval(
        **{name: row[name] for name in _PLAIN},
        samples=Counts(row["samples_done"], row["samples_total"], row["samples_errors"]),
        tokens=TokenCounts(row["tokens_input"], row["tokens_output"], row["tokens_total"]),
        eval_set_id=row["log_eval_set_id"],
        created_at=row["shown_created_at"],
        log=row["log_location"],
        import_error=row["import_error"] or row["log_error"],
    )


_PLAIN = (
    "id",
    "task",
    "model",
    "solver",
    "status",
    "error",
    "scores",
    "score",
    "cost",
    "started_at",
    "completed_at",
)
_COUNTED = (
    "samples_done",
    "samples_total",
    "samples_errors",
    "tokens_input",
    "tokens_output",
    "tokens_total",
)


def _chosen(wanted: EvalFilter) -> Select[Any]:
    columns = (evals.c[name] for name in (*_PLAIN, *_COUNTED, "import_error"))
    return (
        select(
            *columns,
            logs.c.eval_set_id.label("log_eval_set_id"),
            logs.c.location.label("log_location"),
            logs.c.error.label("log_error"),
            created_at.label("shown_created_at"),
        )
        .select_from(shown_logs)
        .where(*wanted.conditions())
    )


def _unreadable(row: RowMapping) -> Eval:
    location: str = row["log_location"]
    return Eval(
        id=location,
        eval_set_id=row["log_eval_set_id"],
        task=_task_of(location),
        model="",
        status=_UNREADABLE,
        samples=Counts(),
        created_at=row["shown_created_at"],
        log=location,
        import_error=row["log_error"],
    )


def _task_of(location: str) -> str:
    """Inspect names a log TIME_TASK_ID.eval; any other name stands for itself."""
    stem = PurePosixPath(location).stem
    parts = stem.split("_")
    return "_".join(parts[1:-1]) or stem
