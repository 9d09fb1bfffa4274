"""PostgreSQL keeps the rows of each organisation apart (`storage.row_security`)."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_APART = (
    "account_holders",
    "audit",
    "audit_heads",
    "choices",
    "code_requests",
    "codes",
    "confirmations",
    "forwarded_questions",
    "outbox",
    "people",
    "questions",
)
_WHOSE = "(SELECT current_setting('godkjenningsbot.organisation'))"
_POLICY = f"CASE {_WHOSE} WHEN '*' THEN true ELSE organisation_id = {_WHOSE} END"


def upgrade() -> None:
    _each(
        f"CREATE POLICY of_one_organisation ON {{table}} USING ({_POLICY})",
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    )


def downgrade() -> None:
    _each(
        "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_one_organisation ON {table}",
    )


def _each(*statements: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in _APART:
            for statement in statements:
                op.execute(sa.text(statement.format(table=table)))
