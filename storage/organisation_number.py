"""The number that the Register of Legal Entities has given an organisation."""

import re
from unicodedata import category

from storage.refusals import NumberMalformed, NumberMistyped

_AS_ON_A_LETTERHEAD = re.compile(r"(?:NO)?([1-9][0-9]{8})(?:MVA)?", re.IGNORECASE | re.ASCII)
"""With the country before it, and after it that one pays value added tax."""


def _is_seen(character: str) -> bool:
    return not character.isspace() and category(character) != "Cf"


def organisation_number(text: str) -> str:
    """Its nine digits, without the blanks between them.

    >>> organisation_number(" 988 077 917 "), organisation_number("NO 988 077 917 MVA")
    ('988077917', '988077917')

    Raises:
        NumberMalformed: it is none.
        NumberMistyped: it is none, for the last digit is reckoned from the others.
    """
    from stdnum.no import orgnr

    # The library takes other scripts' digits too, and nine zeros (python-stdnum 2.2).
    found = _AS_ON_A_LETTERHEAD.fullmatch("".join(filter(_is_seen, text)))
    if found is None:
        raise NumberMalformed
    if not orgnr.is_valid(found[1]):
        raise NumberMistyped
    return found[1]
