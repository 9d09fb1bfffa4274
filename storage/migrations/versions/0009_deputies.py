"""Deputies, who decide for a time; and which account holder something was told or kept of."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_MOMENTS = ("deputy_from", "deputy_until", "next_notice_at")


def upgrade() -> None:
    for column in _MOMENTS:
        op.add_column("account_holders", sa.Column(column, _moment()))
    is_due = sa.text("next_notice_at IS NOT NULL")
    op.create_index(
        "ix_account_holders_due",
        "account_holders",
        ["next_notice_at"],
        sqlite_where=is_due,
        postgresql_where=is_due,
    )
    op.add_column("outbox", sa.Column("holder_id", sa.String(length=26)))
    op.add_column("audit", sa.Column("holder_id", sa.String(length=26)))


def _moment() -> sa.String | sa.DateTime:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    return sa.String(length=32) if is_sqlite else sa.DateTime(timezone=True)


def downgrade() -> None:
    op.drop_column("audit", "holder_id")
    op.drop_column("outbox", "holder_id")
    op.drop_index("ix_account_holders_due", "account_holders")
    for column in reversed(_MOMENTS):
        op.drop_column("account_holders", column)
