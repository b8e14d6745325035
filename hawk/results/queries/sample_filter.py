"""Which samples a list is of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, literal_column

from hawk.results.queries.eval_choice import EvalChoice
from hawk.warehouse.names import HasName
from hawk.warehouse.tables.results import evals, samples

SampleStatus = Literal["success", "error", "limit"]
Named = tuple[str, ColumnElement[bool]]
"""A condition, and what it is about."""


class SampleFilter(EvalChoice, frozen=True, kw_only=True):
    """Which samples: all filters must hold. Without ``superseded`` only the current ones.

    ``limit`` is the name of the limit that ended it; ``score_min`` and ``score_max`` bound the headline
    score, both inclusive; ``since`` (inclusive) and ``until`` (not) when it was completed; ``scorer`` is
    one that scored it. ``search`` is terms that must each stand in the sample's id, error or limit, in the
    eval's id, task, model, solver or log, or begin the sample's uuid.
    """

    eval_id: str | None = None
    status: SampleStatus | None = None
    limit: str | None = None
    sample_id: str | None = None
    epoch: int | None = None
    score_min: float | None = None
    score_max: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    invalidated: bool | None = None
    scorer: str | None = None
    search: str | None = None
    superseded: bool = False

    def of_eval(self, log_id: ColumnElement[int] = evals.c.log_id) -> list[ColumnElement[bool]]:
        """The filters that an eval alone decides, as SQL, all but the one by eval set."""
        found = super().of_eval(log_id)
        return found if self.eval_id is None else [*found, evals.c.id == self.eval_id]

    def of_sample(self) -> Iterator[Named]:
        """The filters that a sample's own row decides, as SQL."""
        for name in ("eval_set", "limit", "sample_id", "epoch"):
            if (value := getattr(self, name)) is not None:
                yield name, samples.c["eval_set_id" if name == "eval_set" else name] == value
        if self.status is not None:
            yield "status", _ended(self.status)
        yield from self._ranges()
        if self.invalidated is not None:
            at = samples.c.invalidated_at
            yield "invalidated", at.is_not(None) if self.invalidated else at.is_(None)
        if self.scorer is not None:
            yield "scorer", HasName(samples.c.scores, self.scorer)

    def _ranges(self) -> Iterator[Named]:
        score, time = samples.c.score, samples.c.completed_at
        bounds = [score >= self.score_min] if self.score_min is not None else []
        bounds += [score <= self.score_max] if self.score_max is not None else []
        if bounds:
            yield "score", and_(*bounds)
        bounds = [time >= self.since] if self.since is not None else []
        bounds += [time < self.until] if self.until is not None else []
        if bounds:
            yield "completed_at", and_(*bounds)


def _ended(status: SampleStatus) -> ColumnElement[bool]:
    """``status <> 'success'`` is in it by these words, for SQLite to take the index of just these."""
    equal = samples.c.status == status
    return equal if status == "success" else and_(equal, samples.c.status != literal_column("'success'"))
