"""Jobs, their launches and attempts, and every change of their state."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from hawk.warehouse.columns import Document, RowId, Time
from hawk.warehouse.tables.metadata import metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", Text),
    Column("stopping", Boolean, nullable=False, server_default=false()),
    Column("backend", String, nullable=False),
    Column("created_by", String, nullable=False),
    Column("launch", Integer, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("created_at", Time, nullable=False),
    Column("started_at", Time),
    Column("completed_at", Time),
    Column("updated_at", Time, nullable=False),
    Column("log_dir", Text, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("waits_for", Text),
    Column("host", String),
    Column("host_name", String),
    Column("deleting", Boolean, nullable=False, server_default=false()),
    Column("desired", Document),
    Column("phase", String),
    Column("progress", Document),
    Column("samples_done", Integer, nullable=False, server_default="0"),
    Column("samples_total", Integer),
    Column("samples_errors", Integer, nullable=False, server_default="0"),
    Column("tokens_input", BigInteger, nullable=False, server_default="0"),
    Column("tokens_output", BigInteger, nullable=False, server_default="0"),
    Column("tokens_total", BigInteger, nullable=False, server_default="0"),
    Column("exit_code", Integer),
    Index("ix_jobs_created_at_id", "created_at", "id"),
    Index("ix_jobs_status", "status"),
)
"""One row a job. ``status`` changes in ``hawk.jobs.store.transition`` and nowhere else.

``waits_for`` is the limit that holds its launch back, None where it may run. ``host`` is the machine whose
backend has the launch, where that is a machine's own. ``deleting``: its end is wanted, then this row's."""

job_launches = Table(
    "job_launches",
    metadata,
    Column("job_id", String, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("launch", Integer, primary_key=True),
    Column("created_by", String, nullable=False),
    Column("key", String, nullable=False),
    Column("body_hash", String, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("lease_until", Time, nullable=False),
    Column("launched", Boolean, nullable=False, server_default=false()),
    Column("lock_kept", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("created_by", "key"),
)
"""One row a submission or resume. ``launched``: the backend holds it and its secrets."""

job_attempts = Table(
    "job_attempts",
    metadata,
    Column("job_id", String, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("launch", Integer, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("started_at", Time, nullable=False),
    Column("ended_at", Time),
    Column("exit_code", Integer),
    Column("cause", Text),
)
"""One row a start of the job's runner."""

job_transitions = Table(
    "job_transitions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("job_id", String, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("time", Time, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", Text, nullable=False),
)
"""One row a change of a job's state, in the order of their ids."""
