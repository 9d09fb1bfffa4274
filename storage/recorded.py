"""What is said in SQLAlchemy's words, kept as it was said until SQLAlchemy itself is needed.

To load SQLAlchemy and to build every statement of the ledger takes a quarter of a second and
15 MiB, and all that the running bot wants of it is the SQL, which can be made beforehand
(`compiling`). So a statement is said to recordings (`sql`): each attribute, call and operator gives
another one. A recording has a digest, by which its SQL is found; and it can be replayed to
SQLAlchemy, where nobody has made that.

Nothing is decided by a recording: it has no truth, and to ask for one is an error.
"""

import operator
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b
from typing import Any

_LEAVES = (str, int, float, bytes, type(None), datetime, timedelta, Enum)
"""What is said to SQLAlchemy besides its own, each of which is always written the same way."""


class Recorded:
    """A word of SQLAlchemy's, or what became of one."""

    __slots__ = ("_digest", "_parts", "_real", "_verb", "_word")
    _digest: bytes
    _real: Any

    def __init__(self, verb: str, *parts: Any, word: str) -> None:
        self._verb = verb
        self._parts = parts
        self._word = word

    def __getattr__(self, name: str) -> "Recorded":
        if name.startswith("_"):  # what Python itself looks for, or has not been set yet
            raise AttributeError(name)
        return Recorded("attribute", self, name, word=self._word)

    def __getitem__(self, key: Any) -> "Recorded":
        return Recorded("item", self, key, word=self._word)

    def __call__(self, *values: Any, **named: Any) -> "Recorded":
        return Recorded("call", self, values, named, word=self._word)

    def _operated(self, name: str, *others: Any) -> "Recorded":
        return Recorded("operator", name, self, *others, word=self._word)

    def __eq__(self, other: object) -> Any:
        return self._operated("eq", other)

    def __ne__(self, other: object) -> Any:
        return self._operated("ne", other)

    def __lt__(self, other: object) -> Any:
        return self._operated("lt", other)

    def __le__(self, other: object) -> Any:
        return self._operated("le", other)

    def __gt__(self, other: object) -> Any:
        return self._operated("gt", other)

    def __ge__(self, other: object) -> Any:
        return self._operated("ge", other)

    def __add__(self, other: object) -> Any:
        return self._operated("add", other)

    def __sub__(self, other: object) -> Any:
        return self._operated("sub", other)

    def __and__(self, other: object) -> Any:
        return self._operated("and_", other)

    def __or__(self, other: object) -> Any:
        return self._operated("or_", other)

    def __invert__(self) -> Any:
        return self._operated("invert")

    __hash__ = object.__hash__
    __iter__ = None

    def __bool__(self) -> bool:
        raise TypeError("a recording is neither true nor false")

    def __repr__(self) -> str:
        return f"<recorded {self._word}>"

    def _replay(self) -> Any:
        match self._verb, self._parts:
            case "word", (name,):
                return _meant(name)
            case "attribute", (of, name):
                return getattr(replayed(of), name)
            case "item", (of, key):
                return replayed(of)[replayed(key)]
            case "call", (of, values, named):
                return replayed(of)(*replayed(values), **replayed(named))
            case _, (name, *operands):
                return getattr(operator, name)(*replayed(operands))


def _meant(name: str) -> Any:
    """A word of the ledger's own, or SQLAlchemy's."""
    import sqlalchemy

    from storage import functions

    return getattr(functions, name, None) or getattr(sqlalchemy, name)


def word(name: str) -> Recorded:
    return Recorded("word", name, word=name)


def first_word(recorded: Any) -> str:
    """With which it began: of a statement, what it does."""
    found: str = recorded._word
    return found


def replayed(value: Any) -> Any:
    """What SQLAlchemy makes of it; of the same recording the very same."""
    if isinstance(value, Recorded):
        try:
            return value._real
        except AttributeError:
            value._real = value._replay()
            return value._real
    if isinstance(value, tuple | list):
        return type(value)(map(replayed, value))
    if isinstance(value, dict):
        return {replayed(key): replayed(each) for key, each in value.items()}
    return value


def digest(value: Any) -> bytes:
    """The same for what was said the same way, in whichever process.

    Raises:
        TypeError: there is something in it that need not be written the same way twice.
    """
    if isinstance(value, Recorded):
        try:
            return value._digest
        except AttributeError:
            value._digest = _hashed(value._verb, *value._parts)
            return value._digest
    if isinstance(value, tuple | list):
        return _hashed("several", *value)
    if isinstance(value, dict):
        return _hashed("named", *value.items())
    if not isinstance(value, _LEAVES):
        raise TypeError(f"a statement cannot be recorded with a {type(value).__name__} in it")
    return f"{type(value).__qualname__} {value!r}".encode()


def _hashed(verb: str, *parts: Any) -> bytes:
    hashed = blake2b(verb.encode(), digest_size=16)
    for part in parts:
        found = part.encode() if type(part) is str else digest(part)
        hashed.update(b"%d " % len(found) + found)
    return hashed.digest()


class Column(Recorded):
    """Of a table: it knows its name, and is the table's own when it is replayed."""

    __slots__ = ("_table", "name")

    def __init__(self, name: str, *values: Any, **named: Any) -> None:
        super().__init__("column", name, values, named, word="Column")
        self.name = name

    def __class_getitem__(cls, _: Any) -> type["Column"]:
        return cls

    def _replay(self) -> Any:
        return replayed(self._table).c[self.name]

    def _belongs_to(self, table: "Table") -> None:
        self._table = table
        self._digest = _hashed("column", table.name, self.name)

    def _made(self) -> Any:
        import sqlalchemy

        _, values, named = self._parts
        return sqlalchemy.Column(self.name, *replayed(values), **replayed(named))


class Columns:
    """Of a table, in their order."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def __getattr__(self, name: str) -> Column:
        try:
            return self._columns[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def keys(self) -> list[str]:
        return list(self._columns)

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns.values())


class MetaData(Recorded):
    """All tables that are said to it."""

    __slots__ = ("tables",)

    def __init__(self, **named: Any) -> None:
        super().__init__("call", word("MetaData"), (), named, word="MetaData")
        self.tables: dict[str, Table] = {}


class Table(Recorded):
    """One that knows its name and its columns."""

    __slots__ = ("c", "name")

    def __init__(self, name: str, metadata: MetaData, *parts: Any, **named: Any) -> None:
        super().__init__("table", name, metadata, parts, named, word="Table")
        self.name = name
        self.c = Columns({each.name: each for each in parts if isinstance(each, Column)})
        for column in self.c:
            column._belongs_to(self)
        metadata.tables[name] = self
        self._digest = _hashed("table", name)

    def _replay(self) -> Any:
        import sqlalchemy

        _, metadata, parts, named = self._parts
        made = (each._made() if isinstance(each, Column) else replayed(each) for each in parts)
        return sqlalchemy.Table(self.name, replayed(metadata), *made, **replayed(named))
