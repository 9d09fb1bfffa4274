"""The ledger: organisations, people and their authority, requests, codes, outbox, audit."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0001"
down_revision = None


def _refreshed_code() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name="fk_code_requests_code_id")


def upgrade() -> None:
    # Requests and codes refer to each other: SQLite takes a key to a table that is still to
    # come and cannot add one later, PostgreSQL the other way round.
    inline = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("team_id", name=op.f("uq_organisations_team_id")),
    )
    op.create_table(
        "account_holders",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_account_holders_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_holders")),
        sa.UniqueConstraint(
            "id", "organisation_id", name=op.f("uq_account_holders_id_organisation_id")
        ),
    )
    op.create_index(
        "ix_account_holders_active",
        "account_holders",
        ["organisation_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=26), nullable=True),
        sa.Column("code_id", sa.String(length=26), nullable=True),
        sa.Column("person_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_audit_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_organisation", "audit", ["organisation_id", "at"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("looked_up_at", UtcDateTime(), nullable=True),
        sa.Column("slack_name", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_people_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_people_id_organisation_id")),
        sa.UniqueConstraint(
            "organisation_id", "identity", name=op.f("uq_people_organisation_id_identity")
        ),
    )
    op.create_index("ix_people_user_id", "people", ["organisation_id", "user_id"], unique=False)
    op.create_table(
        "code_requests",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("code_id", sa.String(length=26), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("next_notice_at", UtcDateTime(), nullable=True),
        *([_refreshed_code()] if inline else []),
        sa.ForeignKeyConstraint(
            ["person_id", "organisation_id"],
            ["people.id", "people.organisation_id"],
            name=op.f("fk_code_requests_person_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_requests")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_code_requests_submission_id")),
    )
    op.create_index(
        "ix_code_requests_due",
        "code_requests",
        ["next_notice_at"],
        unique=False,
        sqlite_where=sa.text("next_notice_at IS NOT NULL"),
        postgresql_where=sa.text("next_notice_at IS NOT NULL"),
    )
    op.create_index(
        "ix_code_requests_pending",
        "code_requests",
        ["organisation_id", "asked_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_code_requests_pending_refresh",
        "code_requests",
        ["code_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "confirmations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("account_holder_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_holder_id", "organisation_id"],
            ["account_holders.id", "account_holders.organisation_id"],
            name=op.f("fk_confirmations_account_holder_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "organisation_id"],
            ["people.id", "people.organisation_id"],
            name=op.f("fk_confirmations_person_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
        sa.UniqueConstraint(
            "id",
            "organisation_id",
            "person_id",
            name=op.f("uq_confirmations_id_organisation_id_person_id"),
        ),
    )
    op.create_index(
        "ix_confirmations_person", "confirmations", ["person_id", "confirmed_at"], unique=False
    )
    op.create_table(
        "codes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("confirmation_id", sa.String(length=26), nullable=False),
        sa.Column("request_id", sa.String(length=26), nullable=True),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(length=2), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("replaces_id", sa.String(length=26), nullable=True),
        sa.Column("next_notice_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["confirmation_id", "organisation_id", "person_id"],
            ["confirmations.id", "confirmations.organisation_id", "confirmations.person_id"],
            name=op.f("fk_codes_confirmation_id_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["replaces_id"], ["codes.id"], name=op.f("fk_codes_replaces_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["code_requests.id"], name=op.f("fk_codes_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_codes_digest")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_codes_replaces_id")),
        sa.UniqueConstraint("request_id", name=op.f("uq_codes_request_id")),
    )
    op.create_index(
        "ix_codes_due",
        "codes",
        ["next_notice_at"],
        unique=False,
        sqlite_where=sa.text("next_notice_at IS NOT NULL"),
        postgresql_where=sa.text("next_notice_at IS NOT NULL"),
    )
    op.create_index("ix_codes_organisation", "codes", ["organisation_id", "made_at"], unique=False)
    op.create_index(
        "ix_codes_user", "codes", ["organisation_id", "user_id", "made_at"], unique=False
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=True),
        sa.Column("request_id", sa.String(length=26), nullable=True),
        sa.Column("code_id", sa.String(length=26), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("claim", sa.String(length=26), nullable=True),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=True),
        sa.Column("ts", sa.String(length=32), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state <> 'waiting' OR due_at IS NOT NULL", name=op.f("ck_outbox_waiting_is_due")
        ),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_outbox_code_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_outbox_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["code_requests.id"], name=op.f("fk_outbox_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_parked",
        "outbox",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'parked'"),
        postgresql_where=sa.text("state = 'parked'"),
    )
    op.create_index("ix_outbox_request", "outbox", ["request_id"], unique=False)
    if not inline:
        op.create_foreign_key(
            "fk_code_requests_code_id", "code_requests", "codes", ["code_id"], ["id"]
        )


def downgrade() -> None:
    raise NotImplementedError("the first revision has nothing before it")
