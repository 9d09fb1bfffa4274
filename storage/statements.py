"""SQLAlchemy Core statements, compiled once for a dialect and run by the driver itself.

SQLAlchemy's own connection costs about as much again as the statement does
(and three times that under load), so the ledger takes from it what it is best at,
schema, types and SQL, and hands the finished SQL to aiosqlite or asyncpg.
This is the one place where that is done.

A statement is a constant of its module: it is compiled at its first use and kept.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import CompoundSelect, Select, TextualSelect

Row = dict[str, Any]
_Convert = Callable[[Any], Any]


class Upsert(Struct, frozen=True, eq=False):
    """`INSERT … ON CONFLICT`: made of the very database's own when it is first run."""

    table: Table
    conflict: tuple[str, ...]
    """The columns of a unique key; none for whichever there is."""

    where: ColumnElement[bool] | None
    """Of the key's index, when that is partial."""

    instead: Mapping[str, Any] | None
    """What is set in the row that is there; None to leave it as it is."""

    returned: tuple[ColumnElement[Any], ...]

    def of(self, dialect: Dialect) -> UpdateBase:
        insert: Any = import_module(f"sqlalchemy.dialects.{dialect.name}").insert(self.table)
        key = {"index_elements": self.conflict or None, "index_where": self.where}
        if self.instead is None:
            statement = insert.on_conflict_do_nothing(**key)
        else:
            statement = insert.on_conflict_do_update(**key, set_=self.instead)
        found: UpdateBase = statement.returning(*self.returned) if self.returned else statement
        return found


Statement = Select[Any] | CompoundSelect[Any] | TextualSelect | TextClause | UpdateBase | Upsert


def insert_new(
    table: Table,
    *conflict: str,
    where: ColumnElement[bool] | None = None,
    returning: Iterable[ColumnElement[Any]] = (),
) -> Upsert:
    """Insert a row, unless one with the same key is there: then nothing is done or returned."""
    return Upsert(table, conflict, where, None, tuple(returning))


def insert_or_set(
    table: Table,
    *conflict: str,
    instead: Mapping[str, Any],
    returning: Iterable[ColumnElement[Any]] = (),
) -> Upsert:
    """Insert a row, or set this in the one that is there."""
    return Upsert(table, conflict, None, instead, tuple(returning))


def is_insert(statement: Statement) -> bool:
    return isinstance(statement, Insert | Upsert)


def one_of(column: ColumnElement[Any], *values: object) -> ColumnElement[bool]:
    """`column IN (values)` with a fixed number of parameters, as prepared statements need."""
    return or_(*(column == value for value in values))


def begins_with(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether it begins with the text that is given as the parameter of this name."""
    text = bindparam(name, type_=String)
    return func.substr(column, 1, func.length(text)) == text


class _Within(FunctionElement[int]):
    """Where in a text another begins, from 1; 0 when it is not in it."""

    inherit_cache = True
    name = "within"


@compiles(_Within, "sqlite")
def _within_on_sqlite(element: _Within, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(_Within, "postgresql")
def _within_on_postgresql(element: _Within, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


def contains(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether the text that is given as the parameter of this name is in it, letter by letter."""
    return _Within(column, bindparam(name, type_=String)) > literal_column("0")


class _TextList(TypeDecorator[Sequence[str]]):
    """A list of texts in one parameter: as JSON, which both databases read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str:
        return json.dumps(list(value or ()))


class _Elements(FunctionElement[str]):
    """A row for each text in such a list, in the column `value`."""

    inherit_cache = True
    name = "elements"


@compiles(_Elements, "sqlite")
def _on_sqlite(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Elements, "postgresql")
def _on_postgresql(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    texts = compiler.process(element.clauses, **options)
    return f"json_array_elements_text(CAST({texts} AS JSON))"


def among(
    column: ColumnElement[str], name: str, *, at_most: int | None = None
) -> ColumnElement[bool]:
    """`column IN (a list given as the parameter of this name)`, however long the list is.

    `at_most`: of how many. PostgreSQL, which takes any list for a hundred, rather reads a table
    through than looks for as many; of few it knows that they are.
    """
    texts = _Elements(bindparam(name, type_=_TextList))
    return column.in_(select(texts.table_valued("value").c.value).limit(at_most))


@cache
def _writing_constants(compiler: Any) -> Any:
    """Of a dialect: the same, but what is constant in a statement stands in its text.

    As a parameter SQLite would look, each time that a value is bound to it, whether it fits the
    condition of a partial index, and prepare the statement anew; and PostgreSQL's plan for any
    value uses no such index.
    """

    class WritingConstants(compiler):  # type: ignore[misc]
        def visit_bindparam(self, bindparam: BindParameter[Any], **options: Any) -> str:
            if not bindparam.required:
                options["literal_binds"] = True
            written: str = super().visit_bindparam(bindparam, **options)
            return written

    return WritingConstants


class UnknownValue(TypeError):  # noqa: N818
    """A value was given under a name that the statement does not know: it would be lost."""


class DefaultOfPython(TypeError):  # noqa: N818
    """A column has a default that SQLAlchemy itself would run: here only the database's count."""


class Prepared:
    """One statement as SQL text, with what turns values into the driver's and back.

    Raises:
        DefaultOfPython: the statement leaves a default to SQLAlchemy, which does not run it.
    """

    def __init__(
        self,
        statement: Statement,
        dialect: Dialect,
        columns: Sequence[str] | None = None,
        rows: int = 1,
    ) -> None:
        if isinstance(statement, Upsert):
            statement = statement.of(dialect)
        if rows > 1:
            statement, columns = _of_rows(statement, columns or (), rows), None
        own: Any = dialect.statement_compiler
        compiled = _writing_constants(own)(dialect, statement, column_keys=columns)
        if isinstance(statement, UpdateBase) and (
            compiled.insert_prefetch or compiled.update_prefetch
        ):
            raise DefaultOfPython(DefaultOfPython.__doc__)
        self.sql: str = compiled.string
        self._parameters = [
            (name, self._binder(compiled, name, dialect)) for name in compiled.positiontup
        ]
        self.names = frozenset(name for name, _ in self._parameters)
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
            KeyError: a value is missing.
            UnknownValue: there is one that the statement does not ask for.
            ValueError: a value does not fit its column's type.
        """
        if not values.keys() <= self.names:
            raise UnknownValue(", ".join(sorted(values.keys() - self.names)))
        return [
            binder(values[name]) if binder else values[name] for name, binder in self._parameters
        ]

    def load(self, row: Sequence[Any]) -> Row:
        return {
            key: convert(value) if convert else value
            for (key, convert), value in zip(self._columns, row, strict=True)
        }


def _of_rows(statement: Any, columns: Sequence[str], rows: int) -> UpdateBase:
    """An INSERT of so many rows at once: the parameters of one after those of the other."""
    types = {name: statement.table.c[name].type for name in columns}
    found: UpdateBase = statement.values(
        [
            {name: bindparam(f"{name}_{number}", type_=types[name]) for name in columns}
            for number in range(rows)
        ]
    )
    return found


ROWS = (16, 8, 4, 2, 1)
"""How many rows one INSERT writes, of those that are written together."""

_Key = Statement | tuple[Statement, frozenset[str], int]


class Statements:
    """The statements of one dialect, prepared as they are first used."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[_Key, Prepared] = {}

    def prepare(self, statement: Statement, values: Row, *, rows: int = 1) -> Prepared:
        """The statement ready for these values: an INSERT names the columns that are given, so
        that any other gets the database's own default; `rows` of them may be written at once."""
        if not is_insert(statement):
            return self._kept(statement, statement, None, 1)
        return self._kept((statement, frozenset(values), rows), statement, sorted(values), rows)

    def _kept(
        self, key: _Key, statement: Statement, columns: Sequence[str] | None, rows: int
    ) -> Prepared:
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = Prepared(statement, self._dialect, columns, rows)
        return prepared

    def in_few(self, statement: Statement, rows: Sequence[Row]) -> Iterator[tuple[str, list[Any]]]:
        """The rows of an INSERT, written by few statements: each, and its parameters."""
        one = self.prepare(statement, rows[0])
        bound = [one.bind(row) for row in rows]
        while bound:
            size = next(each for each in ROWS if each <= len(bound))
            now, bound = bound[:size], bound[size:]
            sql = self.prepare(statement, rows[0], rows=size).sql
            yield sql, [value for row in now for value in row]
