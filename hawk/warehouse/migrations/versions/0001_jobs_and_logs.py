"""Jobs, and what logs say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hawk.warehouse.columns import Document, RowId, Time

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _jobs()
    _logs()
    _samples()


def downgrade() -> None:
    """Remove all tables."""
    for table in (
        "sample_usage",
        "scores",
        "samples",
        "eval_usage",
        "evals",
        "logs",
        "job_transitions",
        "job_attempts",
        "job_launches",
        "jobs",
    ):
        op.drop_table(table)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("stopping", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("backend", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("launch", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("started_at", Time),
        sa.Column("completed_at", Time),
        sa.Column("updated_at", Time, nullable=False),
        sa.Column("log_dir", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("desired", Document),
        sa.Column("phase", sa.String()),
        sa.Column("progress", Document),
        sa.Column("samples_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("samples_total", sa.Integer()),
        sa.Column("samples_errors", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tokens_input", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_output", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("exit_code", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_created_at_id", "jobs", ["created_at", "id"])
    op.create_index("ix_jobs_status", "jobs", ["status"])
    op.create_table(
        "job_launches",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("launch", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("lease_until", Time, nullable=False),
        sa.Column("launched", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("lock_kept", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_launches_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "launch", name="pk_job_launches"),
        sa.UniqueConstraint("created_by", "key", name="uq_job_launches_created_by_key"),
    )
    op.create_table(
        "job_attempts",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("launch", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", Time, nullable=False),
        sa.Column("ended_at", Time),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("cause", sa.Text()),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_attempts_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "launch", "attempt", name="pk_job_attempts"),
    )
    op.create_table(
        "job_transitions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("time", Time, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_transitions_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job_transitions"),
    )
    op.create_index("ix_job_transitions_job_id", "job_transitions", ["job_id"])


def _logs() -> None:
    op.create_table(
        "logs",
        sa.Column("id", RowId, nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("eval_set_id", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", Time, nullable=False),
        sa.Column("importer_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", Time),
        sa.Column("members", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_logs"),
        sa.UniqueConstraint("location", name="uq_logs_location"),
    )
    op.create_index("ix_logs_eval_set_id", "logs", ["eval_set_id"])
    op.create_table(
        "evals",
        sa.Column("log_id", RowId, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("eval_set_id", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text()),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("task_version", sa.Text()),
        sa.Column("task_args", Document),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_args", Document),
        sa.Column("model_roles", Document),
        sa.Column("solver", sa.Text()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("epochs", sa.BigInteger()),
        sa.Column("samples_total", sa.BigInteger()),
        sa.Column("samples_done", sa.BigInteger(), nullable=False),
        sa.Column("samples_errors", sa.BigInteger(), nullable=False),
        sa.Column("scores", Document, nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("headline_scorer", sa.Text()),
        sa.Column("metadata", Document),
        sa.Column("tags", Document),
        sa.Column("created_by", sa.Text()),
        sa.Column("created_at", Time),
        sa.Column("started_at", Time),
        sa.Column("completed_at", Time),
        sa.Column("invalidated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("import_error", sa.Text()),
        sa.Column("tokens_input", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_output", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_cache_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_cache_write", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_reasoning", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost", sa.Float()),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_evals_log_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("log_id", name="pk_evals"),
    )
    op.create_index("ix_evals_created_at_id", "evals", ["created_at", "id"])
    op.create_index("ix_evals_eval_set_id_created_at", "evals", ["eval_set_id", "created_at", "id"])
    op.create_index("ix_evals_eval_set_id_task_id", "evals", ["eval_set_id", "task_id", "created_at", "id"])
    op.create_index("ix_evals_id", "evals", ["id"])
    op.create_table(
        "eval_usage",
        sa.Column("log_id", RowId, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("tokens_input", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_output", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_cache_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_cache_write", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_reasoning", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost", sa.Float()),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_eval_usage_log_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("log_id", "model", name="pk_eval_usage"),
    )


def _samples() -> None:
    op.create_table(
        "samples",
        sa.Column("pk", RowId, nullable=False),
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("log_id", RowId, nullable=False),
        sa.Column("eval_set_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("uuid", sa.Text()),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("sample_id_is_integer", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("limit", sa.String()),
        sa.Column("scores", Document, nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("messages", sa.Integer()),
        sa.Column("retries", sa.Integer()),
        sa.Column("total_time", sa.Float()),
        sa.Column("working_time", sa.Float()),
        sa.Column("started_at", Time),
        sa.Column("completed_at", Time),
        sa.Column("invalidated_at", Time),
        sa.Column("invalidated_by", sa.Text()),
        sa.Column("invalidated_reason", sa.Text()),
        sa.Column("tokens_input", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_output", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_cache_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_cache_write", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_reasoning", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost", sa.Float()),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_samples_log_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk", name="pk_samples"),
        sa.UniqueConstraint("id", name="uq_samples_id"),
        sa.UniqueConstraint("log_id", "sample_id", "epoch", name="uq_samples_log_id_sample_id_epoch"),
    )
    op.create_index("ix_samples_current_completed_at", "samples", ["current", "completed_at", "id"])
    op.create_index(
        "ix_samples_eval_set_id_current_completed_at",
        "samples",
        ["eval_set_id", "current", "completed_at", "id"],
    )
    op.create_index("ix_samples_eval_set_id_task_id", "samples", ["eval_set_id", "task_id"])
    op.create_index("ix_samples_uuid", "samples", ["uuid"])
    op.create_table(
        "scores",
        sa.Column("sample_pk", RowId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("scorer", sa.Text(), nullable=False),
        sa.Column("intermediate", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("value", Document),
        sa.Column("number", sa.Float()),
        sa.Column("answer", sa.Text()),
        sa.Column("explanation", sa.Text()),
        sa.Column("metadata", Document),
        sa.Column("scored_at", Time),
        sa.ForeignKeyConstraint(
            ["sample_pk"], ["samples.pk"], name="fk_scores_sample_pk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sample_pk", "position", name="pk_scores"),
    )
    op.create_index("ix_scores_scorer", "scores", ["scorer"])
    op.create_table(
        "sample_usage",
        sa.Column("sample_pk", RowId, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("tokens_input", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_output", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_cache_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_cache_write", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens_reasoning", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost", sa.Float()),
        sa.ForeignKeyConstraint(
            ["sample_pk"], ["samples.pk"], name="fk_sample_usage_sample_pk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sample_pk", "model", name="pk_sample_usage"),
    )
