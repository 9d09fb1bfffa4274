"""What looks like a code, an address or a number is taken out of a text before it is kept.

Rather too much than too little: what is kept is there to learn phrasings from.
"""

import re
from collections.abc import Iterator
from unicodedata import category, normalize

from storage.keys import CODE_FORMAT, LONGEST_CODE

EXAMPLE = "123a4567@MyNGOname"
"""The code in `RULES.md` rule 1, which everybody may write."""

_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?<![^\s<>,;])[^\s<>,;]*[^\s@<>,;](?: ?@ ?| ?[(\[]at[)\]] ?)[^\s@<>,;][^\s<>,;]*",
    re.IGNORECASE,
)
"""Each begins where a word does, so that a long word is read once and not from every letter."""

_MIXED = re.compile(
    r"(?<![^\W_])(?!(?:office|microsoft|windows)\d+)(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{6,}(?![^\W_])",
    re.IGNORECASE | re.ASCII,
)
"""Letters and digits in one word, as in the first half of a code; products are called so too."""

_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[\s().,/·\-‐-―]{0,3}\d){4,}")
_CODE = re.compile(
    r"(?<![A-Za-z0-9.+%@])[A-Za-z0-9]{8} {0,9}@ {0,9}(?![A-Z0-9.-]+\.[A-Z]{2,}(?!\w))[A-Za-z0-9]+"
    r"(?![^\W_]|@|[\w-]*\.(?![A-ZÆØÅÄÖÜ])\w)"
)
"""What goes on with a dot and a small letter is an address, whatever letters are in it, and so is
what is in capitals to the end; with one capital, a new sentence begins."""


_UNSEEN = frozenset(("Cf", "Mn"))
"""What is not seen between letters, or is a mark on one that no letter has of its own."""


def codes_in(text: str) -> list[str]:
    """The codes that somebody has written in a text (rule 1), each once, without inner spaces; as
    they look, whatever signs for the same letters are used, and what is not seen between them.

    An e-mail address is none: what stands behind its `@` has a dot in it.
    """
    return list(dict.fromkeys(_codes_in(text)))


def _codes_in(text: str) -> Iterator[str]:
    seen = "".join(sign for sign in normalize("NFKC", text) if category(sign) not in _UNSEEN)
    for found in _CODE.findall(seen):
        code = found.replace(" ", "")
        if CODE_FORMAT.fullmatch(code) and len(code) <= LONGEST_CODE and code != EXAMPLE:
            yield code


def scrubbed(text: str) -> str:
    """The text with a word in the place of each code, address, link and number.

    >>> scrubbed("er 123a4567@MyNGOname min? ring 22 33 44 55 eller skriv til ola@eksempel.no")
    'er [kode] min? ring [tall] eller skriv til [adresse]'
    """
    text = _LINK.sub("[lenke]", normalize("NFKC", text))
    while (without := _ADDRESS.sub(_named, text)) != text:
        text = without
    return _NUMBER.sub("[tall]", _MIXED.sub("[kode]", text))


def _named(found: re.Match[str]) -> str:
    return "[kode]" if _CODE.search(found[0]) else "[adresse]"
