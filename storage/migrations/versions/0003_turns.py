"""Turns: what somebody waits for is sent before what time has brought."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    turn = sa.Column("turn", sa.Integer(), server_default=sa.text("1"), nullable=False)
    op.add_column("outbox", turn)
    op.drop_index("ix_outbox_due", "outbox")
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["turn", "due_at"],
        sqlite_where=is_due,
        postgresql_where=is_due,
    )


def downgrade() -> None:
    raise NotImplementedError("whose turn it is would be lost")
