"""Which samples are on a page, found by the cheapest way there is.

Where an index has the list's order, it is *walked*, and each row checked until the page is full: quick
where many rows match. Else all rows that one of the filters leaves are *sorted*: quick where these are
few. Which it is, is found out by counting to :data:`FEW` in indexes, for planners know nothing of how the
parts of a search and the filters go together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select, true, union_all
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.results.keyset import KEY, TIE
from hawk.results.queries.current import is_current
from hawk.results.queries.drivers import ANY, Driver, by_filters, by_terms
from hawk.results.queries.sample_filter import SampleFilter
from hawk.results.queries.sample_orders import SampleOrder
from hawk.results.queries.sample_terms import Scope, read_scope
from hawk.warehouse.numbers import among
from hawk.warehouse.tables.results import evals, samples

FIRST = 2_000
"""How far an index is walked to see whether the page fills."""

Rows = Sequence[Row[*tuple[Any, ...]]]
Keys = Select[*tuple[Any, ...]]
Read = Callable[[Keys, SampleOrder], Select[*tuple[Any, ...]]]
"""Makes a query for a page's keys one for its rows, which have the keys as well and come in their order."""

Conditions = Sequence[ColumnElement[bool]]


class Chosen:
    """The samples that a filter leaves. Make one with :meth:`of`."""

    def __init__(self, conn: AsyncConnection, wanted: SampleFilter, scope: Scope, read: Read) -> None:
        self._conn = conn
        self._wanted = wanted
        self._scope = scope
        self._read = read
        self._driver: Driver | None = None
        self._filters = dict(wanted.of_sample())
        if scope.logs is not None:
            self._filters["access" if scope.by_access else "evals"] = among(samples.c.log_id, scope.logs)
        self._filters |= {term.text: term.matches() for term in scope.terms}

    @classmethod
    async def of(cls, conn: AsyncConnection, wanted: SampleFilter, read: Read) -> Chosen:
        """With what the evals say of the filter."""
        return cls(conn, wanted, await read_scope(conn, wanted), read)

    async def page(self, order: SampleOrder, cursor: str | None, size: int) -> Rows:
        """At most ``size`` samples behind the cursor."""
        if self._scope.is_empty:
            order.beyond(cursor)
            return ()
        others = self._filters.keys() - order.served(self._filters)
        if order.is_indexed and not others:
            return await self._walked(order, cursor, size)
        # What a caller may see is most of what there is, as a rule: counting it takes longer than a page.
        found = await self._at_first(order, cursor, size) if others == {"access"} else None
        if found is not None:
            return found
        self._driver = await by_filters(self._conn, self._filters, self._current())
        if others != {"access"} and not (self._driver and self._driver.is_small):
            found = await self._at_first(order, cursor, size)
        if found is not None:
            return found
        if self._driver is None:
            await self._ask_samples()
        if self._driver is None and order.is_indexed:
            return await self._walked(order, cursor, size)
        return await self._sorted(self._driver or ANY, order, cursor, size)

    async def count(self) -> int:
        """How many there are on all pages."""
        if self._scope.is_empty:
            return 0
        chosen = self._all(self._driver or ANY, select(samples.c.pk)).subquery()
        return (await self._conn.execute(select(func.count()).select_from(chosen))).scalar_one()

    async def _ask_samples(self) -> None:
        """Find out which samples have the terms by themselves."""
        found = await by_terms(self._conn, self._scope, superseded=self._wanted.superseded)
        self._driver = found.driver
        for term in self._scope.terms:
            if (rows := found.rows.get(term.text)) is not None:
                self._filters[term.text] = term.matches(rows)

    async def _sorted(self, driver: Driver, order: SampleOrder, cursor: str | None, size: int) -> Rows:
        chosen = self._all(driver, _keys(order)).where(*order.beyond(cursor))
        found = chosen.cte("found").prefix_with("MATERIALIZED")
        key, tie = found.c[KEY], found.c[TIE]
        page = select(found).order_by(key.is_(None), *order.sorted(key, tie)).limit(size)
        return (await self._conn.execute(self._read(page, order))).all()

    async def _at_first(self, order: SampleOrder, cursor: str | None, size: int) -> Rows | None:
        """The page, if what an index has next fills it."""
        if not order.is_indexed:
            return None
        found = await self._sorted(self._first(order, cursor), order, cursor, size)
        return found if len(found) == size else None

    async def _walked(self, order: SampleOrder, cursor: str | None, size: int) -> Rows:
        rows: list[Row[*tuple[Any, ...]]] = []
        for stretch in order.stretches(cursor):
            conditions = (*stretch, *self._checks(order))
            keys = self._ordered(order, conditions, size - len(rows))
            rows += (await self._conn.execute(self._read(keys, order))).all()
            if len(rows) == size:
                break
        return rows

    def _first(self, order: SampleOrder, cursor: str | None) -> Driver:
        """What an index has next, whatever the filters that it doesn't serve say."""
        served = order.served(self._filters)
        conditions = [filter_ for name, filter_ in self._filters.items() if name in served]
        first = self._ordered(order, (*order.ahead(cursor), *conditions), FIRST).subquery()
        return Driver((samples.c.pk.in_(select(first.c[TIE])),), served)

    def _ordered(self, order: SampleOrder, conditions: Conditions, size: int) -> Keys:
        """In the order of an index, which has the current samples apart from the others."""
        both = (true(), false()) if self._wanted.superseded else (true(),)
        parts = [
            _keys(order)
            .where(samples.c.current.is_(current), *conditions)
            .order_by(*order.sorting())
            .limit(size)
            for current in both
        ]
        if len(parts) == 1:
            return parts[0]
        merged = union_all(*(part.subquery().select() for part in parts)).subquery()
        return select(merged).order_by(*order.sorted(merged.c[KEY], merged.c[TIE])).limit(size)

    def _checks(self, order: SampleOrder) -> list[ColumnElement[bool]]:
        served = order.served(self._filters)
        return [one if name in served else _checked(one) for name, one in self._filters.items()]

    def _all(self, driver: Driver, chosen: Keys) -> Keys:
        """By way of the driver, which is not left to a planner to choose."""
        others = [one for name, one in self._filters.items() if name not in driver.names]
        if not driver.conditions:
            return chosen.where(*self._current(), *others)
        current = () if self._wanted.superseded or "current" in driver.names else (is_current(),)
        return chosen.where(*driver.conditions, *map(_checked, others), *current)

    def _current(self) -> Conditions:
        return () if self._wanted.superseded else (samples.c.current.is_(true()),)


def _checked(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same, in a form that no index is taken for."""
    return condition.is_(true())


def _keys(order: SampleOrder) -> Keys:
    keys = select(order.key.label(KEY), order.tie.label(TIE))
    if order.key.table is evals:
        return keys.select_from(samples.join(evals, evals.c.log_id == samples.c.log_id))
    return keys.select_from(samples)
