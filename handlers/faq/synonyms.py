"""Words that mean about the same: what a question is about, in whichever words it is asked."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from handlers.faq.normalising import folded

FILE = Path(__file__).with_name("synonyms.txt")

MOST_KEPT = 10_000


class BadSynonyms(ValueError):  # noqa: N818
    """The file cannot be read; the message names the line and says what is wrong with it."""


def read(text: str) -> Mapping[str, re.Pattern[str]]:
    """By the name of its line, what its words look like.

    Raises:
        BadSynonyms: a line is no name with words behind it.
    """
    found: dict[str, re.Pattern[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, _colon, words = line.partition(":")
        patterns = [_pattern(word) for word in folded(words).split()]
        if not name or not patterns:
            raise BadSynonyms(f"Linje {number}: skriv et navn, kolon og ord med mellomrom mellom.")
        if name in found:
            raise BadSynonyms(f"Linje {number}: «{name}» står to ganger.")
        found[name] = re.compile("|".join(patterns))
    return found


def _pattern(word: str) -> str:
    stem, star = (word[:-1], r"\w*") if word.endswith("*") else (word, "")
    return re.escape(stem) + star


@cache
def _known() -> Mapping[str, re.Pattern[str]]:
    return read(FILE.read_text(encoding="utf-8"))


def check() -> None:
    """
    Raises:
        BadSynonyms: the file cannot be read; the message names the line.
    """
    _known()


@lru_cache(maxsize=MOST_KEPT)
def meanings(word: str) -> tuple[str, ...]:
    """The lines that a word stands on."""
    return tuple(name for name, pattern in _known().items() if pattern.fullmatch(word))
