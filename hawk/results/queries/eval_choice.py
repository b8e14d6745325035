"""Filters by what an eval is, which lists of evals and lists of samples share."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select

from hawk.auth.access import Access
from hawk.auth.visibility import visible
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.results import evals


class EvalChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which evals: all that are given must be the eval's own, letter by letter.

    ``access`` is whose list it is; ``created_by`` is who the log names, else who started the job.
    """

    access: Access
    eval_set: str | None = None
    task: str | None = None
    model: str | None = None
    solver: str | None = None
    created_by: str | None = None

    def of_eval(self, log_id: ColumnElement[int] = evals.c.log_id) -> list[ColumnElement[bool]]:
        """The filters as SQL, all but the one by eval set. A log without an eval has another ``log_id``."""
        found = [*visible(self.access, log_id)]
        found += [
            evals.c[name] == value
            for name in ("task", "model", "solver")
            if (value := getattr(self, name)) is not None
        ]
        if self.created_by is not None:
            found.append(_created_by(self.created_by))
        return found


def _created_by(user: str) -> ColumnElement[bool]:
    theirs = select(jobs.c.id).where(jobs.c.created_by == user)
    unnamed = and_(evals.c.created_by.is_(None), evals.c.eval_set_id.in_(theirs))
    return or_(evals.c.created_by == user, unnamed)
