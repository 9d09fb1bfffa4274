"""Who was locked out because they guessed: what the operator is told of it.

    locked out ──► due ── claimed under a lease ──► told
                    ▲                          └──► due again, ever later, for an hour

Each partner has a row; all addresses share one, so that a crowd of them is told of once, and none
of them is kept. Of each row the operator is told at most once an hour.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from storage import partners
from storage.database import Reading, Transaction
from storage.records import Partner
from storage.schema import lockouts
from storage.sql import bindparam, case, insert_new, or_, select, update

STRANGERS = "address"
"""The row of all addresses; any other has a partner's id."""

TOLD_EVERY = timedelta(hours=1)
"""At most so often, of each row."""

TOLD_WITHIN = timedelta(hours=1)
"""What could not be told by then is not told any more."""

LEASE = timedelta(minutes=1)
SHORTEST_WAIT = timedelta(seconds=5)
KEPT = timedelta(days=1)
"""How long after somebody was locked out last it is forgotten."""

_moment = bindparam("moment", type_=lockouts.c.due_at.type)
_which = lockouts.c.id == bindparam("which")
_may_be_told = or_(
    lockouts.c.told_at.is_(None),
    lockouts.c.told_at <= bindparam("told_before", type_=lockouts.c.told_at.type),
)
_BEGIN = insert_new(lockouts, "id")
_LOCKED = (
    update(lockouts)
    .where(_which)
    .values(
        locked_at=_moment,
        due_at=case(
            (lockouts.c.due_at.is_not(None), lockouts.c.due_at),
            (_may_be_told, _moment),
            else_=None,
        ),
    )
)
_is_due = (
    lockouts.c.due_at <= _moment,
    lockouts.c.locked_at > bindparam("locked_after", type_=lockouts.c.locked_at.type),
)
ANY_DUE = select(lockouts.c.id).where(*_is_due).limit(1)
_first_due = (
    select(lockouts.c.id)
    .where(*_is_due)
    .order_by(lockouts.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("first_due")
)
CLAIM = (
    update(lockouts)
    .where(lockouts.c.id.in_(select(_first_due.c.id)))
    .values(due_at=bindparam("lease_ends_at", type_=lockouts.c.due_at.type))
    .returning(lockouts.c.id, lockouts.c.locked_at, lockouts.c.due_at)
)
_is_mine = (_which, lockouts.c.due_at == bindparam("my_lease", type_=lockouts.c.due_at.type))
_TOLD = update(lockouts).where(*_is_mine).values(due_at=None, told_at=_moment)
_PUT_OFF = (
    update(lockouts)
    .where(*_is_mine)
    .values(due_at=bindparam("new_due_at", type_=lockouts.c.due_at.type))
)


class Lockout(Struct, frozen=True):
    """One that is to be told, in the hands of whoever tells it."""

    id: str
    partner: Partner | None
    """None: it was an address."""

    locked_at: datetime
    lease_ends_at: datetime
    """Which nobody else has: by it is known whose hands it is in."""


async def note(transaction: Transaction, locked: Iterable[str]) -> None:
    """These have been locked out now. They are to be told of, unless that was done just before."""
    now = transaction.now
    for which in sorted(set(locked)):
        await transaction.run(_BEGIN, id=which, locked_at=now)
        await transaction.run(_LOCKED, which=which, moment=now, told_before=now - TOLD_EVERY)


async def is_any_due(reading: Reading) -> bool:
    now = reading.now
    return await reading.row(ANY_DUE, moment=now, locked_after=now - TOLD_WITHIN) is not None


async def claim(transaction: Transaction, most: int) -> list[Lockout]:
    """What is due, for whoever tells it now, until the lease ends."""
    now = transaction.now
    rows = await transaction.rows(
        CLAIM, moment=now, locked_after=now - TOLD_WITHIN, most=most, lease_ends_at=now + LEASE
    )
    return [
        Lockout(row["id"], await _partner(transaction, row["id"]), row["locked_at"], row["due_at"])
        for row in rows
    ]


async def _partner(reading: Reading, which: str) -> Partner | None:
    return None if which == STRANGERS else await partners.find(reading, which)


async def told(transaction: Transaction, lockout: Lockout) -> None:
    await transaction.run(
        _TOLD, which=lockout.id, my_lease=lockout.lease_ends_at, moment=transaction.now
    )


async def put_off(transaction: Transaction, lockout: Lockout, at_least: timedelta) -> None:
    """It could not be told. It waits as long again as it has waited, or so long at least."""
    waited = transaction.now - lockout.locked_at
    wait = max(waited, at_least, SHORTEST_WAIT)
    await transaction.run(
        _PUT_OFF,
        which=lockout.id,
        my_lease=lockout.lease_ends_at,
        new_due_at=transaction.now + wait,
    )
