"""Free-text filters of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_

Columns = Sequence[ColumnElement[Any]]


def every_term(
    search: str | None, matches: Callable[[str], ColumnElement[bool]]
) -> list[ColumnElement[bool]]:
    """A condition for each word of ``search``; none for a blank one."""
    return [matches(term) for term in (search or "").split()]


def contains_any(term: str, columns: Columns) -> ColumnElement[bool]:
    """Whether ``term`` stands in any of the columns, whatever its case; ``%`` and ``_`` are letters."""
    return or_(*(column.icontains(case, autoescape=True) for case in _cases(term) for column in columns))


def _cases(term: str) -> list[str]:
    """SQLite folds ASCII only, so other letters are looked for in the cases that words have."""
    if term.isascii():
        return [term]
    return list(dict.fromkeys((term, term.lower(), term.upper(), term.capitalize())))
