"""Webhooks: where partners are told of codes that they have seen, and what became of it."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0018"
down_revision = "0017"

_IS_DUE = sa.text("due_at IS NOT NULL")
_WHOSE = "(SELECT current_setting('godkjenningsbot.organisation'))"
_POLICY = f"CASE {_WHOSE} WHEN '*' THEN true ELSE organisation_id = {_WHOSE} END"
_APART = (
    f"CREATE POLICY of_one_organisation ON deliveries USING ({_POLICY})",
    "ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE deliveries FORCE ROW LEVEL SECURITY",
)


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=26), primary_key=True),
        sa.Column("partner_id", sa.String(length=26), sa.ForeignKey("partners.id"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("key_name", sa.String(length=16), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime()),
    )
    op.create_index("ix_webhooks_partner", "webhooks", ["partner_id", "made_at"])

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=26), primary_key=True),
        sa.Column("partner_id", sa.String(length=26), sa.ForeignKey("partners.id"), nullable=False),
        sa.Column(
            "organisation_id",
            sa.String(length=26),
            sa.ForeignKey("organisations.id"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("claim", sa.String(length=26)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("give_up_at", UtcDateTime(), nullable=False),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["due_at"],
        sqlite_where=_IS_DUE,
        postgresql_where=_IS_DUE,
    )
    op.create_index("ix_deliveries_partner", "deliveries", ["partner_id", "made_at"])
    op.create_index("ix_deliveries_made_at", "deliveries", ["made_at"])

    op.create_table(
        "delivery_attempts",
        sa.Column("id", sa.String(length=26), primary_key=True),
        sa.Column(
            "delivery_id",
            sa.String(length=26),
            sa.ForeignKey("deliveries.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.String(length=64)),
    )
    op.create_index("ix_delivery_attempts_delivery", "delivery_attempts", ["delivery_id", "at"])
    if op.get_bind().dialect.name == "postgresql":
        for statement in _APART:
            op.execute(sa.text(statement))


def downgrade() -> None:
    for table in ("delivery_attempts", "deliveries", "webhooks"):
        op.drop_table(table)
