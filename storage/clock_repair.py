"""While the clock ran ahead, notices were put off to moments that are too late. When it is right
again they are brought back; else they would be told late by as much."""

from datetime import timedelta

from storage.database import Database
from storage.lockouts import TOLD_WITHIN
from storage.records import FIRST_REMINDER, NEXT_REMINDER, RequestState
from storage.schema import code_requests, lockouts, outbox
from storage.sql import bindparam, case, or_, update

FARTHEST = timedelta(hours=2)
"""Nothing is put off for longer before it is tried again."""

SOON = timedelta(seconds=20)
"""Longer than a delivery that is under way may take; so what is claimed, or has not been tried, is
due before."""

_NOTICES = (
    update(outbox)
    .where(
        outbox.c.due_at > bindparam("soon"),
        or_(
            outbox.c.due_at > bindparam("farthest"),
            outbox.c.claim.is_not(None),
            outbox.c.attempts == 0,
        ),
    )
    .values(due_at=bindparam("soon", type_=outbox.c.due_at.type))
)
_IS_PENDING = code_requests.c.state == RequestState.PENDING
_ASKED = (
    update(code_requests)
    .where(_IS_PENDING, code_requests.c.asked_at > bindparam("now"))
    .values(
        asked_at=bindparam("now"),
        next_notice_at=bindparam("reminder_at", type_=code_requests.c.next_notice_at.type),
    )
)
_REMINDED = (
    update(code_requests)
    .where(_IS_PENDING, code_requests.c.next_notice_at > bindparam("farthest"))
    .values(next_notice_at=bindparam("now"))
)
_is_ahead = lockouts.c.told_at > bindparam("now", type_=lockouts.c.told_at.type)
_is_far = lockouts.c.due_at > bindparam("farthest", type_=lockouts.c.due_at.type)
_LOCKOUTS = (
    update(lockouts)
    .where(or_(_is_ahead, _is_far))
    .values(
        told_at=case((_is_ahead, None), else_=lockouts.c.told_at),
        due_at=case(
            (_is_far, bindparam("soon", type_=lockouts.c.due_at.type)), else_=lockouts.c.due_at
        ),
    )
)
"""The operator was told at a time that is yet to come, and would hear of nothing before."""


async def put_right(database: Database) -> None:
    """When the clock has been found to be right."""
    async with database.transaction() as transaction:
        now = transaction.now
        await transaction.run(_NOTICES, farthest=now + FARTHEST, soon=now + SOON)
        await transaction.run(_ASKED, now=now, reminder_at=now + FIRST_REMINDER)
        await transaction.run(_REMINDED, now=now, farthest=now + NEXT_REMINDER)
        await transaction.run(_LOCKOUTS, now=now, farthest=now + TOLD_WITHIN, soon=now + SOON)
