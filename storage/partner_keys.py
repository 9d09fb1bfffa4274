"""Partners' keys: made at random, shown once, and known again by a hash.

A key is a prefix, 32 letters and digits, and six more that check those before: whoever scans for
secrets that have got away knows one without asking.
"""

import secrets
import string
from hashlib import sha256
from zlib import crc32

PREFIX, TEST_PREFIX = "gkb_", "gkbtest_"
RANDOM_LENGTH, CHECK_LENGTH = 32, 6
"""32 of 62 letters: 190 bits, of which a hash without a salt tells nothing."""

HINT_LENGTH = 4
_LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_partner_key(*, is_test: bool) -> str:
    prefix = TEST_PREFIX if is_test else PREFIX
    random = "".join(secrets.choice(_LETTERS) for _ in range(RANDOM_LENGTH))
    return prefix + random + _check(prefix + random)


def is_partner_key(text: str) -> bool:
    """Whether it may be one: it reads like one, and what checks the rest fits."""
    prefix = next((each for each in (TEST_PREFIX, PREFIX) if text.startswith(each)), None)
    if prefix is None or len(text) != len(prefix) + RANDOM_LENGTH + CHECK_LENGTH:
        return False
    return text.isascii() and text[-CHECK_LENGTH:] == _check(text[:-CHECK_LENGTH])


def digest(key: str) -> bytes:
    """By which the ledger knows it."""
    return sha256(key.encode()).digest()


def hint(key: str) -> str:
    """How it begins, by which people tell keys apart."""
    prefix = TEST_PREFIX if key.startswith(TEST_PREFIX) else PREFIX
    return key[: len(prefix) + HINT_LENGTH]


def _check(text: str) -> str:
    """CRC-32 in base 62."""
    rest, letters = crc32(text.encode()), ""
    for _ in range(CHECK_LENGTH):
        rest, digit = divmod(rest, len(_LETTERS))
        letters = _LETTERS[digit] + letters
    return letters
