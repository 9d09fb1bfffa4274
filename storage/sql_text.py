"""The SQL of a statement as text, and where it lies that was made beforehand."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Raw, Struct

from storage.recorded import first_word
from storage.sql import Statement

HERE = Path(__file__).parent
FOLDER = HERE / "prepared"
"""What was made beforehand: a file for each database."""

MADE_FROM = (
    *("schema.py", "recorded.py", "functions.py", "column_types.py", "kinds.py"),
    *("sql_text.py", "compiling.py"),
)
"""The files that all SQL depends on, besides the statement itself."""

INSERTS = frozenset(("insert", "insert_new", "insert_or_set"))


def is_insert(statement: Statement) -> bool:
    return first_word(statement) in INSERTS


class UnknownValue(TypeError):  # noqa: N818
    """A value was given under a name that the statement does not know: it would be lost."""


Typed = tuple[str, str | None]
"""A name, and the kind of the value (`kinds`)."""


class Sql(Struct, frozen=True):
    """One statement, as it was made."""

    text: str
    parameters: tuple[Typed, ...]
    """In the order in which the text asks for them."""

    columns: tuple[Typed, ...]
    """Of the rows that it gives."""


class Cell(Struct, frozen=True):
    """What an INSERT says of one column."""

    name: str
    column: str
    """The name as it stands in the text."""

    value: str
    """Its parameter as it stands there, with `{}` for its number."""

    kind: str | None


class Insert(Struct, frozen=True):
    """An INSERT of whichever columns are given, so that any other gets the database's default."""

    into: str
    """What stands before the columns."""

    cells: tuple[Cell, ...]
    """Of every column of the table, in its order."""

    rest: str
    """What stands behind the values, with `{}` for the number of a parameter."""

    parameters: tuple[Typed, ...]
    """Of the rest."""

    columns: tuple[Typed, ...]

    def of(self, names: Iterable[str], rows: int = 1) -> Sql:
        """For these columns, and so many rows at once.

        Raises:
            UnknownValue: there is no such column.
        """
        wanted = set(names) - {name for name, _ in self.parameters}
        cells = [cell for cell in self.cells if cell.name in wanted]
        if len(cells) < len(wanted):
            raise UnknownValue(", ".join(sorted(wanted - {cell.name for cell in cells})))
        row = ", ".join(cell.value for cell in cells)
        text = (
            f"{self.into} ({', '.join(cell.column for cell in cells)})"
            f" VALUES {', '.join([f'({row})'] * rows)}{self.rest}"
        )
        numbers = range(1, len(cells) * rows + len(self.parameters) + 1)
        given = tuple((cell.name, cell.kind) for cell in cells)
        return Sql(text.format(*numbers), given * rows + self.parameters, self.columns)


class Made(Struct, frozen=True):
    """What was made beforehand for one database."""

    made_from: str
    """What all SQL depended on then."""

    statements: Mapping[str, Raw]
    """By the digest of what was said: each is read when it is first run."""


def made_from() -> str:
    return sha256(b"\0".join((HERE / name).read_bytes() for name in MADE_FROM)).hexdigest()
