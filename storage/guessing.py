"""Who has guessed at codes: counted for a minute, and locked out for one where it was too often.

Each process counts for itself, and adds here what it has counted, so that the others know. Whoever
guesses is named by an id that tells nothing to others: a partner's, or a keyed hash of an address.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, update

from storage.database import Reading, Transaction
from storage.schema import misses
from storage.statements import insert_new

WINDOW = timedelta(minutes=1)
LOCKED = timedelta(minutes=1)
MOST_MISSES = 10
"""In one such time; with the last of them it is locked."""

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


async def note(transaction: Transaction, counted: Mapping[str, int]) -> None:
    """Add what was counted, by who guessed; and lock out whoever has guessed too often by now."""
    now = transaction.now
    for who, more in sorted(counted.items()):
        await transaction.run(_BEGIN, id=who, count=0, forget_at=now + WINDOW)
        window = {"moment": now, "window_ends": now + WINDOW}
        row = await transaction.row(_ADD, who=who, more=more, **window)
        if row is not None and row["count"] >= MOST_MISSES:
            await transaction.run(_LOCK, who=who, locked_until_then=now + LOCKED)


async def locked(reading: Reading) -> dict[str, datetime]:
    """Who is locked out now, and until when."""
    rows = await reading.rows(LOCKED_NOW, moment=reading.now)
    return {row["id"]: row["locked_until"] for row in rows if row["locked_until"] > reading.now}
