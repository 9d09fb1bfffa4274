"""Answers to what was sent on to the account holders; and by what its copies are found."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("forwarded_questions", sa.Column("answer", sa.Text()))
    op.add_column("forwarded_questions", sa.Column("answered_by", sa.String(length=32)))
    op.add_column("forwarded_questions", sa.Column("answered_at", _moment()))
    is_of_one = sa.text("forwarded_id IS NOT NULL")
    op.create_index(
        "ix_outbox_forwarded",
        "outbox",
        ["forwarded_id"],
        sqlite_where=is_of_one,
        postgresql_where=is_of_one,
    )


def _moment() -> sa.String | sa.DateTime:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    return sa.String(length=32) if is_sqlite else sa.DateTime(timezone=True)


def downgrade() -> None:
    op.drop_index("ix_outbox_forwarded", "outbox")
    for column in ("answered_at", "answered_by", "answer"):
        op.drop_column("forwarded_questions", column)
