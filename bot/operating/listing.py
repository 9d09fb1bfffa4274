"""Lists on the operator's terminal: a table for people, or JSON for programs."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import typer
from msgspec import Struct

from bot.operating.opening import Seen
from bot.words import _
from storage.records import OSLO

Row = dict[str, Any]
"""Each thing that is known, by a name that does not change: programs go by it."""

T = TypeVar("T")

GAP = "  "
NOTHING = "–"


class Column(Struct, frozen=True):
    """One that people see. It tells what stands in the row under its key, unless it has words of
    its own."""

    key: str
    heading: str
    told: Callable[[Row], str] | None = None

    def cell(self, row: Row) -> str:
        return _in_one_line(self.told(row) if self.told else in_short(row[self.key]))


def rows_of(seen: Sequence[Seen[list[T]]], row_of: Callable[[T], Row]) -> list[Row]:
    """What was found, each with the workspace of its organisation, and what that is called."""
    return [
        {"team": each.organisation.team_id, "organisation": each.called} | row_of(thing)
        for each in seen
        for thing in each.found
    ]


def newest_first(rows: Sequence[Row], key: str, most: int) -> list[Row]:
    """Of several organisations, among one another."""
    return sorted(rows, key=lambda row: row[key], reverse=True)[:most]


def with_team(columns: list[Column], seen: Sequence[Seen[Any]]) -> list[Column]:
    """And whose each is, where there are several organisations."""
    return [Column("organisation", _("Arbeidsområde")), *columns] if len(seen) > 1 else columns


def show(rows: Sequence[Row], columns: Sequence[Column], *, as_json: bool, empty: str) -> None:
    """Where there is nothing people are told so, beside what others may read."""
    if as_json:
        typer.echo(as_text(rows))
    elif rows:
        typer.echo("\n".join(table(rows, columns)))
    else:
        typer.echo(empty, err=True)


def show_most(
    rows: Sequence[Row], columns: Sequence[Column], most: int, *, as_json: bool, empty: str
) -> None:
    """The first so many. One more than these says that there are more."""
    show(rows[:most], columns, as_json=as_json, empty=empty)
    if rows[most:]:
        advice = _("Det er flere enn {most}. Se flere med --most {more}.")
        typer.echo(advice.format(most=most, more=10 * most), err=True)


def as_text(rows: Sequence[Row]) -> str:
    """As JSON: letters as they are where whoever reads it takes them."""
    is_unicode = "utf" in (sys.stdout.encoding or "").lower()
    return json.dumps(rows, ensure_ascii=not is_unicode, indent=2, default=_moment)


def _moment(value: object) -> str:
    """
    Raises:
        TypeError: it is none, and JSON has no form for it.
    """
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return value.astimezone(UTC).isoformat()


def table(rows: Iterable[Row], columns: Sequence[Column]) -> Iterable[str]:
    """Lines in columns, under their headings."""
    lines = [[column.heading for column in columns]]
    lines += [[column.cell(row) for column in columns] for row in rows]
    widths = [max(map(_width, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        yield GAP.join(map(_padded, line, widths)).rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def in_short(value: object) -> str:
    """A moment by the clock in Norway; nothing as a dash."""
    if isinstance(value, datetime):
        return f"{value.astimezone(OSLO):%Y-%m-%d %H:%M}"
    return NOTHING if value in (None, "") else str(value)


def _in_one_line(text: str) -> str:
    """People type it, and a terminal obeys the signs that are no letters."""
    return "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)


def _width(text: str) -> int:
    """On a terminal: some letters take two places, and some marks none."""
    return sum(_places(sign) for sign in text)


def _places(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
