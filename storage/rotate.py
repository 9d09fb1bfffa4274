"""Put every code under the newest key, so that an old one can be thrown away."""

from sqlalchemy import bindparam, select, update

from storage.database import Database, Reading, Transaction
from storage.keys import Keyring, SecretUnreadable
from storage.schema import codes

BATCH = 500

_AFTER = (
    select(codes.c.id, codes.c.secret)
    .where(codes.c.id > bindparam("after"))
    .order_by(codes.c.id)
    .limit(bindparam("most"))
    .with_for_update()
)
_NEWEST = select(codes.c.secret).order_by(codes.c.id.desc()).limit(1)
_RESEAL = (
    update(codes)
    .where(codes.c.id == bindparam("code_id"))
    .values(secret=bindparam("new_secret"), digest=bindparam("new_digest"))
)


async def rotate(database: Database, keyring: Keyring) -> int:
    """Seal every code anew with the ring's first key; how many there were.

    It may be broken off and run again: each batch stands on its own.

    Raises:
        SecretUnreadable: a code was sealed with a key that is not in the ring.
    """
    count, after = 0, ""
    while True:
        async with database.transaction() as transaction:
            ids = await _reseal_after(transaction, keyring, after)
        if not ids:
            return count
        count, after = count + len(ids), ids[-1]


async def _reseal_after(transaction: Transaction, keyring: Keyring, after: str) -> list[str]:
    rows = await transaction.rows(_AFTER, after=after, most=BATCH)
    resealed = []
    for row in rows:
        sealed = keyring.seal(keyring.open(row["secret"]))
        resealed.append(
            {"code_id": row["id"], "new_secret": sealed.secret, "new_digest": sealed.digest}
        )
    if resealed:
        await transaction.run_many(_RESEAL, resealed)
    return [row["id"] for row in rows]


async def can_open_newest(transaction: Reading, keyring: Keyring) -> bool:
    """Whether the keys at hand open the newest code (or there is none)."""
    row = await transaction.row(_NEWEST)
    if row is None:
        return True
    try:
        keyring.open(row["secret"])
    except SecretUnreadable:
        return False
    return True
