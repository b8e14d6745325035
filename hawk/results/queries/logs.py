"""The logs that lists are made of: readable or not, superseded or not."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, or_, tuple_

from hawk.warehouse.tables.results import evals, logs

shown_logs = logs.outerjoin(evals, evals.c.log_id == logs.c.id)
"""Every log with its eval; a log that could never be read has none."""

created_at = func.coalesce(evals.c.created_at, logs.c.modified)
"""When a log's eval began, or when an unreadable log was last written."""


def worth_showing() -> ColumnElement[bool]:
    """Whether there is an eval, or a fault to tell of."""
    return or_(evals.c.log_id.is_not(None), logs.c.error.is_not(None))


def newest_of_task() -> ColumnElement[bool]:
    """Whether no later log of the same eval set is another try of the same task.

    What logs say decides, never when they were imported. An unreadable log stands for itself.
    """
    later = evals.alias("later")
    same = (later.c.eval_set_id == evals.c.eval_set_id, later.c.task_id == evals.c.task_id)
    age = tuple_(later.c.created_at, later.c.id, later.c.location)
    return ~exists().where(*same, age > tuple_(evals.c.created_at, evals.c.id, evals.c.location))
