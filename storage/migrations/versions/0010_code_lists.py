"""By what codes are found, and in which order they are listed."""

from unicodedata import normalize

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NAMED = sa.text(
    "SELECT codes.id, first_name, last_name, email, purpose FROM codes"
    " JOIN people ON people.id = codes.person_id"
)
_FIND_BY = sa.text("UPDATE codes SET found_by = :found_by WHERE id = :code_id")


def upgrade() -> None:
    op.add_column("codes", sa.Column("found_by", sa.Text()))
    connection = op.get_bind()
    for row in connection.execute(_NAMED).fetchall():
        text = " ".join(row[1:])
        found_by = normalize("NFC", text).lower()
        connection.execute(_FIND_BY, {"found_by": found_by, "code_id": row[0]})
    columns = ["organisation_id", "state", "expires_at", "id"]
    op.create_index("ix_codes_listed", "codes", columns)


def downgrade() -> None:
    op.drop_index("ix_codes_listed", "codes")
    op.drop_column("codes", "found_by")
