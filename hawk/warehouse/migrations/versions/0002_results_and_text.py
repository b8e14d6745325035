"""Results anew: what the second importer stores, the text of transcripts, and leases.

Nothing is carried over: storage is the truth, and every log is imported again.
"""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op

from hawk.warehouse.columns import Document, RowId, Time

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BEFORE = ("sample_usage", "scores", "samples", "eval_usage", "evals", "logs")
_NOW = (
    "text_pages",
    "sample_usage",
    "scores",
    "samples",
    "eval_models",
    "eval_usage",
    "evals",
    "unread_samples",
)


def upgrade() -> None:
    """Drop the results of the first importer, and make the tables of the second."""
    for table in _BEFORE:
        op.drop_table(table)
    _logs()
    _evals()
    _samples()
    _text()
    if op.get_context().dialect.name == "postgresql":
        _postgresql()


def downgrade() -> None:
    """Go back to the tables of the first importer, empty."""
    for table in (*_NOW, "logs", "leases", "import_numbers"):
        op.drop_table(table)
    first = import_module("hawk.warehouse.migrations.versions.0001_jobs_and_logs")
    first._logs()
    first._samples()


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
        sa.Column("imported_at", Time, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", Time),
        sa.Column("members", sa.LargeBinary()),
        sa.Column("text_size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("text_dead", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_logs"),
        sa.UniqueConstraint("location", name="uq_logs_location"),
    )
    op.create_index("ix_logs_eval_set_id", "logs", ["eval_set_id"])
    op.create_index("ix_logs_retry_at", "logs", ["retry_at"])
    op.create_table(
        "import_numbers",
        sa.Column("id", RowId, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_numbers"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", Time, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "unread_samples",
        sa.Column("log_id", RowId, nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_unread_samples_log_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("log_id", "member", name="pk_unread_samples"),
    )


def _evals() -> None:
    op.create_table(
        "eval_models",
        sa.Column("log_id", RowId, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_eval_models_log_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("log_id", "model", name="pk_eval_models"),
    )
    op.create_index("ix_eval_models_model", "eval_models", ["model"])
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
        sa.Column("generate_config", Document),
        sa.Column("solver", sa.Text()),
        sa.Column("plan", Document),
        sa.Column("config", Document),
        sa.Column("dataset", sa.Text()),
        sa.Column("sandbox", sa.Text()),
        sa.Column("revision", Document),
        sa.Column("packages", Document),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("traceback", sa.Text()),
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
        sa.Column("role_usage", Document),
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


def _samples() -> None:
    op.create_table(
        "samples",
        sa.Column("pk", RowId, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("log_id", RowId, nullable=False),
        sa.Column("eval_set_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("uuid", sa.Text()),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("sample_id_is_integer", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("input", sa.Text()),
        sa.Column("target", sa.Text()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("traceback", sa.Text()),
        sa.Column("limit", sa.String()),
        sa.Column("limit_value", sa.Float()),
        sa.Column("scores", Document, nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("messages", sa.Integer()),
        sa.Column("tool_calls", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer()),
        sa.Column("generation_time", sa.Float()),
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
        sa.Column("text_size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_samples_log_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk", name="pk_samples"),
        sa.UniqueConstraint("id", name="uq_samples_id"),
        sa.UniqueConstraint("log_id", "sample_id", "epoch", name="uq_samples_log_id_sample_id_epoch"),
    )
    op.create_index("ix_samples_current_completed_at", "samples", ["current", "completed_at", "pk"])
    op.create_index("ix_samples_current_score", "samples", ["current", "score", "pk"])
    op.create_index("ix_samples_current_tokens_total", "samples", ["current", "tokens_total", "pk"])
    op.create_index(
        "ix_samples_eval_set_id_current_completed_at",
        "samples",
        ["eval_set_id", "current", "completed_at", "pk"],
    )
    op.create_index("ix_samples_current_sample_id", "samples", ["current", "sample_id", "pk"])
    op.create_index("ix_samples_uuid", "samples", ["uuid"], postgresql_ops={"uuid": "text_pattern_ops"})
    _some("ix_samples_unsuccessful", "status <> 'success'", ["current", "status", "completed_at", "pk"])
    _some("ix_samples_limit", '"limit" IS NOT NULL', ["limit"])
    _some("ix_samples_invalidated_at", "invalidated_at IS NOT NULL", ["invalidated_at"])
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
        sa.Column("history", Document),
        sa.Column("scored_at", Time),
        sa.ForeignKeyConstraint(
            ["sample_pk"], ["samples.pk"], name="fk_scores_sample_pk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sample_pk", "position", name="pk_scores"),
    )


def _some(name: str, those: str, columns: list[str]) -> None:
    where = sa.text(those)
    op.create_index(name, "samples", columns, sqlite_where=where, postgresql_where=where)


def _text() -> None:
    op.create_table(
        "text_pages",
        sa.Column("id", RowId, nullable=False),
        sa.Column("log_id", RowId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("plain", sa.Boolean(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_text_pages_log_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_text_pages"),
    )
    op.create_index("ix_text_pages_log_id_position", "text_pages", ["log_id", "position"], unique=True)


def _postgresql() -> None:
    """What only PostgreSQL has: infix search by trigrams, and pages read by parts, not compressed again."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for column in ("sample_id", "error"):
        op.execute(f"CREATE INDEX ix_samples_{column}_trgm ON samples USING gin ({column} gin_trgm_ops)")
    for column in ("signature", "entries", "body"):
        op.execute(f"ALTER TABLE text_pages ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE logs ALTER COLUMN members SET STORAGE EXTERNAL")
