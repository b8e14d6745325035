"""The terms of a search, each resolved: which evals have it, and which samples by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import ColumnElement, Select, literal_column, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.visibility import visible
from hawk.results.queries.current import is_current
from hawk.results.queries.sample_filter import SampleFilter
from hawk.warehouse.numbers import among
from hawk.warehouse.search_terms import contains_any, has_trigram, starts_with, terms_of
from hawk.warehouse.tables.results import evals, samples

_OF_EVAL = [evals.c[name] for name in ("id", "task", "model", "solver", "location", "eval_set_id")]


class Term(msgspec.Struct, frozen=True):
    """A term, the logs whose evals have it, and the limits whose names do."""

    text: str
    logs: frozenset[int]
    limits: tuple[str, ...]

    def matches(self, rows: frozenset[int] | None = None) -> ColumnElement[bool]:
        """Whether a sample has the term by its eval or by itself: where it is known which do, as ``rows``."""
        own = (among(samples.c.pk, rows),) if rows is not None else self._own()
        return or_(among(samples.c.log_id, self.logs), *own)

    def _own(self) -> Iterator[ColumnElement[bool]]:
        yield contains_any(self.text, [samples.c.sample_id, samples.c.error])
        yield starts_with(self.text, samples.c.uuid)
        if self.limits:
            yield samples.c.limit.in_(self.limits)


class Scope(msgspec.Struct, frozen=True):
    """What is to be known of evals. ``logs`` are those that filters leave, None where there are none.

    ``by_access``: nothing but what the caller may see leaves some out, which is few as a rule.
    """

    logs: frozenset[int] | None
    terms: tuple[Term, ...]
    by_access: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no eval is left."""
        return self.logs is not None and not self.logs


async def read_scope(conn: AsyncConnection, wanted: SampleFilter) -> Scope:
    """Ask the evals, of which there are few."""
    terms, filters = terms_of(wanted.search), wanted.of_eval()
    if not terms and not filters:
        return Scope(None, ())
    by_access = len(filters) == len(visible(wanted.access, evals.c.log_id))
    if wanted.eval_set is not None:
        filters.append(evals.c.eval_set_id == wanted.eval_set)
    matching = [contains_any(term, _OF_EVAL) for term in terms]
    chosen = select(evals.c.log_id, *matching).where(*filters)
    rows = (await conn.execute(chosen if filters else chosen.where(or_(*matching)))).all()
    logs = frozenset(row[0] for row in rows) if filters else None
    found = [frozenset(row[0] for row in rows if row[at]) for at in range(1, len(terms) + 1)]
    limits = [await _limits(conn, term) for term in terms]
    return Scope(logs, tuple(map(Term, terms, found, limits)), by_access)


async def _limits(conn: AsyncConnection, term: str) -> tuple[str, ...]:
    """The names of limits that have a term, of which there are a handful."""
    names = select(samples.c.limit).where(samples.c.limit.is_not(None)).distinct().subquery()
    found = await conn.execute(select(names.c.limit).where(contains_any(term, [names.c.limit])))
    return tuple(found.scalars())


async def samples_with(
    conn: AsyncConnection, term: Term, *, superseded: bool, most: int
) -> frozenset[int] | None:
    """The samples that have a term by themselves; None where they are more than ``most``, or hard to find."""
    if conn.dialect.name == "postgresql" and not has_trigram(term.text):
        return None
    limited = [part.limit(most + 1).subquery().select() for part in _parts(term, superseded=superseded)]
    found = (await conn.execute(union_all(*limited).limit(most + 1))).scalars().all()
    return None if len(found) > most else frozenset(found)


def _parts(term: Term, *, superseded: bool) -> Iterator[Select[tuple[int]]]:
    """Each by an index of its own: the first two have the current samples apart."""
    chosen = select(samples.c.pk)
    apart = chosen if superseded else chosen.where(samples.c.current.is_(true()))
    mixed = chosen if superseded else chosen.where(is_current())
    unsuccessful = samples.c.status != literal_column("'success'")
    yield apart.where(contains_any(term.text, [samples.c.sample_id]))
    yield apart.where(unsuccessful, contains_any(term.text, [samples.c.error]))
    yield mixed.where(starts_with(term.text, samples.c.uuid))
    if term.limits:
        yield mixed.where(samples.c.limit.in_(term.limits))
