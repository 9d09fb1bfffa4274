"""The audit's chain: each entry carries the hash of the one before it in its organisation, so that
none can be changed, taken out or put in without its being seen.

Who did something stands beside the chain and not in it: an entry's hash holds a commitment to them
alone, made with a salt of the entry's own. When that is erased, who it was is gone, and the chain
is whole all the same.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from storage.records import ERASED

BEGINNING = bytes(32)
"""What stands before the first entry of an organisation."""

_FORM = 1
_ABOUT = ("action", "request_id", "code_id", "person_id", "holder_id")
_SALT_BYTES = 16
_written = json.JSONEncoder(separators=(",", ":")).encode

Entry = Mapping[str, Any]
"""A row of the audit."""


def new_salt() -> bytes:
    return token_bytes(_SALT_BYTES)


def commitment(salt: bytes, actor: str) -> bytes:
    return sha256(salt + actor.encode()).digest()


def hash_of(entry: Entry, before: bytes) -> bytes:
    """Of an entry, with the hash of the one before it."""
    at: datetime = entry["at"]
    told = [
        _FORM,
        before.hex(),
        entry["organisation_id"],
        entry["seq"],
        entry["id"],
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry["commitment"].hex(),
        *(entry.get(name) for name in _ABOUT),
    ]
    return sha256(_written(told).encode()).digest()


def is_true(entry: Entry, before: bytes) -> bool:
    """Whether an entry is as it was written, behind the one that has this hash."""
    is_theirs = entry["salt"] is None or hmac.compare_digest(
        commitment(entry["salt"], entry["actor"]), entry["commitment"]
    )
    is_known = entry["salt"] is not None or entry["actor"] == ERASED
    return is_theirs and is_known and hmac.compare_digest(hash_of(entry, before), entry["hash"])
