"""Put every code under the newest key, so that an old one can be thrown away."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import bindparam, or_, select, update

from storage.database import Database
from storage.keys import Keyring
from storage.schema import codes
from storage.statements import Row

BATCH = 100
REST_SECONDS = 0.002

Rest = Callable[[float], Awaitable[None]]

_AFTER = (
    select(codes.c.id, codes.c.secret)
    .where(
        codes.c.id > bindparam("after"),
        or_(codes.c.key_name.is_(None), codes.c.key_name != bindparam("newest")),
    )
    .order_by(codes.c.id)
    .limit(BATCH)
)
_RESEAL = (
    update(codes)
    .where(codes.c.id == bindparam("code_id"), codes.c.secret == bindparam("old_secret"))
    .values(
        secret=bindparam("new_secret"),
        digest=bindparam("new_digest"),
        key_name=bindparam("new_name"),
    )
)


async def rotate(database: Database, keyring: Keyring, rest: Rest = asyncio.sleep) -> int:
    """Seal every code anew that is not under the ring's first key; how many there were.

    It may be broken off and run again: each batch stands on its own. What a process that does not
    have the first key yet makes meanwhile is taken as well.

    Raises:
        SecretUnreadable: a code was sealed with a key that is not in the ring.
    """
    count = 0
    while moved := await _go_through(database, keyring, rest):
        count += moved
    return count


async def _go_through(database: Database, keyring: Keyring, rest: Rest) -> int:
    """A bot may run beside it: the work is done while nobody is kept from the database, and then
    written in an instant. SQLite serves whoever asks again at once before those who wait, so they
    get a moment between two batches.
    """
    count, after = 0, ""
    while rows := await _next(database, keyring, after):
        resealed = [_resealed(row, keyring) for row in rows]
        async with database.transaction() as transaction:
            await transaction.run_many(_RESEAL, resealed)
        count, after = count + len(rows), rows[-1]["id"]
        await rest(REST_SECONDS)
    return count


async def _next(database: Database, keyring: Keyring, after: str) -> list[Row]:
    async with database.reading() as transaction:
        return await transaction.rows(_AFTER, after=after, newest=keyring.names[0])


def _resealed(row: Row, keyring: Keyring) -> Row:
    sealed = keyring.seal(keyring.open(row["secret"]))
    return {
        "code_id": row["id"],
        "old_secret": row["secret"],
        "new_secret": sealed.secret,
        "new_digest": sealed.digest,
        "new_name": sealed.key_name,
    }
