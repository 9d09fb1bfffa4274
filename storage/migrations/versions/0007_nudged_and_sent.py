"""When an answer was asked for once more, and by whom a code was sent to its person."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_REMINDERS = "kind = 'requests_waiting' AND state <> 'dropped'"


def upgrade() -> None:
    op.add_column("code_requests", sa.Column("nudged_at", _moment()))
    op.add_column("codes", sa.Column("sent_at", _moment()))
    op.add_column("codes", sa.Column("sent_by", sa.String(length=32)))
    op.create_index(
        "ix_outbox_reminders",
        "outbox",
        ["organisation_id"],
        sqlite_where=sa.text(_REMINDERS),
        postgresql_where=sa.text(_REMINDERS),
    )


def _moment() -> sa.String | sa.DateTime:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    return sa.String(length=32) if is_sqlite else sa.DateTime(timezone=True)


def downgrade() -> None:
    op.drop_index("ix_outbox_reminders", "outbox")
    op.drop_column("codes", "sent_by")
    op.drop_column("codes", "sent_at")
    op.drop_column("code_requests", "nudged_at")
