"""Where the bot has been installed, with what Slack has granted it there, sealed; and who is about
to install it. And a notice knows in which workspace it is told, an organisation in
which Enterprise Grid its workspace is."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0014"
down_revision = "0013"

_INDEXED = (
    "enterprise_id",
    "token_expires_at",
    "ended_at",
    "key_name",
    "next_notice_at",
    "next_roll_call_at",
)
_IS_OF_GRID = sa.text("enterprise_id IS NOT NULL")
_HAS_LEFT = sa.text("left_at IS NOT NULL")
_WHERE_TOLD = sa.text(
    "UPDATE outbox SET team_id ="
    " (SELECT team_id FROM organisations WHERE organisations.id = outbox.organisation_id)"
)


def upgrade() -> None:
    op.create_table(
        "installations",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("enterprise_id", sa.String(length=32)),
        sa.Column("team_name", sa.Text(), nullable=False),
        sa.Column("installed_by", sa.String(length=32), nullable=False),
        sa.Column("installed_at", UtcDateTime(), nullable=False),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("key_name", sa.String(length=16)),
        sa.Column("token_expires_at", UtcDateTime()),
        sa.Column("renewing_until", UtcDateTime()),
        sa.Column("next_notice_at", UtcDateTime()),
        sa.Column("next_roll_call_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("why_ended", sa.Text()),
        sa.Column("revision", sa.Integer(), nullable=False),
    )
    for name in _INDEXED:
        is_there = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_installations_{name}",
            "installations",
            [name],
            sqlite_where=is_there,
            postgresql_where=is_there,
        )

    op.create_table(
        "installing",
        sa.Column("id", sa.String(length=64), primary_key=True),
        sa.Column("forget_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_installing_forget_at", "installing", ["forget_at"])

    team_id = sa.Column("team_id", sa.String(length=32), nullable=False, server_default="")
    op.add_column("outbox", team_id)
    op.execute(_WHERE_TOLD)
    op.add_column("organisations", sa.Column("enterprise_id", sa.String(length=32)))
    op.add_column("organisations", sa.Column("names", sa.Text()))
    op.add_column("organisations", sa.Column("left_at", UtcDateTime()))
    op.create_index(
        "ix_organisations_left_at",
        "organisations",
        ["left_at"],
        sqlite_where=_HAS_LEFT,
        postgresql_where=_HAS_LEFT,
    )
    op.create_index(
        "ix_organisations_enterprise_id",
        "organisations",
        ["enterprise_id"],
        sqlite_where=_IS_OF_GRID,
        postgresql_where=_IS_OF_GRID,
    )


def downgrade() -> None:
    op.drop_index("ix_organisations_enterprise_id", "organisations")
    op.drop_index("ix_organisations_left_at", "organisations")
    op.drop_column("organisations", "left_at")
    op.drop_column("organisations", "names")
    op.drop_column("organisations", "enterprise_id")
    op.drop_column("outbox", "team_id")
    op.drop_table("installing")
    op.drop_table("installations")
