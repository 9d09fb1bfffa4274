"""Who has guessed at codes: counted for a minute, and locked out for one where it was too often.

Each process counts for itself, and adds here what it has counted, so that the others know, and the
operator is told (`lockouts`). Whoever guesses is named by an id that tells nothing to others: a
partner's, or a keyed hash of an address.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field

from storage import lockouts
from storage.database import Reading, Transaction
from storage.schema import misses
from storage.sql import bindparam, case, insert_new, select, update

WINDOW = timedelta(minutes=1)
LOCKED = timedelta(minutes=1)
MOST_MISSES = 10
"""In one such time; with the last of them it is locked."""

PARTNER, ADDRESS = "partner", "address"
"""How the id of whoever guesses begins, before a colon."""


class Misses(Struct):
    """What a process has counted of somebody since it told the others."""

    count: int = 0
    is_locked: bool = False
    """Whether it has locked them out itself."""

    partners: set[str] = field(default_factory=set)
    """Of an address: the partners who have missed from there, as whoever guesses."""


_time = misses.c.forget_at.type
_who = misses.c.id == bindparam("who")
_is_over = misses.c.forget_at <= bindparam("moment", type_=_time)
_more: Any = bindparam("more", type_=misses.c.count.type)
_BEGIN = insert_new(misses, "id")
_ADD = (
    update(misses)
    .where(_who)
    .values(
        count=case((_is_over, _more), else_=misses.c.count + _more),
        forget_at=case((_is_over, bindparam("window_ends", type_=_time)), else_=misses.c.forget_at),
    )
    .returning(misses.c.count)
)
_LOCK = (
    update(misses)
    .where(_who)
    .values(
        locked_until=bindparam("locked_until_then", type_=_time),
        forget_at=bindparam("locked_until_then", type_=_time),
    )
)
LOCKED_NOW = select(misses.c.id, misses.c.locked_until).where(
    misses.c.forget_at > bindparam("moment", type_=_time), misses.c.locked_until.is_not(None)
)


async def note(transaction: Transaction, counted: Mapping[str, Misses]) -> None:
    """Add what was counted, by who guessed; and lock out whoever has guessed too often by now."""
    locked = []
    for who, theirs in sorted(counted.items()):
        if await _are_too_many(transaction, who, theirs.count) or theirs.is_locked:
            locked_until = transaction.now + LOCKED
            await transaction.run(_LOCK, who=who, locked_until_then=locked_until)
            locked.append(who)
    # Last: whoever holds the row that many share waits for nobody's misses.
    await lockouts.note(transaction, _to_tell(counted, locked))


async def _are_too_many(transaction: Transaction, who: str, more: int) -> bool:
    """With these, which are added."""
    now = transaction.now
    await transaction.run(_BEGIN, id=who, count=0, forget_at=now + WINDOW)
    row = await transaction.row(_ADD, who=who, more=more, moment=now, window_ends=now + WINDOW)
    return row is not None and row["count"] >= MOST_MISSES


def _to_tell(counted: Mapping[str, Misses], locked: Collection[str]) -> Iterator[str]:
    """The rows of lock-outs. An address that is locked out along with a partner who asks from there
    is told of with the partner."""
    for who in locked:
        kind, _, which = who.partition(":")
        if kind == PARTNER:
            yield which
        elif counted[who].partners.isdisjoint(locked):
            yield lockouts.STRANGERS


async def locked(reading: Reading) -> dict[str, datetime]:
    """Who is locked out now, and until when."""
    rows = await reading.rows(LOCKED_NOW, moment=reading.now)
    return {row["id"]: row["locked_until"] for row in rows if row["locked_until"] > reading.now}
