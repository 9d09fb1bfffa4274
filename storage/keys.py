"""Codes are secrets: encrypted at rest, found by keyed hash, drawn at random."""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING
from unicodedata import category, normalize

from msgspec import Struct

from storage.records import HINT_LENGTH
from storage.refusals import CodeMalformed

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

CODE_FORMAT = re.compile(r"[A-Za-z0-9]{8}@[A-Za-z0-9]+", re.ASCII)
"""What partners check (`RULES.md` rule 1)."""

LONGEST_CODE = 128

_AROUND = " \u00a0\u202f\t\r\n.,;:!?*_~`'\"«»“”‘’()[]<>"
"""What people paste along with a code."""

_AT = str.maketrans("＠﹫", "@@")
_LABEL = re.compile(r"\A[^@]*:")
_BROKEN = re.compile(r"[ \t]*\r?\n[ \t]*(?=[a-z0-9])")
"""Where a line was too short for the name; with a capital a word of its own may begin."""

_ADDRESS = re.compile(r"(?<![^\s<>(),;:|])[^\s<>(),;:|@]+@[\w-]+(?:\.[\w-]+)+")
_ENDED = re.compile(
    r"""
    (?<![^\W_])(?<![.+%@-]) [A-Za-z0-9]{8}@[A-Za-z0-9]+
    (?= \s*(?: \Z | [,;:!?)\]}>»”"|] ) | \.(?!\w) | [*_~`]+(?!\w) | \t | \s*\n\s*\n
      | \s+(?: [(\[{<«“/] | [–—-]\s ) )
    """,
    re.VERBOSE,
)
"""A code behind which nothing can be that belongs to its name: what follows a blank might."""

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What the bot's own codes are drawn from: nothing that is read as something else (1/l, 0/o)."""

Draw = Callable[[str], str]
"""Chooses one letter of the given ones, at random."""


KEY_BYTES = 32


class BadKey(ValueError):  # noqa: N818
    """A key is 32 random bytes in URL-safe base64, as `new_key` makes it."""


class SecretUnreadable(Exception):  # noqa: N818
    """None of the keys at hand opens this secret: the key that made it is missing."""


def new_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def short_name(name: str, *, or_else: str = "Organisasjon") -> str:
    """The organisation's name in letters and digits only, for its codes (rule 1); something else
    where it has none.

    >>> short_name("Røde Kors"), short_name("BÆRUM RØDE KORS")
    ('RodeKors', 'BAERUMRODEKORS')
    """
    from anyascii import anyascii

    words = re.split(r"(\W+)", normalize("NFC", name))
    letters = (
        anyascii(word).upper() if _is_in_capitals(word) else anyascii(word) for word in words
    )
    return re.sub(r"[^A-Za-z0-9]", "", "".join(letters))[:40] or or_else


def _is_in_capitals(word: str) -> bool:
    """Then all of it stays so: Æ is AE in ÆRE, and Ae in Ære."""
    return word.isupper() and len(word) > 1


def parse_code(text: str) -> str:
    """A pasted code without what came along: blanks, what nobody sees, a label before it, a full
    stop behind; or the only one in a text, where it is clear how far it goes.

    >>> parse_code("Kode: 123a4567@MyNGOname."), parse_code("Koden er 89ab4567@Laget, Kari")
    ('123a4567@MyNGOname', '89ab4567@Laget')

    Raises:
        CodeMalformed: it is no code (rule 1), or which one is not clear.
    """
    seen = "".join(letter for letter in text if category(letter) != "Cf").translate(_AT)
    code = _alone(seen)
    found = {code} if CODE_FORMAT.fullmatch(code) else _clear_codes(seen)
    if len(found) != 1 or len(code := found.pop()) > LONGEST_CODE:
        raise CodeMalformed
    return code


def _alone(text: str) -> str:
    """What is left if there is nothing but a code in it."""
    first, at, name = _LABEL.sub("", text.strip(_AROUND)).strip(_AROUND).partition("@")
    return first.rstrip() + at + _BROKEN.sub("", name.lstrip())


def _clear_codes(text: str) -> set[str]:
    """The codes in a text; none where something else in it might be one."""
    without = _ADDRESS.sub(" ", text)
    found = _ENDED.findall(without)
    return set(found) if len(found) == without.count("@") else set()


class SealedCode(Struct, frozen=True):
    """What the ledger keeps of a code."""

    secret: bytes
    digest: bytes
    folded: bytes
    """By which it is found whatever the case of its letters."""

    key_name: str
    """Which key sealed it (`Keyring.names`)."""

    hint: str


class Sealed(Struct, frozen=True):
    """What the ledger keeps of a secret."""

    secret: bytes
    key_name: str
    """Which key sealed it (`Keyring.names`)."""


class Keyring:
    """One key or several: the first seals, every one opens and finds.

    Raises:
        BadKey: a key is malformed, or there is none.
    """

    def __init__(self, keys: Sequence[str], draw: Draw = secrets.choice) -> None:
        try:
            lengths = {len(urlsafe_b64decode(key)) for key in keys}
        except ValueError as error:
            raise BadKey(BadKey.__doc__) from error
        if lengths != {KEY_BYTES}:
            raise BadKey(BadKey.__doc__)
        self._keys = keys
        self._digest_keys = [_derived(key, b"find by digest") for key in keys]
        self._folding_keys = [_derived(key, b"find in any case") for key in keys]
        self._vouching_keys = [_derived(key, b"vouch") for key in keys]
        self._draw = draw
        self.names = tuple(_name(key) for key in keys)
        """What the ledger calls these keys: it tells them apart, and nothing of what they are."""

    @cached_property
    def _locks(self) -> "dict[str, Fernet]":
        # Nine megabytes, for those alone that seal or open a code.
        from cryptography.fernet import Fernet

        return {name: Fernet(key) for name, key in zip(self.names, self._keys, strict=True)}

    def draw_code(self, organisation_short_name: str) -> str:
        return "".join(self._draw(LETTERS) for _ in range(8)) + "@" + organisation_short_name

    def seal(self, code: str) -> SealedCode:
        sealed = self.seal_text(code)
        digest, folded = self.digests(code)[0], self.folded(code)[0]
        return SealedCode(sealed.secret, digest, folded, sealed.key_name, code[:HINT_LENGTH])

    def seal_text(self, text: str) -> Sealed:
        """What is never looked for by what it is."""
        newest = self.names[0]
        return Sealed(self._locks[newest].encrypt(text.encode()), newest)

    def open(self, secret: bytes) -> str:
        """
        Raises:
            SecretUnreadable: it was sealed with a key that is not in this ring.
        """
        return self._opened(secret)[1]

    def opener(self, secret: bytes) -> str:
        """The name of the key that opens it.

        Raises:
            SecretUnreadable: it was sealed with a key that is not in this ring.
        """
        return self._opened(secret)[0]

    def _opened(self, secret: bytes) -> tuple[str, str]:
        from cryptography.fernet import InvalidToken

        for name, lock in self._locks.items():
            with suppress(InvalidToken):
                return name, lock.decrypt(secret).decode()
        raise SecretUnreadable(SecretUnreadable.__doc__)

    def digests(self, code: str) -> list[bytes]:
        """The keyed hashes by which a code may be found, the newest key's first."""
        return [hmac.digest(key, code.encode(), sha256) for key in self._digest_keys]

    def folded(self, code: str) -> list[bytes]:
        """The same, of all codes that differ in the case of letters alone."""
        return [hmac.digest(key, code.lower().encode(), sha256) for key in self._folding_keys]

    def vouch(self, claim: str) -> str:
        """A mark that only we can make, by which the claim is known as ours when it comes back."""
        return _mark(self._vouching_keys[0], claim)

    def has_vouched(self, claim: str, mark: str) -> bool:
        marks = [_mark(key, claim).encode() for key in self._vouching_keys]
        return any(hmac.compare_digest(mark.encode(), each) for each in marks)


def _derived(key: str, use: bytes) -> bytes:
    """A key for one use, apart from the key for sealing."""
    return hmac.digest(urlsafe_b64decode(key), b"godkjenningskode: " + use, sha256)


def _mark(key: bytes, claim: str) -> str:
    """96 bits: as much as a button has room for beside the rest."""
    return urlsafe_b64encode(hmac.digest(key, claim.encode(), sha256)[:12]).decode()


def _name(key: str) -> str:
    return _derived(key, b"name of the key")[:8].hex()
