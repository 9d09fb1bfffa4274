"""Which keys the secrets need: known by the name that stands with each, without opening it."""

from collections.abc import AsyncIterator

from storage.database import Database, Reading
from storage.keys import Keyring, SecretUnreadable
from storage.schema import codes, installations, statement_keys, webhooks
from storage.sql import bindparam, select, update
from storage.statements import Row

BATCH = 500

_ANY = (
    select(codes.c.id).limit(1),
    select(installations.c.id).where(installations.c.key_name.is_not(None)).limit(1),
    select(statement_keys.c.id).limit(1),
    select(webhooks.c.id).limit(1),
)
_SEALED = (codes, installations, statement_keys, webhooks)
NEXT_NAME = {
    table.name: select(table.c.key_name)
    .where(table.c.key_name > bindparam("after"))
    .order_by(table.c.key_name)
    .limit(1)
    for table in _SEALED
}
"""Of a key by which something in the table is sealed."""

ANY_UNNAMED = select(codes.c.id).where(codes.c.key_name.is_(None)).limit(1)
_AFTER = {
    table.name: select(table.c.id, table.c.secret)
    .where(table.c.id > bindparam("after"), table.c.secret.is_not(None))
    .order_by(table.c.id)
    .limit(BATCH)
    for table in _SEALED
}
_UNNAMED_AFTER = _AFTER[codes.name].where(codes.c.key_name.is_(None))
_NOT_FOLDED_AFTER = _AFTER[codes.name].where(codes.c.folded.is_(None))
_FOLD = (
    update(codes)
    .where(codes.c.id == bindparam("code_id"), codes.c.secret == bindparam("old_secret"))
    .values(folded=bindparam("new_folded"))
)
_NAME = (
    update(codes)
    .where(codes.c.id == bindparam("code_id"), codes.c.key_name.is_(None))
    .values(key_name=bindparam("name"))
)


async def has_secrets(transaction: Reading) -> bool:
    return any([await transaction.row(each) is not None for each in _ANY])


async def are_at_hand(transaction: Reading, keyring: Keyring) -> bool:
    """Whether the ring has every key that a secret needs: a look-up for each key, not for each
    secret.

    A code that no key could be named for (`note_names`) needs one that is not there.
    """
    if await transaction.row(ANY_UNNAMED):
        return False
    return {name async for name in _names(transaction)} <= set(keyring.names)


async def _names(transaction: Reading) -> AsyncIterator[str]:
    """Of the keys that secrets need, from one to the next by the index where there is one."""
    for statement in NEXT_NAME.values():
        after = ""
        while row := await transaction.row(statement, after=after):
            after = row["key_name"]
            yield after


async def open_all(transaction: Reading, keyring: Keyring) -> bool:
    """Whether the keys open every secret, found out by opening each: some seconds for 100,000."""
    for statement in _AFTER.values():
        after = ""
        while rows := await transaction.rows(statement, after=after):
            if not all(_opener(keyring, row) for row in rows):
                return False
            after = rows[-1]["id"]
    return True


async def note_names(database: Database, keyring: Keyring) -> None:
    """Name the keys of the codes that were there before names were, so far as the ring opens
    them."""
    after = ""
    while rows := await _unnamed(database, after):
        found = [(row["id"], _opener(keyring, row)) for row in rows]
        named = [{"code_id": code_id, "name": name} for code_id, name in found if name]
        async with database.transaction() as transaction:
            await transaction.run_many(_NAME, named)
        after = rows[-1]["id"]


async def fold(database: Database, keyring: Keyring) -> None:
    """Have the codes found whatever the case of their letters that were there before that was, so
    far as the ring opens them."""
    after = ""
    while rows := await _not_folded(database, after):
        folded = [_folded(keyring, row) for row in rows]
        async with database.transaction() as transaction:
            await transaction.run_many(_FOLD, [each for each in folded if each])
        after = rows[-1]["id"]


async def _not_folded(database: Database, after: str) -> list[Row]:
    async with database.reading() as transaction:
        return await transaction.rows(_NOT_FOLDED_AFTER, after=after)


def _folded(keyring: Keyring, row: Row) -> Row | None:
    """Under the key that sealed it, as whoever seals it anew does."""
    try:
        name, code = keyring.opener(row["secret"]), keyring.open(row["secret"])
    except SecretUnreadable:
        return None
    folded = keyring.folded(code)[keyring.names.index(name)]
    return {"code_id": row["id"], "old_secret": row["secret"], "new_folded": folded}


async def _unnamed(database: Database, after: str) -> list[Row]:
    async with database.reading() as transaction:
        return await transaction.rows(_UNNAMED_AFTER, after=after)


def _opener(keyring: Keyring, row: Row) -> str | None:
    try:
        return keyring.opener(row["secret"])
    except SecretUnreadable:
        return None
