"""PostgreSQL keeps the organisations apart once more, whatever a statement says or forgets to.

What belongs to an organisation has a policy (row-level security): a transaction sees and changes
the rows of the one to which it is kept by a setting, or those of all where the setting says so. A
connection that has said neither is refused: a copy that was taken so would be empty. Organisations
and installations themselves have none: with them one finds out whose a transaction is to be.

The policy is a CASE, and both settings are asked for once for each statement. As an OR it would
make the planner expect next to no rows, and sort a million of them rather than read an index
backwards (PostgreSQL 18.4).

A role that is a superuser, or has BYPASSRLS, is past all this; the doctor says so.
"""

from typing import TYPE_CHECKING

from storage.sql import Boolean, column, text

if TYPE_CHECKING:
    from storage.database import Reading

SETTING = "godkjenningsbot.organisation"
"""The id of an organisation, or `OF_ALL`."""

OF_ALL = "*"

SEES_ALL = {SETTING: OF_ALL}
"""What a connection begins with, until it is kept to one."""

KEEP_TO = f"SELECT set_config('{SETTING}', $1, $2)"
"""$1: whose; $2: whether for this transaction alone."""

_WHOSE = f"(SELECT current_setting('{SETTING}'))"
_IS_PAST_IT = text(
    "SELECT rolsuper OR rolbypassrls AS is_past_it FROM pg_roles WHERE rolname = current_user"
).columns(column("is_past_it", Boolean))


def policy(table: str) -> tuple[str, ...]:
    """The statements that keep a table's rows apart, for its owner too."""
    sees = f"CASE {_WHOSE} WHEN '{OF_ALL}' THEN true ELSE organisation_id = {_WHOSE} END"
    return (
        f"CREATE POLICY of_one_organisation ON {table} USING ({sees})",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    )


async def is_past_it(reading: "Reading") -> bool:
    """Whether PostgreSQL keeps nothing apart from the role as which it knows us."""
    return any(row["is_past_it"] for row in await reading.rows(_IS_PAST_IT))
