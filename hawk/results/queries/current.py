"""Whether a sample counts, asked of rows that something else has found."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, func, true

from hawk.warehouse.tables.results import samples


def is_current() -> ColumnElement[bool]:
    """The condition in a form that no index is taken for.

    SQLite would walk the index of all current samples where a log's or an eval set's few are meant.
    """
    return func.coalesce(samples.c.current, false()).is_(true())
