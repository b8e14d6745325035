"""What runners say over HTTP, and the keys of their tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hawk.warehouse.columns import Document, Time

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "heartbeats",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("launch", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", Time, nullable=False),
        sa.Column("outcome", Document),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_heartbeats_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="pk_heartbeats"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("private", sa.Text(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("retired_at", Time),
        sa.PrimaryKeyConstraint("id", name="pk_signing_keys"),
    )


def downgrade() -> None:
    """Remove both tables."""
    for table in ("signing_keys", "heartbeats"):
        op.drop_table(table)
