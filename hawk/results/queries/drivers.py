"""What leaves few enough samples that all of them may be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.results.queries.sample_terms import Scope, samples_with
from hawk.warehouse.numbers import among
from hawk.warehouse.tables.results import samples

FEW = 50_000
"""So many rows are looked at and sorted within the time that a page may take."""

_SMALL = 4_000

_MOST_OF_A_TERM = 10_000

_NO_EVAL = 10**9

_BY_INDEX = (
    "sample_id",
    "limit",
    "invalidated",
    "evals",
    "eval_set",
    "status",
    "score",
    "completed_at",
    "access",
)
"""The filters that an index finds the rows of, those first that leave the fewest as a rule."""

_BY_CURRENT = frozenset({"sample_id", "status", "score", "completed_at", "eval_set"})
"""Those whose index has the current samples apart."""


class Driver(msgspec.Struct, frozen=True):
    """Conditions that an index finds the rows of.

    ``names`` are the filters that they fulfil, ``rows`` how many rows there are.
    """

    conditions: tuple[ColumnElement[bool], ...] = ()
    names: frozenset[str] = frozenset()
    rows: int = 0

    @property
    def is_small(self) -> bool:
        """Whether nothing better need be looked for."""
        return self.rows <= _SMALL


ANY = Driver()


class OfTerms(msgspec.Struct, frozen=True):
    """What a search comes to: a driver, and of each term which samples have it, where they are few."""

    driver: Driver | None
    rows: Mapping[str, frozenset[int]]


async def by_filters(
    conn: AsyncConnection,
    filters: Mapping[str, ColumnElement[bool]],
    current: Sequence[ColumnElement[bool]],
) -> Driver | None:
    """The filter that leaves the fewest samples; None where none leaves few."""
    best: Driver | None = None
    for name in _BY_INDEX:
        if name in filters:
            apart = name in _BY_CURRENT
            names = {name, "current"} if apart else {name}
            conditions = (filters[name], *current) if apart else (filters[name],)
            most = best.rows if best else FEW + 1
            if (rows := await _count(conn, conditions, most)) < most:
                best = Driver(conditions, frozenset(names), rows)
            if best is not None and best.is_small:
                break
    return best


async def by_terms(conn: AsyncConnection, scope: Scope, *, superseded: bool) -> OfTerms:
    """The samples of the evals that have every term, and those that have one by themselves.

    A sample that has all terms is one of these, whichever it has by its eval. Terms that too many
    samples have by themselves are left out.
    """
    rows: dict[str, frozenset[int]] = {}
    driver: Driver | None = None
    # Those first that few evals have: with them there may be no need to look for the others.
    for term in sorted(scope.terms, key=lambda one: len(one.logs) or _NO_EVAL):
        found = await samples_with(conn, term, superseded=superseded, most=_MOST_OF_A_TERM)
        if found is not None:
            rows[term.text] = found
            driver = await _driver(conn, scope, rows)
            if driver is not None and driver.rows <= _MOST_OF_A_TERM:
                break
    return OfTerms(driver, rows)


async def _driver(conn: AsyncConnection, scope: Scope, rows: Mapping[str, frozenset[int]]) -> Driver | None:
    known = [term for term in scope.terms if term.text in rows]
    logs, some = known[0].logs if scope.logs is None else scope.logs, frozenset[int]().union(*rows.values())
    for term in known:
        logs &= term.logs
        some = some if term.logs else some & rows[term.text]
    number = len(some) + await _count(conn, (among(samples.c.log_id, logs),), FEW + 1) if logs else len(some)
    exact = len(known) == 1 or not any(term.logs for term in known)
    names = frozenset(rows) if exact else frozenset[str]()
    condition = or_(among(samples.c.log_id, logs), among(samples.c.pk, some))
    return Driver((condition,), names, number) if number <= FEW else None


async def _count(conn: AsyncConnection, conditions: Sequence[ColumnElement[bool]], most: int) -> int:
    """How many rows there are, counted to ``most``."""
    some = select(literal(1)).select_from(samples).where(*conditions).limit(most).subquery()
    return (await conn.execute(select(func.count()).select_from(some))).scalar_one()
