"""Questions: what was asked, what was sent on, answers in the outbox, events taken."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for column in (
        sa.Column("topics", sa.String(length=64), nullable=True),
        sa.Column("question_id", sa.String(length=26), nullable=True),
        sa.Column("forwarded_id", sa.String(length=26), nullable=True),
        sa.Column("place", sa.String(length=32), nullable=True),
        sa.Column("thread_ts", sa.String(length=32), nullable=True),
    ):
        op.add_column("outbox", column)
    op.create_table(
        "events",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("forget_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_forget_at", "events", ["forget_at"])
    op.create_table(
        "questions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("asked_on", UtcDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=True),
        sa.Column("picked", sa.String(length=32), nullable=True),
        sa.Column("helpful", sa.Boolean(), nullable=True),
        sa.Column("forget_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_questions_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_questions_organisation", "questions", ["organisation_id", "asked_on"])
    op.create_index("ix_questions_forget_at", "questions", ["forget_at"])
    op.create_table(
        "forwarded_questions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("forget_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_forwarded_questions_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forwarded_questions")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_forwarded_questions_submission_id")),
    )
    op.create_index("ix_forwarded_questions_forget_at", "forwarded_questions", ["forget_at"])


def downgrade() -> None:
    raise NotImplementedError("what was asked would be lost")
