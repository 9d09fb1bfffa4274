"""The file that the bot learns from: how people ask, under the topic they ask about."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from storage.records import Topic

FILE = Path(__file__).with_name("phrasings.txt")

NONE = "none"
"""The eleventh label: not about codes."""

UNCLEAR = "unclear"
"""About codes, but too short or too vague to be answered."""

LABELS = (*(str(topic) for topic in Topic), NONE)
LANGUAGES = ("nb", "nn", "en", "typo")
UNDECIDED = "?"
"""Stands for the topic or the language of exported questions, which a person has to decide."""


class SmallTalk(StrEnum):
    """What people say that is no question."""

    GREETING = "greeting"
    THANKS = "thanks"
    HELP = "help"


class BadPhrasings(ValueError):  # noqa: N818
    """The file cannot be read; the message names the line and says what is wrong with it."""


class Phrasing(Struct, frozen=True):
    label: str
    """A topic, `none`, or a kind of small talk."""

    language: str
    text: str


_HEADING = re.compile(r"\[\s*([\w?]+)(?:\s+([\w?]+))?\s*\]")


def read(text: str) -> list[Phrasing]:
    """
    Raises:
        BadPhrasings: a line stands under no heading, or a heading is none that there is.
    """
    return list(_read(text))


def _read(text: str) -> Iterator[Phrasing]:
    heading: tuple[str, str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            heading = _heading(line, number)
        elif heading is None:
            raise BadPhrasings(f"Linje {number}: teksten står ikke under noe emne.")
        else:
            yield Phrasing(*heading, line)


def _heading(line: str, number: int) -> tuple[str, str]:
    found = _HEADING.fullmatch(line)
    label, language = (found[1], found[2] or LANGUAGES[0]) if found else ("", "")
    if label == UNDECIDED:
        raise BadPhrasings(f"Linje {number}: sett et emne i stedet for spørsmålstegnet i {line}.")
    if language == UNDECIDED:
        known = ", ".join(LANGUAGES)
        problem = f"Linje {number}: sett et språk i stedet for spørsmålstegnet i {line}."
        raise BadPhrasings(f"{problem} Språkene er {known}.")
    if label not in (*LABELS, UNCLEAR, *SmallTalk) or language not in LANGUAGES:
        known = ", ".join(LABELS)
        raise BadPhrasings(f"Linje {number}: {line} er ikke [emne språk]. Emnene er {known}.")
    return label, language


def write(phrasings: Iterable[tuple[str, str, str]]) -> str:
    """Headings and lines in the file's format, from (label, language, text).

    Text that would be read as something else, a heading or a remark, is written so that it is not.
    """
    lines: list[str] = []
    before = None
    for label, language, text in phrasings:
        if (label, language) != before:
            lines += ["", f"[{label} {language}]"]
            before = label, language
        lines.append(re.sub(r"^[\[#\s]+", "", " ".join(text.split())) or "–")
    return "\n".join(lines).strip() + "\n"
