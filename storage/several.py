"""Rows with one of several values, found by a few statements of fixed sizes."""

from collections.abc import Iterable, Mapping
from typing import Any

from storage.database import Reading
from storage.sql import ColumnElement, Select, bindparam
from storage.statements import Row

SIZES = (1, 8, 64)
"""How many are looked for in one statement. As a list in one parameter PostgreSQL would take it for
a hundred, and rather read a whole table of a few thousand."""


def by(column: ColumnElement[Any], statement: Select[Any]) -> dict[int, Select[Any]]:
    """Those with one of so many values, by how many."""
    values = [bindparam(f"value_{number}", type_=column.type) for number in range(SIZES[-1])]
    return {size: statement.where(column.in_(values[:size])) for size in SIZES}


async def rows_with(
    reading: Reading, statements: Mapping[int, Select[Any]], values: Iterable[object]
) -> list[Row]:
    """Those with one of these values, looked for in their order."""
    wanted, rows = list(dict.fromkeys(values)), []
    while wanted:
        size = next((each for each in SIZES if each >= len(wanted)), SIZES[-1])
        now, wanted = wanted[:size], wanted[size:]
        padded = now + now[:1] * (size - len(now))
        named = {f"value_{number}": each for number, each in enumerate(padded)}
        rows += await reading.rows(statements[size], **named)
    return rows
