"""Logs as Inspect writes them: just the fields that are stored, as loosely as older logs need.

What isn't named here is skipped by the decoder without being built.
"""

from __future__ import annotations

from typing import Any

import msgspec

Number = int | float | None


class UsageRecord(msgspec.Struct):
    """Tokens of one model."""

    input_tokens: Number = 0
    output_tokens: Number = 0
    total_tokens: Number = 0
    input_tokens_cache_read: Number = None
    input_tokens_cache_write: Number = None
    reasoning_tokens: Number = None
    total_cost: Number = None


Usage = dict[str, UsageRecord]


class ErrorRecord(msgspec.Struct):
    """What ended an eval or a sample."""

    message: str = ""


class ProvenanceRecord(msgspec.Struct):
    """Who changed something by hand, when and why."""

    timestamp: str | None = None
    author: str | None = None
    reason: str | None = None


class ScoreEditRecord(msgspec.Struct):
    """One change of a score by hand; the first of a history is the scorer's own."""

    provenance: ProvenanceRecord | None = None


class ScoreRecord(msgspec.Struct):
    """What a scorer said."""

    value: Any = None
    answer: str | None = None
    explanation: str | None = None
    metadata: dict[str, Any] | None = None
    history: list[ScoreEditRecord] = []


class EventRecord(msgspec.Struct):
    """One event of a transcript: when it was, and the score that it tells of."""

    event: str = ""
    timestamp: str | None = None
    intermediate: bool = False
    score: ScoreRecord | None = None
    scorer: str | None = None


class LimitRecord(msgspec.Struct):
    """The limit that ended a sample."""

    type: str


class TranscriptRecord(msgspec.Struct):
    """Where logs before Inspect 0.3.75 keep their events."""

    events: list[EventRecord] = []


class SampleRecord(msgspec.Struct):
    """One sample. ``score`` and ``transcript`` are old names of ``scores`` and ``events``."""

    id: str | int
    epoch: int = 1
    uuid: str | None = None
    scores: dict[str, ScoreRecord] | None = None
    score: ScoreRecord | None = None
    error: ErrorRecord | None = None
    limit: LimitRecord | None = None
    model_usage: Usage | None = None
    started_at: str | None = None
    completed_at: str | None = None
    total_time: Number = None
    working_time: Number = None
    error_retries: list[msgspec.Raw] | None = None
    invalidation: ProvenanceRecord | None = None
    messages: list[msgspec.Raw] = []
    events: list[EventRecord] = []
    transcript: TranscriptRecord | None = None


class DatasetRecord(msgspec.Struct):
    """How many samples were chosen."""

    samples: Number = None
    sample_ids: list[msgspec.Raw] | None = None


class ConfigRecord(msgspec.Struct):
    """How the eval was run."""

    epochs: Number = None


class SpecRecord(msgspec.Struct):
    """What was run."""

    task: str
    model: str
    created: str | None = None
    eval_id: str = ""
    eval_set_id: str | None = None
    run_id: str = ""
    task_id: str = ""
    task_version: str | int | float | None = None
    task_args: dict[str, Any] | None = None
    solver: str | None = None
    model_args: dict[str, Any] | None = None
    model_roles: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    dataset: DatasetRecord | None = None
    config: ConfigRecord | None = None


class StepRecord(msgspec.Struct):
    """One solver of a plan."""

    solver: str = ""


class PlanRecord(msgspec.Struct):
    """The solvers of an eval."""

    name: str = "plan"
    steps: list[StepRecord] = []


class MetricRecord(msgspec.Struct):
    """One metric of a scorer."""

    value: Any = None


class ResultScoreRecord(msgspec.Struct):
    """The metrics of a scorer, for one way of reducing epochs."""

    name: str = ""
    scorer: str = ""
    reducer: str | None = None
    metrics: dict[str, MetricRecord] = {}


class ResultsRecord(msgspec.Struct):
    """Results of an eval. ``scorer`` and ``metrics`` are what the first versions had."""

    total_samples: Number = None
    completed_samples: Number = None
    scores: list[ResultScoreRecord] = []
    scorer: ResultScoreRecord | None = None
    metrics: dict[str, MetricRecord] | None = None


class StatsRecord(msgspec.Struct):
    """Times and tokens of an eval."""

    started_at: str | None = None
    completed_at: str | None = None
    model_usage: Usage | None = None


class HeaderRecord(msgspec.Struct):
    """``header.json``, or ``_journal/start.json``, which has ``eval`` and ``plan`` only."""

    eval: SpecRecord
    status: str = "started"
    plan: PlanRecord | None = None
    results: ResultsRecord | None = None
    stats: StatsRecord | None = None
    error: ErrorRecord | None = None
    invalidated: bool = False
    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None


class LogRecord(HeaderRecord):
    """A whole log in one JSON file."""

    samples: list[msgspec.Raw] | None = None


HEADER = msgspec.json.Decoder(HeaderRecord)
LOG = msgspec.json.Decoder(LogRecord)
SAMPLE = msgspec.json.Decoder(SampleRecord)
