"""What is said of an organisation that is registered in Slack, and what the operator answers."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_COLUMNS = (
    ("number", sa.String(length=9)),
    ("is_at_techsoup", sa.Boolean()),
    ("registered_by", sa.String(length=32)),
    ("verdict", sa.Text()),
)
_HAS_NUMBER = sa.text("number IS NOT NULL")
_IS_REGISTERED = sa.text("number IS NOT NULL AND NOT (state = 'awaiting' AND verdict IS NOT NULL)")
_REGISTRATIONS = sa.text("kind = 'organisation_registered' AND state <> 'dropped'")
_LOWER = sa.text("lower(short_name)")


def upgrade() -> None:
    for name, kind in _COLUMNS:
        op.add_column("organisations", sa.Column(name, kind))
    revision_of = sa.Column("revision", sa.Integer(), nullable=False, server_default="0")
    op.add_column("organisations", revision_of)
    op.create_index(
        "ix_organisations_short_name",
        "organisations",
        [_LOWER],
        unique=True,
        sqlite_where=_IS_REGISTERED,
        postgresql_where=_IS_REGISTERED,
    )
    op.create_index("ix_organisations_called", "organisations", [_LOWER])
    op.create_index(
        "ix_organisations_number",
        "organisations",
        ["number"],
        sqlite_where=_HAS_NUMBER,
        postgresql_where=_HAS_NUMBER,
    )
    op.create_index(
        "ix_outbox_registrations",
        "outbox",
        ["organisation_id"],
        sqlite_where=_REGISTRATIONS,
        postgresql_where=_REGISTRATIONS,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_registrations", "outbox")
    for name in ("number", "called", "short_name"):
        op.drop_index(f"ix_organisations_{name}", "organisations")
    for name in ("revision", *(name for name, _ in reversed(_COLUMNS))):
        op.drop_column("organisations", name)
