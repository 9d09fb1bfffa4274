"""The keys with which answers to partners are signed (Ed25519), sealed as codes are.

    made ── AHEAD ──► signs ── LIFETIME ──► another signs ── SHOWN_AFTER ──► gone

A key is shown before it signs, so that whoever keeps a copy of the keys has it by then, and after
another has taken its place, for as long as what it signed is good.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from msgspec import Struct

from storage.database import Reading, Transaction
from storage.keys import Keyring
from storage.schema import statement_keys
from storage.sql import bindparam, delete, insert, select

AHEAD = timedelta(hours=1)
"""How long a key is shown before it signs; the first one signs at once."""

LIFETIME = timedelta(days=90)
"""How long a key signs."""

SHOWN_AFTER = timedelta(days=2)
"""How long it is shown when another signs: what it signed is good for an hour."""

_ADD = insert(statement_keys)
_ALL = select(statement_keys).order_by(statement_keys.c.made_at, statement_keys.c.id)
_FORGET = delete(statement_keys).where(statement_keys.c.id == bindparam("which"))


class StatementKey(Struct, frozen=True):
    """One of the keys."""

    id: str
    secret: bytes
    """The private key, sealed."""

    public: bytes
    """32 bytes."""

    made_at: datetime

    def __repr__(self) -> str:
        return f"StatementKey({self.id})"

    def opened(self, keyring: Keyring) -> Ed25519PrivateKey:
        """
        Raises:
            SecretUnreadable: the key that sealed it is missing.
        """
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(keyring.open(self.secret)))


async def shown(reading: Reading) -> list[StatementKey]:
    """All by which something may be checked, the oldest first."""
    return [
        StatementKey(row["id"], row["secret"], row["public"], row["made_at"])
        for row in await reading.rows(_ALL)
    ]


def signing(keys: Sequence[StatementKey], now: datetime) -> StatementKey | None:
    """Which of them signs now: the newest that others have had the time to see."""
    known = [each for each in keys if each.made_at + AHEAD <= now]
    return known[-1] if known else next(iter(keys), None)


async def renew(transaction: Transaction, keyring: Keyring) -> None:
    """Make another in time, and let go what nothing is checked by any more. Two processes that do
    so at once make two: both are shown, and the newer signs."""
    keys, now = await shown(transaction), transaction.now
    if not keys or keys[-1].made_at + LIFETIME <= now:
        await _make(transaction, keyring)
    signs = signing(keys, now)
    if signs is not None and signs.made_at + AHEAD + SHOWN_AFTER <= now:
        for older in keys[: keys.index(signs)]:
            await transaction.run(_FORGET, which=older.id)


async def _make(transaction: Transaction, keyring: Keyring) -> None:
    private = Ed25519PrivateKey.generate()
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    sealed = keyring.seal_text(raw.hex())
    await transaction.run(
        _ADD,
        id=transaction.new_id(),
        secret=sealed.secret,
        key_name=sealed.key_name,
        public=private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
        made_at=transaction.now,
    )


def is_to_renew(keys: Sequence[StatementKey], now: datetime) -> bool:
    """Whether `renew` would make one."""
    return not keys or keys[-1].made_at + LIFETIME <= now
