"""Indexes by which what has had its time is found, and what refers to it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(
        name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def upgrade() -> None:
    _partial("ix_people_named", "people", "looked_up_at", "slack_name IS NOT NULL")
    _partial("ix_code_requests_decided", "code_requests", "decided_at", "decided_at IS NOT NULL")
    _partial("ix_codes_ended", "codes", "ended_at", "ended_at IS NOT NULL")
    op.create_index(
        "ix_account_holders_organisation", "account_holders", ["organisation_id", "added_at"]
    )
    op.create_index("ix_code_requests_person", "code_requests", ["person_id", "asked_at"])
    op.create_index("ix_code_requests_code", "code_requests", ["code_id"])
    op.create_index("ix_codes_person", "codes", ["person_id", "confirmation_id"])
    op.create_index("ix_outbox_code", "outbox", ["code_id"])
    op.create_index("ix_outbox_created", "outbox", ["created_at"])


def downgrade() -> None:
    raise NotImplementedError("what was forgotten does not come back")
