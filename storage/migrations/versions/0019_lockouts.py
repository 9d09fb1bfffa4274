"""Lock-outs, of which the operator is told; and by an index the deliveries to partners that were
given up."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0019"
down_revision = "0018"

_IS_PARKED = sa.text("state = 'parked'")


def upgrade() -> None:
    op.create_table(
        "lockouts",
        sa.Column("id", sa.String(length=26), primary_key=True),
        sa.Column("locked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("told_at", UtcDateTime()),
    )
    op.create_index(
        "ix_deliveries_parked",
        "deliveries",
        ["partner_id"],
        sqlite_where=_IS_PARKED,
        postgresql_where=_IS_PARKED,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_parked", "deliveries")
    op.drop_table("lockouts")
