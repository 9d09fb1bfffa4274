"""The SQL of statements, made by SQLAlchemy: of all there are beforehand, or of one as it is run.

    python -m storage.compiling

makes that of every statement of the ledger, for both databases (`sql_text.FOLDER`).
"""

import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib import import_module
from types import ModuleType
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Boolean, Dialect, TextClause
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import CompoundSelect, Select, TextualSelect
from sqlalchemy.types import TypeEngine

import storage
from storage import kinds
from storage.column_types import OfKind
from storage.functions import Upsert
from storage.recorded import Recorded, digest, first_word, replayed
from storage.sql_text import (
    FOLDER,
    INSERTS,
    Cell,
    Insert,
    Made,
    Sql,
    Typed,
    is_insert,
    made_from,
)

_STATEMENTS = (Select, CompoundSelect, TextualSelect, TextClause, UpdateBase, Upsert)
_BEGIN = INSERTS | {"delete", "select", "text", "union", "union_all", "update"}
_NUMBER = re.compile(r"\$\d+")

DATABASES = ("sqlite", "postgresql")


@cache
def dialect_of(database: str) -> Dialect:
    return sqlite.dialect() if database == "sqlite" else asyncpg.dialect()  # type: ignore[no-untyped-call]


class DefaultOfPython(TypeError):  # noqa: N818
    """A column has a default that SQLAlchemy itself would run: here only the database's count."""


class UnknownKind(TypeError):  # noqa: N818
    """SQLAlchemy would convert the values of this type, and the ledger does not."""


def compiled(statement: Any, database: str) -> Any:
    """An `Insert`, or the `Sql` of anything else.

    Raises:
        DefaultOfPython: it writes to a table of which SQLAlchemy itself would run a default.
        UnknownKind: it has to do with values that nobody converts.
    """
    dialect, said = dialect_of(database), replayed(statement)
    if isinstance(said, Upsert):
        said = said.of(dialect)
    names = [column.key for column in said.table.c] if is_insert(statement) else None
    if isinstance(said, UpdateBase) and _has_defaults(said.table):
        raise DefaultOfPython(DefaultOfPython.__doc__)
    made = _writing_constants(dialect)(dialect, said, column_keys=names)
    parameters = tuple(_typed(name, made.binds[name].type, dialect) for name in made.positiontup)
    columns = getattr(said, "exported_columns", ())
    returned = tuple(_typed(each.key, each.type, dialect) for each in columns)
    sql = Sql(made.string, parameters, returned)
    return sql if names is None else _insert(sql, said, dialect)


def _has_defaults(table: Any) -> bool:
    return any(each.default is not None or each.onupdate is not None for each in table.c)


@cache
def _writing_constants(dialect: Dialect) -> Any:
    """A dialect's compiler, but what is constant in a statement stands in its text.

    As a parameter SQLite would look, each time that a value is bound to it, whether it fits the
    condition of a partial index, and prepare the statement anew; and PostgreSQL's plan for any
    value uses no such index.
    """

    own: Any = dialect.statement_compiler

    class WritingConstants(own):  # type: ignore[misc]
        def visit_bindparam(self, bindparam: BindParameter[Any], **options: Any) -> str:
            if not bindparam.required:
                options["literal_binds"] = True
            written: str = super().visit_bindparam(bindparam, **options)
            return written

    return WritingConstants


def _typed(name: str, type_: TypeEngine[Any], dialect: Dialect) -> Typed:
    return str(name), _kind(type_, dialect)  # some names are SQLAlchemy's own kind of text


def _kind(type_: TypeEngine[Any], dialect: Dialect) -> str | None:
    if isinstance(type_, OfKind):
        return type_.kind
    if isinstance(type_, Boolean):
        return kinds.BOOLEAN
    its_own = type_.dialect_impl(dialect)
    if its_own.bind_processor(dialect) or its_own.result_processor(dialect, None):
        raise UnknownKind(f"{type_!r} in {dialect.name}")
    return None


def _insert(sql: Sql, said: Any, dialect: Dialect) -> Insert:
    """An INSERT of every column, taken apart."""
    columns = list(said.table.c)
    quoted = [str(dialect.identifier_preparer.format_column(column)) for column in columns]
    into, _, behind = sql.text.partition(f" ({', '.join(quoted)}) VALUES (")
    values, _, rest = behind.partition(")")
    cells = tuple(
        Cell(name, column, _open(value), kind)
        for (name, kind), column, value in zip(
            sql.parameters, quoted, values.split(", "), strict=False
        )
    )
    assert [cell.name for cell in cells] == [column.key for column in columns]
    return Insert(into, cells, _open(rest), sql.parameters[len(cells) :], sql.columns)


def _open(text: str) -> str:
    """With its numbers left open."""
    return _NUMBER.sub("${}", text.replace("{", "{{").replace("}", "}}"))


def statements_in(value: object) -> Iterator[Any]:
    """The statements of which it is made."""
    if isinstance(value, Recorded):
        if first_word(value) in _BEGIN and isinstance(replayed(value), _STATEMENTS):
            yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from statements_in(each)
    elif isinstance(value, Mapping):
        yield from statements_in(list(value.values()))
    elif isinstance(value, partial):
        yield from statements_in(value.args)
    elif isinstance(value, msgspec.Struct):
        yield from statements_in(msgspec.structs.astuple(value))


def of_module(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The statements among its constants and those of its classes, and what each is called."""
    for name, value in vars(module).items():
        yield from ((name, each) for each in statements_in(value))
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from ((name, each) for each in statements_in(dict(vars(value))))


def of_ledger() -> Iterator[tuple[str, Any]]:
    """Every statement there is, called `module.CONSTANT`."""
    for found in pkgutil.iter_modules(storage.__path__, "storage."):
        module = import_module(found.name)
        short = found.name.removeprefix("storage.")
        yield from ((f"{short}.{name}", each) for name, each in of_module(module))


def made(database: str) -> bytes:
    """All of it, as it is kept."""
    texts = {
        digest(statement).hex(): msgspec.Raw(msgspec.json.encode(compiled(statement, database)))
        for _, statement in of_ledger()
    }
    return msgspec.json.encode(Made(made_from(), texts))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for database in DATABASES:
        new = FOLDER / f"{database}.new"
        new.write_bytes(made(database))
        new.replace(FOLDER / f"{database}.json")  # whole or not at all: a bot may start meanwhile


if __name__ == "__main__":
    main()
