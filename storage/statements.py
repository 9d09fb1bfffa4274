"""SQLAlchemy Core statements, compiled once for a dialect and run by the driver itself.

SQLAlchemy's own connection costs about as much again as the statement does
(and three times that under load), so the ledger takes from it what it is best at,
schema, types and SQL, and hands the finished SQL to aiosqlite or asyncpg.
This is the one place where that is done.

A statement is a constant of its module: it is compiled at its first use and kept.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, or_
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.selectable import Select

Statement = Select[Any] | UpdateBase
Row = dict[str, Any]
_Convert = Callable[[Any], Any]


def one_of(column: ColumnElement[Any], *values: object) -> ColumnElement[bool]:
    """`column IN (values)` with a fixed number of parameters, as prepared statements need."""
    return or_(*(column == value for value in values))


class Prepared:
    """One statement as SQL text, with what turns values into the driver's and back."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql: str = compiled.string
        may_be_left_out = isinstance(statement, Insert)
        self._parameters = [
            (
                name,
                compiled.binds[name].effective_value,
                compiled.binds[name].required and not may_be_left_out,
                self._binder(compiled, name, dialect),
            )
            for name in compiled.positiontup
        ]
        self._columns = [
            (column.key, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for column in getattr(statement, "exported_columns", ())
        ]

    @staticmethod
    def _binder(compiled: Any, name: str, dialect: Dialect) -> _Convert | None:
        kind = compiled.binds[name].type.dialect_impl(dialect)
        binder: _Convert | None = kind.bind_processor(dialect)
        return binder

    def bind(self, values: Row) -> list[Any]:
        """The values in the order in which the SQL asks for them.

        Raises:
            KeyError: a value is missing. (A column left out of an INSERT is NULL.)
            ValueError: a value does not fit its column's type.
        """
        bound = []
        for name, default, required, binder in self._parameters:
            value = values[name] if required else values.get(name, default)
            bound.append(binder(value) if binder else value)
        return bound

    def load(self, row: Sequence[Any]) -> Row:
        return {
            key: convert(value) if convert else value
            for (key, convert), value in zip(self._columns, row, strict=True)
        }


class Statements:
    """The statements of one dialect, prepared as they are first used."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[Statement, Prepared] = {}

    def prepare(self, statement: Statement) -> Prepared:
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(statement, self._dialect)
        return prepared
