"""A workspace may have several organisations, and whoever belongs to several chooses. Of one that
has left, its id stays."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0015"
down_revision = "0014"

_IS_LEAVING = sa.text("left_at IS NOT NULL AND forgotten_at IS NULL")
_UNIQUE = "uq_organisations_team_id"
_ONE = f"CONSTRAINT {_UNIQUE} UNIQUE (team_id)"
_KEY = "CONSTRAINT pk_organisations PRIMARY KEY (id)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _made_anew(f"{_KEY}, {_ONE}", _KEY)
    else:
        op.drop_constraint(_UNIQUE, "organisations", type_="unique")
    op.create_index("ix_organisations_team_id", "organisations", ["team_id"])
    op.add_column("organisations", sa.Column("forgotten_at", UtcDateTime()))
    op.drop_index("ix_organisations_left_at", "organisations")
    _index_left(_IS_LEAVING)
    op.create_table(
        "choices",
        sa.Column("id", sa.String(length=65), primary_key=True),
        sa.Column(
            "organisation_id",
            sa.String(length=26),
            sa.ForeignKey("organisations.id", name="fk_choices_organisation_id"),
            nullable=False,
        ),
        sa.Column("chosen_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_choices_chosen_at", "choices", ["chosen_at"])


def _made_anew(before: str, after: str) -> None:
    """SQLite changes no constraint: the table is made once more, with all that is on it.

    Raises:
        ValueError: it is not as the migrations before have made it.
    """
    connection = op.get_bind()
    kept = sa.text(
        "SELECT type, sql FROM sqlite_schema WHERE tbl_name = 'organisations' AND sql > ''"
    )
    found = connection.execute(kept).all()
    (table,) = [sql for kind, sql in found if kind == "table"]
    plain = " ".join(table.split())
    if plain.count(before) != 1:
        raise ValueError("organisations: not as it was made")
    anew = plain.replace(before, after).replace("organisations", "organisations_anew", 1)
    op.execute(sa.text(anew))
    op.execute(sa.text("INSERT INTO organisations_anew SELECT * FROM organisations"))
    op.execute(sa.text("DROP TABLE organisations"))
    op.execute(sa.text("ALTER TABLE organisations_anew RENAME TO organisations"))
    for sql in [sql for kind, sql in found if kind != "table"]:
        op.execute(sa.text(sql))


def _index_left(which: sa.TextClause) -> None:
    op.create_index(
        "ix_organisations_left_at",
        "organisations",
        ["left_at"],
        sqlite_where=which,
        postgresql_where=which,
    )


def downgrade() -> None:
    op.drop_table("choices")
    op.drop_index("ix_organisations_left_at", "organisations")
    op.drop_column("organisations", "forgotten_at")
    _index_left(sa.text("left_at IS NOT NULL"))
    op.drop_index("ix_organisations_team_id", "organisations")
    if op.get_bind().dialect.name == "sqlite":
        _made_anew(_KEY, f"{_KEY}, {_ONE}")
    else:
        op.create_unique_constraint(_UNIQUE, "organisations", ["team_id"])
