"""Partners, who check codes: their keys, where codes were used, and what they guess. And by what a
code is found whatever the case of its letters, and since when an organisation is a valid user."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0017"
down_revision = "0016"

_WHOSE = "(SELECT current_setting('godkjenningsbot.organisation'))"
_POLICY = f"CASE {_WHOSE} WHEN '*' THEN true ELSE organisation_id = {_WHOSE} END"
_APART = (
    f"CREATE POLICY of_one_organisation ON uses USING ({_POLICY})",
    "ALTER TABLE uses ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE uses FORCE ROW LEVEL SECURITY",
)


def upgrade() -> None:
    op.create_table(
        "partners",
        sa.Column("id", sa.String(length=26), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False, unique=True),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("suspended_at", UtcDateTime()),
    )

    op.create_table(
        "partner_keys",
        sa.Column("id", sa.String(length=26), primary_key=True),
        sa.Column("partner_id", sa.String(length=26), sa.ForeignKey("partners.id"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("hint", sa.String(length=16), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime()),
    )
    op.create_index("ix_partner_keys_partner", "partner_keys", ["partner_id", "made_at"])

    op.create_table(
        "uses",
        sa.Column("id", sa.String(length=26), primary_key=True),
        sa.Column(
            "organisation_id",
            sa.String(length=26),
            sa.ForeignKey("organisations.id"),
            nullable=False,
        ),
        sa.Column("code_id", sa.String(length=26), sa.ForeignKey("codes.id"), nullable=False),
        sa.Column("partner_id", sa.String(length=26), sa.ForeignKey("partners.id")),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("key", sa.Text(), unique=True),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.Column("noted_by", sa.String(length=32)),
        sa.Column("is_first", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_uses_code", "uses", ["code_id", "used_at"])

    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.String(length=64), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("use_id", sa.String(length=26)),
        sa.Column("forget_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_idempotency_keys_forget_at", "idempotency_keys", ["forget_at"])

    op.create_table(
        "misses",
        sa.Column("id", sa.String(length=64), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime()),
        sa.Column("forget_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_misses_forget_at", "misses", ["forget_at"])

    op.create_table(
        "statement_keys",
        sa.Column("id", sa.String(length=26), primary_key=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("key_name", sa.String(length=16), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
    )

    op.add_column("organisations", sa.Column("valid_user_since", UtcDateTime()))
    op.add_column("codes", sa.Column("folded", sa.LargeBinary()))
    op.create_index("ix_codes_folded", "codes", ["folded"])
    if op.get_bind().dialect.name == "postgresql":
        for statement in _APART:
            op.execute(sa.text(statement))


def downgrade() -> None:
    op.drop_index("ix_codes_folded", "codes")
    op.drop_column("codes", "folded")
    op.drop_column("organisations", "valid_user_since")
    for table in (
        "statement_keys",
        "misses",
        "idempotency_keys",
        "uses",
        "partner_keys",
        "partners",
    ):
        op.drop_table(table)
