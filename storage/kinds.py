"""The kinds of values that the drivers do not know by themselves: how each is kept.

A kind is written as a word, which may be followed by the enumeration whose members it has
(`word CodeState`): so it can stand beside the SQL that was made beforehand.

    moment      aware UTC in, aware UTC out; on SQLite, text that sorts as time does
    word …      one word of an enumeration, kept as its text
    number …    one member of an enumeration that has an order, kept as its number
    boolean     on SQLite a number
    texts       a list of texts in one parameter: as JSON, which both databases read
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from storage import records

Convert = Callable[[Any], Any]

MOMENT, BOOLEAN, TEXTS = "moment", "boolean", "texts"


def kept_moment(value: datetime | None, database: str) -> Any:
    """
    Raises:
        ValueError: the moment has no time zone.
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment in the ledger needs a time zone")
    value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds") if database == "sqlite" else value


def moment(value: str | datetime | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value)


def kept_boolean(value: object, database: str) -> Any:
    """
    Raises:
        TypeError: it is neither true nor false.
    """
    if value is not None and value is not True and value is not False:
        raise TypeError("neither true nor false")
    return value if value is None or database != "sqlite" else int(value)


def kept_texts(values: Any) -> str:
    return json.dumps(list(values or ()))


@cache
def to_keep(kind: str | None, database: str) -> Convert | None:
    """What turns a value of this kind into the driver's; None where it is that already."""
    word, _, name = (kind or "").partition(" ")
    match word:
        case "moment":
            return lambda value: kept_moment(value, database)
        case "boolean":
            return lambda value: kept_boolean(value, database)
        case "texts":
            return kept_texts
        case "word" | "number":
            members = getattr(records, name)
            return lambda value: None if value is None else members(value).value
    return None


@cache
def as_kept(kind: str | None, database: str) -> Convert | None:
    """What turns the driver's value into one of this kind; None where it is that already."""
    word, _, name = (kind or "").partition(" ")
    match word:
        case "moment":
            return moment
        case "boolean" if database == "sqlite":
            return lambda value: None if value is None else bool(value)
        case "word" | "number":
            members = getattr(records, name)
            return lambda value: None if value is None else members(value)
    return None
