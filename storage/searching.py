"""Looking for what has all of some words in it, wherever they stand and in any order."""

from storage.records import small_letters
from storage.sql import ColumnElement, contains
from storage.statements import Row

MOST_WORDS = 4
"""How many words of a search count; the rest is left out."""

_NAMES = tuple(f"word_{number}" for number in range(MOST_WORDS))


def is_found(column: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """Whether a column, which is kept in small letters, has the words of `words_of` in it."""
    return [contains(column, name) for name in _NAMES]


def words_of(text: str) -> Row:
    """The values for that; none when nothing is looked for."""
    words = small_letters(text).split()[:MOST_WORDS]
    if not words:
        return {}
    return dict(zip(_NAMES, [*words, *[""] * (MOST_WORDS - len(words))], strict=True))
