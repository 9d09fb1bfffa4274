"""Statements as SQL text, run by the driver itself.

SQLAlchemy's own connection costs about as much again as the statement does (and three times that
under load), and SQLAlchemy itself a quarter of a second at the start. So the ledger takes from it
what it is best at, schema, types and SQL, and hands finished SQL to aiosqlite or asyncpg.

The SQL of a statement lies ready where it was made beforehand (`sql_text`), found by the digest of
what was said (`recorded`). Whatever is not there, as for instance what was changed since, is made
at its first use: it is slower, and the same. A statement is a constant of its module, and kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from storage.kinds import as_kept, to_keep
from storage.recorded import digest
from storage.sql import Statement
from storage.sql_text import FOLDER, Insert, Made, Sql, UnknownValue, is_insert, made_from

Row = dict[str, Any]
_Form = TypeVar("_Form", Sql, Insert)


class Prepared:
    """A statement's SQL, with what turns values into the driver's and back."""

    def __init__(self, sql: Sql, database: str) -> None:
        self.sql = sql.text
        self._parameters = [(name, to_keep(kind, database)) for name, kind in sql.parameters]
        self.names = frozenset(name for name, _ in self._parameters)
        self._columns = [(key, as_kept(kind, database)) for key, kind in sql.columns]

    def bind(self, values: Row) -> list[Any]:
        """The values in the order in which the SQL asks for them.

        Raises:
            KeyError: a value is missing.
            UnknownValue: there is one that the statement does not ask for.
            ValueError: a value does not fit its column's type.
        """
        if not values.keys() <= self.names:
            raise UnknownValue(", ".join(sorted(values.keys() - self.names)))
        return [
            convert(values[name]) if convert else values[name] for name, convert in self._parameters
        ]

    def load(self, row: Sequence[Any]) -> Row:
        return {
            key: convert(value) if convert else value
            for (key, convert), value in zip(self._columns, row, strict=True)
        }


def _made_beforehand(database: str) -> Mapping[str, Raw]:
    """Nothing, where it was not made, or of other code than there is."""
    try:
        made = msgspec.json.decode((FOLDER / f"{database}.json").read_bytes(), type=Made)
        return made.statements if made.made_from == made_from() else {}
    except (OSError, msgspec.MsgspecError):
        return {}


ROWS = (16, 8, 4, 2, 1)
"""How many rows one INSERT writes, of those that are written together."""


class Statements:
    """The statements of one database, prepared as they are first used.

    `database`: `sqlite` or `postgresql`.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._made = _made_beforehand(database)
        self._prepared: dict[Any, Prepared] = {}

    def prepare(self, statement: Statement, values: Row, *, rows: int = 1) -> Prepared:
        """The statement ready for these values: an INSERT names the columns that are given, so
        that any other gets the database's own default; `rows` of them may be written at once."""
        key = (statement, frozenset(values), rows) if is_insert(statement) else statement
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = Prepared(self._sql(statement, values, rows), self._database)
            self._prepared[key] = prepared
        return prepared

    def _sql(self, statement: Statement, values: Row, rows: int) -> Sql:
        if not is_insert(statement):
            return self._found(statement, Sql)
        return self._found(statement, Insert).of(values, rows)

    def _found(self, statement: Statement, form: type[_Form]) -> _Form:
        made = self._made.get(digest(statement).hex())
        if made is None:
            from storage.compiling import compiled

            found: _Form = compiled(statement, self._database)
            return found
        return msgspec.json.decode(made, type=form)

    def in_few(self, statement: Statement, rows: Sequence[Row]) -> Iterator[tuple[str, list[Any]]]:
        """The rows of an INSERT, written by few statements: each, and its parameters."""
        one = self.prepare(statement, rows[0])
        bound = [one.bind(row) for row in rows]
        while bound:
            size = next(each for each in ROWS if each <= len(bound))
            now, bound = bound[:size], bound[size:]
            sql = self.prepare(statement, rows[0], rows=size).sql
            yield sql, [value for row in now for value in row]
