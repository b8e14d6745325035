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
    traceback: str | None = None


class ProvenanceRecord(msgspec.Struct):
    """Who changed something by hand, when and why."""

    timestamp: str | None = None
    author: str | None = None
    reason: str | None = None


class DatasetRecord(msgspec.Struct):
    """Which data, and how many samples of it were chosen."""

    name: str | None = None
    samples: Number = None
    sample_ids: list[msgspec.Raw] | None = None


class SandboxRecord(msgspec.Struct):
    """What samples run in."""

    type: str


class HeadlineRecord(msgspec.Struct):
    """Which metric of which score stands for the whole."""

    scorer: str | None = None
    score: str | None = None
    metric: str | None = None
    reducer: str | None = None


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
    model_generate_config: dict[str, Any] | None = None
    sandbox: SandboxRecord | list[Any] | str | None = None
    revision: dict[str, Any] | None = None
    packages: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    dataset: DatasetRecord | None = None
    headline_metric: HeadlineRecord | None = None
    config: dict[str, Any] | None = None


class StepRecord(msgspec.Struct):
    """One solver of a plan, with its arguments."""

    solver: str = ""
    params: dict[str, Any] = {}


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
    headline: HeadlineRecord | None = None


class StatsRecord(msgspec.Struct):
    """Times and tokens of an eval."""

    started_at: str | None = None
    completed_at: str | None = None
    model_usage: Usage | None = None
    role_usage: Usage | None = None


class LogEditRecord(msgspec.Struct):
    """One change of a log's tags or metadata by hand."""

    type: str = ""
    tags_add: list[str] = []
    tags_remove: list[str] = []
    metadata_set: dict[str, Any] = {}
    metadata_remove: list[str] = []


class LogUpdateRecord(msgspec.Struct):
    """Changes that were made together."""

    edits: list[LogEditRecord] = []


class HeaderRecord(msgspec.Struct):
    """``header.json``, or ``_journal/start.json``, which has ``eval`` and ``plan`` only."""

    eval: SpecRecord
    status: str = "started"
    plan: PlanRecord | None = None
    results: ResultsRecord | None = None
    stats: StatsRecord | None = None
    error: ErrorRecord | None = None
    invalidated: bool = False
    log_updates: list[LogUpdateRecord] | None = None


class LogRecord(HeaderRecord):
    """A whole log in one JSON file."""

    samples: list[msgspec.Raw] | None = None


HEADER = msgspec.json.Decoder(HeaderRecord)
LOG = msgspec.json.Decoder(LogRecord)
