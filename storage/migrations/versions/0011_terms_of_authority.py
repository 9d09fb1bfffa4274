"""For how long authority is confirmed, on which word each person stands, and by which name they are
listed; when account holders are asked about all."""

from datetime import UTC, date, datetime, time
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_OSLO = ZoneInfo("Europe/Oslo")
_NAMED = sa.text("SELECT id, first_name, last_name FROM people")
_LIST_BY = sa.text("UPDATE people SET sort_key = :sort_key WHERE id = :person_id")
_STAND_ON = sa.text(
    "UPDATE people SET confirmation_id = ("
    "SELECT id FROM confirmations WHERE person_id = people.id AND withdrawn_at IS NULL"
    " ORDER BY confirmed_at DESC, id DESC LIMIT 1)"
)
_REVIEW = sa.text("UPDATE organisations SET next_review_at = :moment")
_LETTERS = str.maketrans({"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}"})
_DUE = {
    "ix_confirmations_due": ("confirmations", "next_notice_at"),
    "ix_organisations_review": ("organisations", "next_review_at"),
}

_WORDS = {
    "ix_confirmations_given": ("confirmed_at", "withdrawn_at IS NULL AND valid_until IS NULL"),
    "ix_confirmations_passing": (
        "valid_until",
        "withdrawn_at IS NULL AND valid_until IS NOT NULL",
    ),
    "ix_confirmations_withdrawn": ("withdrawn_at", "withdrawn_at IS NOT NULL"),
}


def upgrade() -> None:
    moment = _moment()
    for column in ("review_before", "next_review_at"):
        op.add_column("organisations", sa.Column(column, moment))
    for column in ("valid_until", "next_notice_at"):
        op.add_column("confirmations", sa.Column(column, moment))
    op.add_column("people", sa.Column("confirmation_id", sa.String(length=26)))
    op.add_column("people", sa.Column("sort_key", sa.Text()))
    op.add_column("outbox", sa.Column("person_id", sa.String(length=26)))
    _fill()
    for name, (table, column) in _DUE.items():
        _index(name, table, [column], f"{column} IS NOT NULL")
    for name, (column, which) in _WORDS.items():
        _index(name, "confirmations", [column], which)
    columns = ["organisation_id", "sort_key", "id"]
    _index("ix_people_listed", "people", columns, "confirmation_id IS NOT NULL")
    checks = "kind = 'authority_check' AND state <> 'dropped'"
    _index("ix_outbox_checks", "outbox", ["organisation_id"], checks)


def _fill() -> None:
    connection = op.get_bind()
    connection.execute(_STAND_ON)
    for row in connection.execute(_NAMED).fetchall():
        key = _sort_key(f"{row[1]} {row[2]}")
        connection.execute(_LIST_BY, {"sort_key": key, "person_id": row[0]})
    now = datetime.now(UTC)
    days = (date(year, 4, 15) for year in (now.year, now.year + 1))
    mornings = (datetime.combine(day, time(8), _OSLO).astimezone(UTC) for day in days)
    following = next(morning for morning in mornings if morning > now)
    is_sqlite = connection.dialect.name == "sqlite"
    kept = following.isoformat(timespec="microseconds") if is_sqlite else following
    connection.execute(_REVIEW, {"moment": kept})


def _sort_key(name: str) -> str:
    known = normalize("NFC", name).lower().replace("aa", "å").translate(_LETTERS)
    return "".join(letter for letter in normalize("NFD", known) if not combining(letter))


def _index(name: str, table: str, columns: list[str], which: str) -> None:
    where = sa.text(which)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _moment() -> sa.String | sa.DateTime:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    return sa.String(length=32) if is_sqlite else sa.DateTime(timezone=True)


def downgrade() -> None:
    op.drop_index("ix_outbox_checks", "outbox")
    op.drop_index("ix_people_listed", "people")
    for name in _WORDS:
        op.drop_index(name, "confirmations")
    for name, (table, _) in _DUE.items():
        op.drop_index(name, table)
    op.drop_column("outbox", "person_id")
    op.drop_column("people", "sort_key")
    op.drop_column("people", "confirmation_id")
    for table, columns in {
        "confirmations": ("next_notice_at", "valid_until"),
        "organisations": ("next_review_at", "review_before"),
    }.items():
        for column in columns:
            op.drop_column(table, column)
