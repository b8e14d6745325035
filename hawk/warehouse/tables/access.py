"""Which models a thing needs of who would see it, and whose the eval sets are."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, false

from hawk.warehouse.columns import Document, RowId
from hawk.warehouse.tables.metadata import metadata

model_sets = Table(
    "model_sets",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("models", Document, nullable=False),
    UniqueConstraint("key"),
)
"""Sets of models, each once and for ever: ``models`` are their names in order, ``key`` their hash.

Who may see a set follows from the map of models that is in force, so no map ever changes a row.
"""

eval_sets = Table(
    "eval_sets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_by", Text),
    Column("of_jobs", Boolean, nullable=False, server_default=false()),
    Column("model_set_id", RowId, ForeignKey("model_sets.id")),
    Index("ix_eval_sets_created_by", "created_by"),
)
"""One row an eval set that a job or a log is of. It outlives its job, and a rebuild of results.

``created_by`` owns it: who used its id first, by a job or by taking in logs; NULL for a folder that somebody
else put into the storage. Where jobs ran in it (``of_jobs``), ``model_set_id`` is what their configs declared
and any of its logs showed, and the set of all its logs; NULL while nothing is known. Elsewhere each log has
its own.
"""

log_model_sets = Table(
    "log_model_sets",
    metadata,
    Column("log_id", RowId, ForeignKey("logs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("model_set_id", RowId, ForeignKey("model_sets.id"), nullable=False),
    Index("ix_log_model_sets_model_set_id", "model_set_id"),
)
"""The set of each log, which only grows. A log without one could not be read yet: its models aren't known.

It is apart from ``logs`` for every query asks it, and it is small.
"""
