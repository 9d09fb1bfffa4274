"""A code as somebody has pasted it: what came along is taken away, and said."""

import re
from enum import StrEnum
from unicodedata import category, normalize

from storage.keys import CODE_FORMAT, LONGEST_CODE
from storage.scrubbing import codes_in

_AROUND = ".,;:!?…*_~`'\"«»‹›“”„‘’‚()[]{}<>|•-–—"
_LABEL = re.compile(r"\A[^@]*:(?=.*@)")
_ATS, _ENCODED_AT = "＠﹫", "%40"
_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters of Hangul that nobody sees."""

_UNSEEN = ("Cf", "Cc", "Mn")
"""Format, control, and marks upon what stands before, as what asks for a coloured sign."""


class Mended(StrEnum):
    """What was put right before the code was looked up."""

    BLANKS = "blanks"
    INVISIBLE = "invisible"
    LETTERS = "letters"
    PUNCTUATION = "punctuation"
    LABEL = "label"
    WORDS = "words"
    CASE = "case"


def mend(text: str) -> tuple[str, list[Mended]]:
    """The code as it is looked up, and what was put right in it. What cannot be one stays as it is:
    it is looked up all the same, and not found.

    >>> mend("Kode: 123a 4567@MyNGOname.")
    ('123a4567@MyNGOname', [<Mended.BLANKS: 'blanks'>, <Mended.LABEL: 'label'>, \
<Mended.PUNCTUATION: 'punctuation'>])
    >>> mend("Koden er 234b5678@MyNGOname, hilsen Kari")
    ('234b5678@MyNGOname', [<Mended.WORDS: 'words'>])
    """
    whole, mended = _mended(text)
    if not may_be_code(whole) and len(found := codes_in(text)) == 1:
        return found[0], [Mended.WORDS]
    return whole, mended


def _mended(text: str) -> tuple[str, list[Mended]]:
    text, mended = normalize("NFC", text), []  # å may be an a and a ring
    for what, change in _CHANGES:
        changed = change(text)
        if changed != text:
            mended.append(what)
            text = changed
    return text, mended


def may_be_code(text: str) -> bool:
    """Whether it has the form that a code has (`RULES.md` rule 1)."""
    return len(text) <= LONGEST_CODE and CODE_FORMAT.fullmatch(text) is not None


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def _without_invisible(text: str) -> str:
    return "".join(sign for sign in text if category(sign) not in _UNSEEN).translate(_NOTHING)


_NOTHING = dict.fromkeys(map(ord, _FILLERS))


def _in_plain_letters(text: str) -> str:
    """As the names in codes are written: whoever types one may write the organisation's own."""
    text = text.replace(_ENCODED_AT, "@")
    if text.isascii():
        return text
    from anyascii import anyascii

    return "".join(anyascii(sign) if sign.isalnum() or sign in _ATS else sign for sign in text)


def _without_label(text: str) -> str:
    return _LABEL.sub("", text)


def _without_punctuation(text: str) -> str:
    return text.strip(_AROUND)


_CHANGES = (
    (Mended.BLANKS, _without_blanks),
    (Mended.INVISIBLE, _without_invisible),
    (Mended.LETTERS, _in_plain_letters),
    (Mended.LABEL, _without_label),
    (Mended.PUNCTUATION, _without_punctuation),
)
