"""A list as a file that a Norwegian Excel opens as a sheet: semicolons, a mark that says UTF-8,
moments that it takes for moments, and nothing that it would reckon out."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from storage.records import OSLO

_MARK = "\ufeff"
_BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_ELSE_THAN_TEXT = re.compile(
    r"[\d\s.,:/%\u00a0\u202f-]+|[\d.,]+e\d+|sann|usann|true|false", re.IGNORECASE
)
"""What would be read as a number, a moment or a truth, and shown as another text."""


def sheet(header: Sequence[str], rows: Iterable[Sequence[str | datetime | None]]) -> bytes:
    """
    >>> sheet(["Navn", "Tid"], [["=1+1", None]]).decode("utf-8-sig")
    '"Navn";"Tid"\\r\\n"\'=1+1";""\\r\\n'
    """
    written = io.StringIO()
    # Each cell in quotes: whoever reads it with commas between takes no part of one for a cell.
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return (_MARK + written.getvalue()).encode()


def _cell(value: str | datetime | None) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(OSLO):%Y-%m-%d %H:%M}"
    return _as_text(value.strip()) if value else ""


def _as_text(text: str) -> str:
    """An apostrophe before what would not be taken for text."""
    is_other = text.startswith(_BEGINS_FORMULA) or _ELSE_THAN_TEXT.fullmatch(text)
    return f"'{text}" if is_other else text
