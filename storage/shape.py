"""What the tables of a database are, line by line: columns, keys, constraints, indexes and who sees
which rows, with all that is said of them.

Beside it lies what they ought to be (`migrations/shape/`), made anew by `make shape` when a
migration changes it. A database that was changed by hand, or made by code that has never been
released, shows here; the order of columns, and tables that are not ours, do not count.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from storage.database import Database
from storage.on_sqlite import SqliteDatabase
from storage.schema import metadata
from storage.sql import Text, column, text

FOLDER = Path(__file__).parent / "migrations" / "shape"

_SQLITE = text("SELECT tbl_name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL").columns(
    column("tbl_name", Text), column("type", Text), column("sql", Text)
)

_POSTGRESQL = text(r"""
    WITH ours AS (
        SELECT oid, relname, relpersistence FROM pg_class
        WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid)
            AND relnamespace <> 'pg_catalog'::regnamespace
    )
    SELECT relname::text AS tbl_name, line FROM ours CROSS JOIN LATERAL (
        SELECT 'UNLOGGED' AS line WHERE relpersistence = 'u'
        UNION ALL
        SELECT concat(
            quote_ident(attname), ' ', format_type(atttypid, atttypmod),
            CASE WHEN attnotnull THEN ' NOT NULL' END,
            ' DEFAULT ' || pg_get_expr(adbin, adrelid)
        ) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT concat(quote_ident(conname), ' ', pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE conrelid = ours.oid AND contype <> 'n'
        UNION ALL
        SELECT concat(
            CASE WHEN indisunique THEN 'UNIQUE ' END, 'INDEX ', indexrelid::regclass,
            substring(pg_get_indexdef(indexrelid) FROM ' USING .*'),
            CASE WHEN NOT indisvalid THEN ' INVALID' END
        ) FROM pg_index
        WHERE indrelid = ours.oid AND indexrelid NOT IN (
            SELECT conindid FROM pg_constraint WHERE conrelid = ours.oid
        )
        UNION ALL
        SELECT concat(
            pg_get_triggerdef(pg_trigger.oid, true), ' ', regexp_replace(prosrc, '\s+', ' ', 'g')
        ) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE tgrelid = ours.oid AND NOT tgisinternal
        UNION ALL
        SELECT concat(
            'ROW LEVEL SECURITY', CASE WHEN relforcerowsecurity THEN ' FOR ITS OWNER TOO' END
        ) FROM pg_class WHERE pg_class.oid = ours.oid AND relrowsecurity
        UNION ALL
        SELECT concat(
            CASE WHEN polpermissive THEN 'PERMISSIVE ' ELSE 'RESTRICTIVE ' END,
            'POLICY ', polname, ' FOR ', polcmd, ' TO ', polroles::oid[],
            ' USING ' || regexp_replace(pg_get_expr(polqual, polrelid), '\s+', ' ', 'g'),
            ' WITH CHECK ' || regexp_replace(pg_get_expr(polwithcheck, polrelid), '\s+', ' ', 'g')
        ) FROM pg_policy WHERE polrelid = ours.oid
    ) AS lines
""").columns(column("tbl_name", Text), column("line", Text))


class Difference(Struct, frozen=True):
    """Between a database and what it ought to be; each line begins with its table."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unknown)


async def difference(database: Database) -> Difference:
    ought = set(shape_file(database).read_text(encoding="utf-8").splitlines())
    found = set(await shape(database))
    return Difference(tuple(sorted(ought - found)), tuple(sorted(found - ought)))


def shape_file(database: Database) -> Path:
    return FOLDER / ("sqlite.txt" if isinstance(database, SqliteDatabase) else "postgresql.txt")


async def shape(database: Database) -> list[str]:
    """The lines of our tables, in order."""
    is_sqlite = isinstance(database, SqliteDatabase)
    async with database.reading() as transaction:
        rows = await transaction.rows(_SQLITE if is_sqlite else _POSTGRESQL)
    ours = [row for row in rows if row["tbl_name"] in metadata.tables]
    return sorted(
        f"{row['tbl_name']}: {line}"
        for row in ours
        for line in (_lines(row["type"], row["sql"]) if is_sqlite else [row["line"]])
    )


def _lines(kind: str, sql: str) -> Iterator[str]:
    """An SQLite table as its columns and constraints, in whatever order they were added; all else
    as it stands."""
    sql = " ".join(sql.split())
    if kind != "table":
        yield sql
        return
    body, _, rest = sql.partition("(")[2].rpartition(")")
    yield from _parts(body)
    if rest.strip():
        yield rest.strip()


def _parts(body: str) -> Iterator[str]:
    """What stands between the commas that are in no parenthesis and no quotes."""
    depth, part = 0, ""
    for piece in re.findall(r"'[^']*'|\"[^\"]*\"|[(),]|[^'\"(),]+", body):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and not depth:
            yield part.strip()
            part = ""
        else:
            part += piece
    yield part.strip()
