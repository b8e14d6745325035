"""What the results API answers: eval sets, evals, samples and transcripts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hawk.jobs.types import Counts
from hawk.specs.control import TokenCounts

PENDING_HEADER = "Hawk-Pending-Imports"
"""The header that says how many logs an answer could not take into account yet."""

ScoreValue = str | float | int | bool | list[Any] | dict[str, Any] | None


class EvalSet(msgspec.Struct, frozen=True, kw_only=True):
    """All evals of one folder of logs."""

    id: str
    tasks: tuple[str, ...]
    models: tuple[str, ...]
    evals: int
    status: str
    samples: Counts
    created_at: datetime | None = None
    completed_at: datetime | None = None
    tokens: TokenCounts = TokenCounts()


class Eval(msgspec.Struct, frozen=True, kw_only=True):
    """One log: a task on a model. ``status`` is Inspect's: started, success, cancelled, error.

    ``scores`` is ``{scorer: {metric: value}}``; ``score`` the headline (the first metric of the
    first scorer). ``cost`` is in US dollars, None where prices are not known.
    """

    id: str
    eval_set_id: str
    task: str
    model: str
    solver: str | None = None
    status: str
    error: str | None = None
    samples: Counts
    scores: dict[str, dict[str, float | None]] = {}
    score: float | None = None
    tokens: TokenCounts = TokenCounts()
    cost: float | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    log: str
    import_error: str | None = None


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch of one sample. ``status``: success, error, or limit (``limit`` names which).

    ``scores`` is ``{scorer: value}``, ``score`` the headline as a number (letter grades valued as
    Inspect does: C 1, I 0, P 0.5, N 0).
    """

    id: str
    uuid: str | None
    sample_id: str | int
    epoch: int
    eval_id: str
    eval_set_id: str
    task: str
    model: str
    solver: str | None = None
    status: str
    error: str | None = None
    limit: str | None = None
    scores: dict[str, ScoreValue] = {}
    score: float | None = None
    tokens: TokenCounts = TokenCounts()
    cost: float | None = None
    messages: int | None = None
    total_time: float | None = None
    working_time: float | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    log: str


class ToolCallView(msgspec.Struct, frozen=True):
    """A call of a tool, as the model wrote it."""

    id: str
    function: str
    arguments: dict[str, Any]


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One message: its text with everything that isn't text named in brackets."""

    role: str
    text: str
    reasoning: str | None = None
    model: str | None = None
    function: str | None = None
    error: str | None = None
    tool_calls: tuple[ToolCallView, ...] = ()


class ScoreView(msgspec.Struct, frozen=True, kw_only=True):
    """What a scorer said of a sample."""

    scorer: str
    value: ScoreValue
    answer: str | None = None
    explanation: str | None = None


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """One sample, whole, for a reader: the sample's row, what it was asked, and what was said."""

    sample: Sample
    input: tuple[MessageView, ...]
    target: str
    messages: tuple[MessageView, ...]
    scores: tuple[ScoreView, ...]
    error: str | None = None
    usage: dict[str, TokenCounts] = {}


class EvalSetList(msgspec.Struct, frozen=True):
    """A page of eval sets, newest first."""

    items: tuple[EvalSet, ...]
    next: str | None = None
    total: int | None = None


class EvalList(msgspec.Struct, frozen=True):
    """A page of evals, newest first."""

    items: tuple[Eval, ...]
    next: str | None = None
    total: int | None = None


class SampleList(msgspec.Struct, frozen=True):
    """A page of samples, in the order asked for."""

    items: tuple[Sample, ...]
    next: str | None = None
    total: int | None = None


class Facet(msgspec.Struct, frozen=True):
    """A value to filter by: how many evals have it, and how many samples these have."""

    value: str
    evals: int
    samples: int


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """What values there are to filter lists by, those with the most samples first."""

    tasks: tuple[Facet, ...]
    models: tuple[Facet, ...]
    solvers: tuple[Facet, ...]
    scorers: tuple[Facet, ...]
    statuses: tuple[Facet, ...]
    limits: tuple[Facet, ...]
    users: tuple[Facet, ...]
    eval_sets: tuple[Facet, ...]
