"""What leaves few enough samples that all of them may be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.results.queries.sample_terms import Scope, samples_with
from hawk.warehouse.numbers import Among
from hawk.warehouse.tables.results import samples

FEW = 50_000
"""So many rows are looked at and sorted within the time that a page may take."""

_ENOUGH = 2_000
"""So few that nothing better is looked for."""

_MOST_OF_A_TERM = 10_000

_BY_INDEX = ("sample_id", "limit", "invalidated", "evals", "eval_set", "status", "score", "completed_at")
"""The filters that an index finds the rows of, those first that leave the fewest as a rule."""

_BY_CURRENT = frozenset({"sample_id", "status", "score", "completed_at", "eval_set"})
"""Those whose index has the current samples apart."""


class Driver(msgspec.Struct, frozen=True):
    """Conditions that an index finds the rows of. ``names`` are the filters that they fulfil."""

    conditions: tuple[ColumnElement[bool], ...] = ()
    names: frozenset[str] = frozenset()


ANY = Driver()


class OfTerms(msgspec.Struct, frozen=True):
    """What a search comes to: a driver, and of each term which samples have it, where they are few."""

    driver: Driver | None
    rows: Mapping[str, tuple[int, ...]]


async def by_filters(
    conn: AsyncConnection,
    filters: Mapping[str, ColumnElement[bool]],
    current: Sequence[ColumnElement[bool]],
) -> Driver | None:
    """The filter that leaves the fewest samples; None where none leaves few."""
    best, fewest = None, FEW + 1
    for name in _BY_INDEX:
        if name not in filters:
            continue
        apart = name in _BY_CURRENT
        driver = Driver(
            (filters[name], *(current if apart else ())), frozenset({name, *(("current",) if apart else ())})
        )
        if (rows := await _count(conn, driver.conditions, fewest)) < fewest:
            best, fewest = driver, rows
        if fewest <= _ENOUGH:
            break
    return best


async def by_terms(conn: AsyncConnection, scope: Scope, *, superseded: bool) -> OfTerms:
    """The samples of the evals that have every term, and those that have one by themselves.

    A sample that has all terms is one of these, whichever it has by its eval. Terms that too many
    samples have by themselves are left out.
    """
    logs, rows = scope.logs, dict[str, tuple[int, ...]]()
    for term in scope.terms:
        found = await samples_with(conn, term.text, superseded=superseded, most=_MOST_OF_A_TERM)
        if found is not None:
            rows[term.text] = found
            logs = term.logs if logs is None else logs & term.logs
    if not rows or logs is None:
        return OfTerms(None, rows)
    condition = _logs_or_rows(logs, [row for found in rows.values() for row in found])
    few = await _count(conn, (condition,), FEW + 1) <= FEW
    return OfTerms(Driver((condition,)) if few else None, rows)


def _logs_or_rows(logs: frozenset[int], rows: Sequence[int]) -> ColumnElement[bool]:
    of_logs = Among(samples.c.log_id, logs)
    return or_(of_logs, Among(samples.c.pk, rows)) if rows else of_logs


async def _count(conn: AsyncConnection, conditions: Sequence[ColumnElement[bool]], most: int) -> int:
    """How many rows there are, counted to ``most``."""
    some = select(literal(1)).select_from(samples).where(*conditions).limit(most).subquery()
    return (await conn.execute(select(func.count()).select_from(some))).scalar_one()
