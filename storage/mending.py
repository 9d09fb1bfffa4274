"""Mend ledgers that older states of the first two revisions made, before those had settled.

What is missing is added, and what is narrower is widened; where all is as it ought to be, nothing
is done. Nothing that was kept is lost. It comes before any migration, for those build on it.
"""

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations
    from sqlalchemy import Connection


def mend_older_states(connection: "Connection") -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    tables = sa.inspect(connection).get_table_names()
    with Operations.context(MigrationContext.configure(connection)) as op:
        if "people" in tables:
            _mend_the_first(op)
        if "questions" in tables:
            _mend_the_second(op)


def _mend_the_first(op: "Operations") -> None:
    if "slack_name" not in _columns(op, "people"):
        op.add_column("people", sa.Column("slack_name", sa.Text(), nullable=True))
    if not isinstance(_columns(op, "code_requests")["submission_id"], sa.Text):
        with op.batch_alter_table("code_requests") as table:
            table.alter_column("submission_id", type_=sa.Text())


def _mend_the_second(op: "Operations") -> None:
    if "picked" not in _columns(op, "questions"):
        op.add_column("questions", sa.Column("picked", sa.String(length=32), nullable=True))
    if _has_rowid(op, "questions"):  # the order of the rows would tell in which order people asked
        without = {"sqlite_with_rowid": False}
        with op.batch_alter_table("questions", recreate="always", table_kwargs=without):
            pass


def _columns(op: "Operations", table: str) -> dict[str, sa.types.TypeEngine[object]]:
    columns = sa.inspect(op.get_bind()).get_columns(table)
    return {column["name"]: column["type"] for column in columns}


def _has_rowid(op: "Operations", table: str) -> bool:
    """Only SQLite's tables may have one."""
    if op.get_bind().dialect.name != "sqlite":
        return False
    sql = sa.text("SELECT sql FROM sqlite_schema WHERE name = :table")
    return "WITHOUT ROWID" not in op.get_bind().execute(sql, {"table": table}).scalar_one()
