"""What the ledger's statements say besides SQLAlchemy's own words."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Dialect,
    String,
    Table,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.functions import FunctionElement

from storage.column_types import Moment as Moment
from storage.column_types import Number as Number
from storage.column_types import TextList
from storage.column_types import Word as Word


class Upsert(Struct, frozen=True, eq=False):
    """`INSERT … ON CONFLICT`: made of the very database's own when its SQL is made."""

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


class _Elements(FunctionElement[str]):
    """A row for each text in a list of them (`TextList`), in the column `value`."""

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
    texts = _Elements(bindparam(name, type_=TextList))
    return column.in_(select(texts.table_valued("value").c.value).limit(at_most))
