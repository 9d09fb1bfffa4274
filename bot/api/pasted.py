"""A code as somebody has pasted it: what came along is taken away, and said."""

import re
from enum import StrEnum
from unicodedata import category

from storage.keys import CODE_FORMAT, LONGEST_CODE

_AROUND = ".,;:!?*_~`'\"«»“”‘’()[]<>"
_LABEL = re.compile(r"\A[^@]*:(?=.*@)")


class Mended(StrEnum):
    """What was put right before the code was looked up."""

    BLANKS = "blanks"
    INVISIBLE = "invisible"
    PUNCTUATION = "punctuation"
    LABEL = "label"
    CASE = "case"


def mend(text: str) -> tuple[str, list[Mended]]:
    """The code as it is looked up, and what was put right in it. What cannot be one stays as it is:
    it is looked up all the same, and not found.

    >>> mend("Kode: 123a 4567@MyNGOname.")
    ('123a4567@MyNGOname', [<Mended.BLANKS: 'blanks'>, <Mended.LABEL: 'label'>, \
<Mended.PUNCTUATION: 'punctuation'>])
    """
    mended = []
    for what, change in _CHANGES:
        changed = change(text)
        if changed != text:
            mended.append(what)
            text = changed
    return text, mended


def may_be_code(text: str) -> bool:
    """Whether it has the form that a code has (`RULES.md` rule 1)."""
    return len(text) <= LONGEST_CODE and CODE_FORMAT.fullmatch(text) is not None


def _without_invisible(text: str) -> str:
    return "".join(letter for letter in text if category(letter) not in ("Cf", "Cc"))


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def _without_label(text: str) -> str:
    return _LABEL.sub("", text)


def _without_punctuation(text: str) -> str:
    return text.strip(_AROUND)


_CHANGES = (
    (Mended.BLANKS, _without_blanks),
    (Mended.INVISIBLE, _without_invisible),
    (Mended.LABEL, _without_label),
    (Mended.PUNCTUATION, _without_punctuation),
)
