"""What logs say: the ledger of what was imported, evals, samples, scores and model usage."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    false,
    text,
)

from hawk.warehouse.columns import Document, RowId, Time
from hawk.warehouse.tables.metadata import metadata


def _tokens() -> tuple[Column[Any], ...]:
    """Tokens and their price in US dollars, NULL where it isn't known."""
    names = ("input", "output", "total", "cache_read", "cache_write", "reasoning")
    counts = (Column(f"tokens_{name}", BigInteger, nullable=False, server_default="0") for name in names)
    return (*counts, Column("cost", Float))


def _some(name: str, those: TextClause, *columns: str) -> Index:
    """An index of few rows, so that most of them cost an import nothing."""
    return Index(name, *columns, sqlite_where=those, postgresql_where=those)


UNSUCCESSFUL = text("status <> 'success'")
LIMITED = text('"limit" IS NOT NULL')
INVALIDATED = text("invalidated_at IS NOT NULL")
"""Which samples are in the indexes of few; SQLite takes one only where a query says so in the same words."""

logs = Table(
    "logs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("location", Text, nullable=False, unique=True),
    Column("eval_set_id", Text, nullable=False, index=True),
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", Time, nullable=False),
    Column("importer_version", Integer, nullable=False),
    Column("imported_at", Time, nullable=False),
    Column("state", String, nullable=False),
    Column("error", Text),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("retry_at", Time),
    Column("members", LargeBinary),
    Column("text_size", BigInteger, nullable=False, server_default="0"),
    Column("text_dead", BigInteger, nullable=False, server_default="0"),
    Index("ix_logs_retry_at", "retry_at"),
)
"""The ledger: one row a log file, by its path under the evals folder.

``state``: ``imported``, ``partial`` (some of its samples can't be read: ``unread_samples`` says which)
or ``failed`` (nothing of this version could be read; rows of an earlier version stay). Of the last
two, those without ``retry_at`` are dead letters: only other bytes or a newer importer read them again.
``members`` is what :mod:`hawk.importers.ledger` makes of the archive's directory. ``text_size`` is
the bytes in the log's text pages, ``text_dead`` those of them that belong to rows that are gone.
"""

unread_samples = Table(
    "unread_samples",
    metadata,
    Column("log_id", RowId, ForeignKey("logs.id", ondelete="CASCADE"), primary_key=True),
    Column("member", Text, primary_key=True),
    Column("error", Text, nullable=False),
)
"""Samples of a log that can't be read, by their place in it, and why."""

import_numbers = Table(
    "import_numbers", metadata, Column("id", RowId, primary_key=True), sqlite_autoincrement=True
)
"""Gives each import a number that no other ever had. Rows mean nothing."""

evals = Table(
    "evals",
    metadata,
    Column("log_id", RowId, ForeignKey("logs.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, nullable=False),
    Column("eval_set_id", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("run_id", Text),
    Column("task", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("task_version", Text),
    Column("task_args", Document),
    Column("model", Text, nullable=False),
    Column("model_args", Document),
    Column("model_roles", Document),
    Column("generate_config", Document),
    Column("solver", Text),
    Column("plan", Document),
    Column("config", Document),
    Column("dataset", Text),
    Column("sandbox", Text),
    Column("revision", Document),
    Column("packages", Document),
    Column("status", String, nullable=False),
    Column("error", Text),
    Column("traceback", Text),
    Column("epochs", BigInteger),
    Column("samples_total", BigInteger),
    Column("samples_done", BigInteger, nullable=False),
    Column("samples_errors", BigInteger, nullable=False),
    Column("scores", Document, nullable=False),
    Column("score", Float),
    Column("headline_scorer", Text),
    Column("metadata", Document),
    Column("tags", Document),
    Column("created_by", Text),
    Column("created_at", Time),
    Column("started_at", Time),
    Column("completed_at", Time),
    Column("invalidated", Boolean, nullable=False, server_default=false()),
    Column("import_error", Text),
    Column("role_usage", Document),
    *_tokens(),
    Index("ix_evals_id", "id"),
    Index("ix_evals_eval_set_id_created_at", "eval_set_id", "created_at", "id"),
    Index("ix_evals_eval_set_id_task_id", "eval_set_id", "task_id", "created_at", "id"),
    Index("ix_evals_created_at_id", "created_at", "id"),
)
"""One row a log that could be read at least once.

``id`` is Inspect's eval id, which copies of a log share; ``scores`` is ``{scorer: {metric:
value}}``, ``score`` the headline: Inspect's own where the log names one, else the first metric of the
first scorer. ``samples_total`` counts every epoch. ``config`` has the limits, ``revision`` and
``packages`` what code it was.
"""

eval_models = Table(
    "eval_models",
    metadata,
    Column("log_id", RowId, ForeignKey("logs.id", ondelete="CASCADE"), primary_key=True),
    Column("model", Text, primary_key=True),
    Index("ix_eval_models_model", "model"),
)
"""Every model of a log: its own, those of its roles, those that its samples called, and those that its
folder declares. Only grows.
"""

samples = Table(
    "samples",
    metadata,
    Column("pk", RowId, primary_key=True, autoincrement=False),
    Column("id", String(24), nullable=False, unique=True),
    Column("log_id", RowId, ForeignKey("logs.id", ondelete="CASCADE"), nullable=False),
    Column("eval_set_id", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("uuid", Text),
    Column("sample_id", Text, nullable=False),
    Column("sample_id_is_integer", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("current", Boolean, nullable=False, server_default=false()),
    Column("input", Text),
    Column("target", Text),
    Column("status", String, nullable=False),
    Column("error", Text),
    Column("traceback", Text),
    Column("limit", String),
    Column("limit_value", Float),
    Column("scores", Document, nullable=False),
    Column("score", Float),
    Column("messages", Integer),
    Column("tool_calls", Integer, nullable=False),
    Column("retries", Integer),
    Column("generation_time", Float),
    Column("total_time", Float),
    Column("working_time", Float),
    Column("started_at", Time),
    Column("completed_at", Time),
    Column("invalidated_at", Time),
    Column("invalidated_by", Text),
    Column("invalidated_reason", Text),
    *_tokens(),
    Column("text_size", BigInteger, nullable=False),
    UniqueConstraint("log_id", "sample_id", "epoch"),
    Index("ix_samples_uuid", "uuid", postgresql_ops={"uuid": "text_pattern_ops"}),
    Index("ix_samples_eval_set_id_current_completed_at", "eval_set_id", "current", "completed_at", "pk"),
    Index("ix_samples_current_completed_at", "current", "completed_at", "pk"),
    Index("ix_samples_current_score", "current", "score", "pk"),
    Index("ix_samples_current_tokens_total", "current", "tokens_total", "pk"),
    Index("ix_samples_current_sample_id", "current", "sample_id", "pk"),
    _some("ix_samples_unsuccessful", UNSUCCESSFUL, "current", "status", "completed_at", "pk"),
    _some("ix_samples_limit", LIMITED, "limit"),
    _some("ix_samples_invalidated_at", INVALIDATED, "invalidated_at"),
)
"""One row for each (log, sample id, epoch).

``id`` is made of these three, so an import anew gives the same one; ``pk`` is new each time a sample is
read, and never used again: text pages name samples by it. ``current`` marks, of all rows
of one (eval set, task id, sample id, epoch), the one that counts. ``scores`` is ``{scorer: value}``;
``score`` the headline scorer's value as a number. Times of ``*_time`` are seconds. ``input`` and
``target`` are beginnings, for lists. ``text_size`` is the bytes that it has in text pages.
"""

scores = Table(
    "scores",
    metadata,
    Column("sample_pk", RowId, ForeignKey("samples.pk", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("scorer", Text, nullable=False),
    Column("intermediate", Boolean, nullable=False, server_default=false()),
    Column("value", Document),
    Column("number", Float),
    Column("answer", Text),
    Column("explanation", Text),
    Column("metadata", Document),
    Column("history", Document),
    Column("scored_at", Time),
)
"""What scorers said, in the log's order. ``number`` is the value where it has one (C is 1)."""

eval_usage = Table(
    "eval_usage",
    metadata,
    Column("log_id", RowId, ForeignKey("logs.id", ondelete="CASCADE"), primary_key=True),
    Column("model", Text, primary_key=True),
    *_tokens(),
)
"""Tokens by model over a whole log."""

sample_usage = Table(
    "sample_usage",
    metadata,
    Column("sample_pk", RowId, ForeignKey("samples.pk", ondelete="CASCADE"), primary_key=True),
    Column("model", Text, primary_key=True),
    *_tokens(),
)
"""Tokens by model of one sample."""
