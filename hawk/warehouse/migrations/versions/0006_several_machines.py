"""Jobs know the machine that they are on, the limit that they wait for, and that they are being deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ADDED = ("waits_for", "host", "host_name", "deleting")


def upgrade() -> None:
    """Jobs that are there are on no one machine: whoever looks first sees what it can."""
    op.add_column("jobs", sa.Column("waits_for", sa.Text))
    op.add_column("jobs", sa.Column("host", sa.String))
    op.add_column("jobs", sa.Column("host_name", sa.String))
    op.add_column("jobs", sa.Column("deleting", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Forget it."""
    for name in _ADDED:
        op.drop_column("jobs", name)
