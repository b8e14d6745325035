"""What values there are to filter by, and how many samples each has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, column, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.results.queries.current import is_current
from hawk.results.queries.eval_choice import EvalChoice
from hawk.results.queries.logs import newest_of_task
from hawk.results.types import Facet, Facets
from hawk.warehouse.columns import total_of
from hawk.warehouse.tables.results import evals, samples

Values = Select[*tuple[Any, ...]]

_OF_EVALS = {
    "tasks": evals.c.task,
    "models": evals.c.model,
    "solvers": evals.c.solver,
    "statuses": evals.c.status,
    "users": evals.c.created_by,
    "eval_sets": evals.c.eval_set_id,
}


async def read_facets(conn: AsyncConnection, wanted: EvalChoice, *, top: int) -> Facets:
    """The values of the evals that a filter leaves (the newest log of each task), most samples first."""
    conditions = [*wanted.of_eval(), newest_of_task()]
    if wanted.eval_set is not None:
        conditions.append(evals.c.eval_set_id == wanted.eval_set)
    of_evals = {
        name: await _read(conn, _by_evals(value).where(value.is_not(None), *conditions), top)
        for name, value in _OF_EVALS.items()
    }
    scorers = await _read(conn, _by_scorers(conn.dialect.name).where(*conditions), top)
    limits = await _read(conn, _by_limits().where(*conditions), top)
    return Facets(**of_evals, scorers=scorers, limits=limits)


def _by_evals(value: ColumnElement[Any]) -> Values:
    sums = (func.count().label("evals"), total_of(evals.c.samples_done).label("samples"))
    return select(value.label("value"), *sums).select_from(evals).group_by(value)


def _by_scorers(dialect: str) -> Values:
    if dialect == "sqlite":
        names = func.json_each(evals.c.scores).table_valued("key", name="names")
    else:
        names = func.jsonb_object_keys(evals.c.scores).table_valued("key", name="names").render_derived()
    return _by_evals(names.c.key).join(names, true())


def _by_limits() -> Values:
    sums = (func.count(evals.c.log_id.distinct()).label("evals"), func.count().label("samples"))
    limited = samples.c.limit.is_not(None)
    chosen = select(samples.c.limit.label("value"), *sums).group_by(samples.c.limit)
    joined = chosen.join_from(samples, evals, evals.c.log_id == samples.c.log_id)
    return joined.where(limited, is_current())


async def _read(conn: AsyncConnection, chosen: Values, top: int) -> tuple[Facet, ...]:
    most, value = column("samples", Integer), column("value", Text)
    ordered = chosen.order_by(most.desc(), value).limit(top)
    rows: Sequence[Any] = (await conn.execute(ordered)).all()
    return tuple(Facet(row.value, row.evals, row.samples) for row in rows)
