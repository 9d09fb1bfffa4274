"""Put every secret under the newest key, so that an old one can be thrown away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from storage.database import Database
from storage.keys import Keyring
from storage.schema import codes, installations, statement_keys, webhooks
from storage.sql import Select, Statement, Table, bindparam, or_, select, update
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
        folded=bindparam("new_folded"),
        key_name=bindparam("new_name"),
    )
)


class Kind(Struct, frozen=True):
    """One kind of secrets: which come next, and how one is put in the place of its old self."""

    after: Select[tuple[Any, ...]]
    reseal: Statement
    resealed: Callable[[Row, Keyring], Row]


async def rotate(database: Database, keyring: Keyring, rest: Rest = asyncio.sleep) -> int:
    """Seal every code, what every installation was granted, and what statements and letters to
    partners are signed with, anew that is not under the ring's first key; how many there were.

    It may be broken off and run again: each batch stands on its own. What a process that does not
    have the first key yet makes meanwhile is taken as well.

    Raises:
        SecretUnreadable: one was sealed with a key that is not in the ring.
    """
    count = 0
    for kind in (_CODES, _INSTALLATIONS, _STATEMENT_KEYS, _WEBHOOKS):
        while moved := await _go_through(database, keyring, kind, rest):
            count += moved
    return count


async def _go_through(database: Database, keyring: Keyring, kind: Kind, rest: Rest) -> int:
    """A bot may run beside it: the work is done while nobody is kept from the database, and then
    written in an instant. SQLite serves whoever asks again at once before those who wait, so they
    get a moment between two batches.
    """
    count, after = 0, ""
    while rows := await _next(database, keyring, kind, after):
        resealed = [kind.resealed(row, keyring) for row in rows]
        async with database.transaction() as transaction:
            await transaction.run_many(kind.reseal, resealed)
        count, after = count + len(rows), rows[-1]["id"]
        await rest(REST_SECONDS)
    return count


async def _next(database: Database, keyring: Keyring, kind: Kind, after: str) -> list[Row]:
    async with database.reading() as transaction:
        return await transaction.rows(kind.after, after=after, newest=keyring.names[0])


def _resealed(row: Row, keyring: Keyring) -> Row:
    sealed = keyring.seal(keyring.open(row["secret"]))
    return {
        "code_id": row["id"],
        "old_secret": row["secret"],
        "new_secret": sealed.secret,
        "new_digest": sealed.digest,
        "new_folded": sealed.folded,
        "new_name": sealed.key_name,
    }


def _texts(table: Table) -> Kind:
    """Of a table with secrets that are never looked for by what they are."""
    after = (
        select(table.c.id, table.c.secret)
        .where(
            table.c.id > bindparam("after"),
            table.c.secret.is_not(None),
            table.c.key_name != bindparam("newest"),
        )
        .order_by(table.c.id)
        .limit(BATCH)
    )
    reseal = (
        update(table)
        .where(table.c.id == bindparam("row_id"), table.c.secret == bindparam("old_secret"))
        .values(secret=bindparam("new_secret"), key_name=bindparam("new_name"))
    )
    return Kind(after, reseal, _resealed_text)


def _resealed_text(row: Row, keyring: Keyring) -> Row:
    sealed = keyring.seal_text(keyring.open(row["secret"]))
    return {
        "row_id": row["id"],
        "old_secret": row["secret"],
        "new_secret": sealed.secret,
        "new_name": sealed.key_name,
    }


_CODES = Kind(_AFTER, _RESEAL, _resealed)
_INSTALLATIONS, _STATEMENT_KEYS = _texts(installations), _texts(statement_keys)
_WEBHOOKS = _texts(webhooks)
