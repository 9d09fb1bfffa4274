"""The number that the Register of Legal Entities has given an organisation."""

from storage.refusals import NumberMalformed

_BLANKS = " \t\u00a0\u2009\u202f"
"""As it is set on a letterhead."""


def organisation_number(text: str) -> str:
    """Its nine digits, without the blanks between them.

    >>> organisation_number(" 988 077 917 ")
    '988077917'

    Raises:
        NumberMalformed: it is none: the last digit is reckoned from the others.
    """
    from stdnum.no import orgnr

    digits = text.translate(dict.fromkeys(map(ord, _BLANKS)))
    # What the library takes besides: other scripts' digits, and nine zeros (python-stdnum 2.2).
    is_plain = digits.isascii() and digits.isdigit() and digits.strip("0") != ""
    if not is_plain or not orgnr.is_valid(digits):
        raise NumberMalformed
    return digits
