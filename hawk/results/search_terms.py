"""Free-text filters of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, or_


def contains_any(term: str, columns: Sequence[ColumnElement[str]]) -> ColumnElement[bool]:
    """Whether ``term`` stands in any of the columns, whatever its case; ``%`` and ``_`` are letters."""
    return or_(*(column.icontains(term, autoescape=True) for column in columns))


def every_term(
    search: str | None, matches: Callable[[str], ColumnElement[bool]]
) -> list[ColumnElement[bool]]:
    """A condition for each word of ``search``; none for a blank one."""
    return [matches(term) for term in (search or "").split()]
