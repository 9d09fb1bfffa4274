"""Who is about to install the bot: Slack sends them back with what they were sent away with, which
is good once and for ten minutes, for every process on the database."""

import hashlib
import secrets
from datetime import timedelta

from storage.database import Transaction
from storage.schema import installing
from storage.sql import bindparam, delete, insert, select

LIFETIME = timedelta(minutes=10)
MOST_UNDER_WAY = 10_000
"""More than ever come at once of themselves, and few enough to be no burden: anybody may begin."""


class TooManyUnderWay(Exception):  # noqa: N818 - says what is, like the refusals
    """Nobody can be sent away before some of them have come back, or ten minutes have passed."""


_moment = installing.c.forget_at.type
LAST_OF_MOST = (
    select(installing.c.forget_at)
    .where(installing.c.forget_at > bindparam("now", type_=_moment))
    .order_by(installing.c.forget_at)
    .offset(bindparam("but"))
    .limit(1)
)
_BEGIN = insert(installing)
_END = (
    delete(installing)
    .where(
        installing.c.id == bindparam("which"),
        installing.c.forget_at > bindparam("now", type_=_moment),
    )
    .returning(installing.c.id)
)


async def begin(transaction: Transaction) -> str:
    """What they are sent away with. It is kept as a hash: who reads the ledger can end nothing.

    Raises:
        TooManyUnderWay.
    """
    if await transaction.row(LAST_OF_MOST, now=transaction.now, but=MOST_UNDER_WAY - 1):
        raise TooManyUnderWay
    state = secrets.token_urlsafe(32)
    await transaction.run(_BEGIN, id=_hashed(state), forget_at=transaction.now + LIFETIME)
    return state


async def end(transaction: Transaction, state: str) -> bool:
    """Whether somebody was sent away with this, lately, and has not come back before."""
    return await transaction.row(_END, which=_hashed(state), now=transaction.now) is not None


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
