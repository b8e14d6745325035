"""Free-text filters of lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from hawk.warehouse.predicates import Predicate

Columns = Sequence[ColumnElement[Any]]


def terms_of(search: str | None) -> list[str]:
    """The words of a search, each once; none of a blank one."""
    return list(dict.fromkeys((search or "").split()))


def every_term(
    search: str | None, matches: Callable[[str], ColumnElement[bool]]
) -> list[ColumnElement[bool]]:
    """A condition for each word of ``search``; none for a blank one."""
    return [matches(term) for term in terms_of(search)]


def contains_any(term: str, columns: Columns) -> ColumnElement[bool]:
    """Whether ``term`` stands in any of the columns, whatever its case; ``%`` and ``_`` are letters."""
    return or_(*(_Infix(column, case) for case in _cases(term) for column in columns))


def starts_with(term: str, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a text begins with ``term``, in its case: what an index serves."""
    return _Prefix(column, term)


def has_trigram(term: str) -> bool:
    """Whether PostgreSQL's trigrams help to find ``term``; where not, they cost more than no index."""
    return _TRIGRAM.search(term) is not None


class _Infix(Predicate):
    """SQLAlchemy's own for both databases folds by ``lower()``, which no index serves."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], term: str) -> None:
        pattern = "%" + _SIGNS.sub(r"\\\g<0>", term) + "%"
        super().__init__(column, bindparam(None, pattern, unique=True))


class _Prefix(Predicate):
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], term: str) -> None:
        super().__init__(column, bindparam(None, term, unique=True))


@compiles(_Infix, "sqlite")
def _sqlite_infix(element: _Infix, compiler: SQLCompiler, **more: Any) -> str:
    column, pattern = (compiler.process(one, **more) for one in element.clauses)
    return f"({column} LIKE {pattern} ESCAPE '\\')"


@compiles(_Infix, "postgresql")
def _postgresql_infix(element: _Infix, compiler: SQLCompiler, **more: Any) -> str:
    column, pattern = (compiler.process(one, **more) for one in element.clauses)
    return f"({column} ILIKE {pattern})"


@compiles(_Prefix, "sqlite")
def _sqlite_prefix(element: _Prefix, compiler: SQLCompiler, **more: Any) -> str:
    column, start = (compiler.process(one, **more) for one in element.clauses)
    return f"({column} >= {start} AND {column} < ({start} || char(1114111)))"


@compiles(_Prefix, "postgresql")
def _postgresql_prefix(element: _Prefix, compiler: SQLCompiler, **more: Any) -> str:
    column, start = (compiler.process(one, **more) for one in element.clauses)
    return f"({column} ~>=~ {start} AND {column} ~<~ ({start} || chr(1114111)))"


_SIGNS = re.compile(r"[%_\\]")
_TRIGRAM = re.compile(r"[^\W_]{3}|[\W_][^\W_]{2}|[^\W_]{2}[\W_]")
"""Three letters or digits, or two where a word begins or ends."""


def _cases(term: str) -> list[str]:
    """SQLite folds ASCII only, so other letters are looked for in the cases that words have."""
    if term.isascii():
        return [term]
    return list(dict.fromkeys((term, term.lower(), term.upper(), term.capitalize())))
