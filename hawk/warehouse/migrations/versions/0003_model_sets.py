"""Which models an eval set and its logs need of who would see them.

What is stored already gets the sets that its logs show. What a job's config declares beside is in its
record: `hawk db rebuild` adds it, and so does the next launch.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec
import sqlalchemy as sa
from alembic import op

from hawk.warehouse.columns import Document, RowId

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NO_MODEL = {"", "none", "none/none"}


def upgrade() -> None:
    """Make the tables, and fill them from the models of the logs."""
    model_sets = op.create_table(
        "model_sets",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("models", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_sets"),
        sa.UniqueConstraint("key", name="uq_model_sets_key"),
    )
    eval_sets = op.create_table(
        "eval_sets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text()),
        sa.Column("of_jobs", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("model_set_id", RowId),
        sa.ForeignKeyConstraint(["model_set_id"], ["model_sets.id"], name="fk_eval_sets_model_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_eval_sets"),
    )
    op.create_index("ix_eval_sets_created_by", "eval_sets", ["created_by"])
    log_model_sets = op.create_table(
        "log_model_sets",
        sa.Column("log_id", RowId, autoincrement=False, nullable=False),
        sa.Column("model_set_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name="fk_log_model_sets_log_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["model_set_id"], ["model_sets.id"], name="fk_log_model_sets_model_set_id"),
        sa.PrimaryKeyConstraint("log_id", name="pk_log_model_sets"),
    )
    op.create_index("ix_log_model_sets_model_set_id", "log_model_sets", ["model_set_id"])
    if not op.get_context().as_sql:
        _fill(op.get_bind(), model_sets, eval_sets, log_model_sets)


def downgrade() -> None:
    """Drop the tables."""
    for table in ("log_model_sets", "eval_sets", "model_sets"):
        op.drop_table(table)


def _fill(conn: sa.Connection, model_sets: sa.Table, eval_sets: sa.Table, log_model_sets: sa.Table) -> None:
    owners = {row.id: row.created_by for row in conn.execute(sa.text("SELECT id, created_by FROM jobs"))}
    of_logs, of_sets = _models(conn, owners)
    known = _Sets(conn, model_sets)
    rows = [{"log_id": log, "model_set_id": known.number(models)} for log, models in of_logs.items()]
    if rows:
        conn.execute(log_model_sets.insert(), rows)
    sets = [
        {
            "id": job,
            "created_by": owner,
            "of_jobs": True,
            "model_set_id": known.number(of_sets[job]) if job in of_sets else None,
        }
        for job, owner in owners.items()
    ]
    if sets:
        conn.execute(eval_sets.insert(), sets)


def _models(
    conn: sa.Connection, jobs: Mapping[str, str]
) -> tuple[dict[int, frozenset[str]], dict[str, set[str]]]:
    """The models of each log that was read, and those of each job; a job's logs have all of the job's."""
    chosen = (
        "SELECT evals.log_id, logs.eval_set_id, eval_models.model "
        "FROM evals JOIN logs ON logs.id = evals.log_id "
        "LEFT JOIN eval_models ON eval_models.log_id = evals.log_id"
    )
    of_logs: defaultdict[int, set[str]] = defaultdict(set)
    of_sets: defaultdict[str, set[str]] = defaultdict(set)
    places: dict[int, str] = {}
    for log, eval_set, model in conn.execute(sa.text(chosen)):
        places[log] = eval_set
        of_logs[log] |= {model} - {None}
        of_sets[eval_set] |= of_logs[log]
    found = {
        log: frozenset(of_sets[eval_set] if eval_set in jobs else of_logs[log])
        for log, eval_set in places.items()
    }
    return found, of_sets


class _Sets:
    """Sets, each stored once."""

    def __init__(self, conn: sa.Connection, table: sa.Table) -> None:
        self._conn = conn
        self._table = table
        self._known: dict[str, int] = {}

    def number(self, models: Iterable[str]) -> int:
        names = sorted({name.strip() for name in models} - _NO_MODEL)
        key = hashlib.sha256(msgspec.json.encode(names)).hexdigest()
        if key not in self._known:
            # None of them is there yet: the table is new.
            added = self._table.insert().values(key=key, models=names).returning(self._table.c.id)
            self._known[key] = self._conn.execute(added).scalar_one()
        return self._known[key]
