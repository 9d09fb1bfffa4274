"""Partners: who may check codes, by which keys, and what they are told.

    partner ──< key     one; two while one is being exchanged for another

A key that has ended opens nothing, and a partner who is suspended is told so. Nobody is taken
away: where a code was used says who found it valid.
"""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from storage import partner_keys as keys
from storage.database import Reading, Transaction
from storage.records import Partner, PartnerKey, PartnerScope, small_letters, sort_key
from storage.schema import partner_keys, partners
from storage.sql import bindparam, insert, insert_new, or_, select, update
from storage.statements import Row


class NameTaken(Exception):  # noqa: N818 - says what is, like the refusals
    """There is a partner of this name."""


class NoPartner(Exception):  # noqa: N818
    """There is no partner of this name or id."""


OVERLAP = timedelta(days=7)
"""How long a key goes on opening when another has been made to take its place."""

_COLUMNS = [column for column in partners.c if column.name != "identity"]
_KEY_COLUMNS = [column for column in partner_keys.c if column.name != "digest"]
_ADD = insert_new(partners, "identity", returning=(partners.c.id,))
_ADD_KEY = insert(partner_keys)
_ALL = select(*_COLUMNS)
_FIND = _ALL.where(
    or_(partners.c.id == bindparam("which"), partners.c.identity == bindparam("identity"))
)
_ALL_KEYS = select(*_KEY_COLUMNS).order_by(partner_keys.c.made_at.desc())
_KNOWN = select(
    partner_keys.c.digest,
    partner_keys.c.id.label("key_id"),
    partner_keys.c.partner_id,
    partner_keys.c.hint,
    partner_keys.c.made_at,
    partner_keys.c.ends_at,
    partners.c.name,
    partners.c.scope,
    partners.c.is_test,
    partners.c.added_at,
    partners.c.suspended_at,
).join(partners, partners.c.id == partner_keys.c.partner_id)
_END_KEYS = (
    update(partner_keys)
    .where(
        partner_keys.c.partner_id == bindparam("of_partner"),
        or_(partner_keys.c.ends_at.is_(None), partner_keys.c.ends_at > bindparam("moment")),
    )
    .values(ends_at=bindparam("moment", type_=partner_keys.c.ends_at.type))
)
_SUSPEND = (
    update(partners)
    .where(partners.c.id == bindparam("which"))
    .values(suspended_at=bindparam("moment", type_=partners.c.suspended_at.type))
)


class Known(Struct, frozen=True):
    """Somebody who shows a key."""

    partner: Partner
    key: PartnerKey


def _partner(row: Row) -> Partner:
    return Partner(**row)


async def add(
    transaction: Transaction, name: str, scope: PartnerScope, *, is_test: bool
) -> tuple[Partner, str]:
    """A new partner and their key, which is shown now or never.

    Raises:
        NameTaken: there is one of this name.
    """
    new = Partner(transaction.new_id(), name, scope, is_test, transaction.now)
    added = await transaction.row(
        _ADD,
        id=new.id,
        name=name,
        identity=small_letters(name),
        scope=scope,
        is_test=is_test,
        added_at=new.added_at,
    )
    if added is None:
        raise NameTaken
    return new, await _new_key(transaction, new)


async def _new_key(transaction: Transaction, partner: Partner) -> str:
    key = keys.new_partner_key(is_test=partner.is_test)
    await transaction.run(
        _ADD_KEY,
        id=transaction.new_id(),
        partner_id=partner.id,
        digest=keys.digest(key),
        hint=keys.hint(key),
        made_at=transaction.now,
    )
    return key


async def find(reading: Reading, which: str) -> Partner:
    """By id, or by name whatever the case of its letters.

    Raises:
        NoPartner: there is none.
    """
    row = await reading.row(_FIND, which=which, identity=small_letters(which))
    if row is None:
        raise NoPartner
    return _partner(row)


async def list_all(reading: Reading) -> list[tuple[Partner, Sequence[PartnerKey]]]:
    """By name, each with their keys, the newest first."""
    keys_there = [PartnerKey(**row) for row in await reading.rows(_ALL_KEYS)]
    there = sorted(map(_partner, await reading.rows(_ALL)), key=lambda each: sort_key(each.name))
    return [(each, [key for key in keys_there if key.partner_id == each.id]) for each in there]


async def rotate(transaction: Transaction, partner: Partner, overlap: timedelta = OVERLAP) -> str:
    """A new key; those there were end after a time."""
    await transaction.run(_END_KEYS, of_partner=partner.id, moment=transaction.now + overlap)
    return await _new_key(transaction, partner)


async def suspend(transaction: Transaction, partner: Partner) -> None:
    """From now on no question of theirs is answered; once more changes nothing."""
    if partner.suspended_at is None:
        await transaction.run(_SUSPEND, which=partner.id, moment=transaction.now)


async def resume(transaction: Transaction, partner: Partner) -> None:
    await transaction.run(_SUSPEND, which=partner.id, moment=None)


async def known(reading: Reading) -> dict[bytes, Known]:
    """Everybody who shows a key, by its hash."""
    return {row["digest"]: _known(row) for row in await reading.rows(_KNOWN)}


def _known(row: Row) -> Known:
    partner = Partner(
        row["partner_id"], row["name"], row["scope"], row["is_test"], row["added_at"],
        row["suspended_at"],
    )  # fmt: skip
    key = PartnerKey(row["key_id"], row["partner_id"], row["hint"], row["made_at"], row["ends_at"])
    return Known(partner, key)
