"""Refusals, and sessions of browsers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hawk.warehouse.columns import Document, RowId, Time

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    _denials()
    _web_sessions()


def downgrade() -> None:
    """Remove both tables."""
    op.drop_table("web_sessions")
    op.drop_table("denials")


def _denials() -> None:
    op.create_table(
        "denials",
        sa.Column("id", RowId, nullable=False),
        sa.Column("time", Time(), nullable=False),
        sa.Column("caller", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_denials"),
    )
    op.create_index("ix_denials_time", "denials", ["time"])


def _web_sessions() -> None:
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("groups", Document(), nullable=False),
        sa.Column("refresh", sa.Text()),
        sa.Column("created_at", Time(), nullable=False),
        sa.Column("access_until", Time(), nullable=False),
        sa.Column("renewed_at", Time()),
        sa.Column("expires_at", Time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_web_sessions"),
    )
    op.create_index("ix_web_sessions_expires_at", "web_sessions", ["expires_at"])
