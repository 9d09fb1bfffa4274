"""What has been told is kept up to date: when the ledger changes, the copies that mirror it are due
once more, in the transaction that makes it so."""

from collections.abc import Mapping
from typing import Any

from storage.desk import AskingDesk, Desk
from storage.outbox import AUTHORITY_CHECK, ORGANISATION_REGISTERED, REQUESTS_WAITING
from storage.records import NOTICE_LIFETIME, CodeState, NoticeKind, NoticeState, Turn
from storage.schema import codes, outbox
from storage.sql import (
    ColumnElement,
    Statement,
    Update,
    among,
    and_,
    bindparam,
    case,
    literal,
    one_of,
    or_,
    select,
    update,
)

_has_copy = outbox.c.ts.is_not(None)
_is_due = and_(outbox.c.due_at.is_not(None), outbox.c.due_at <= bindparam("now"))
_tells_anew = {
    "revision": outbox.c.revision + 1,
    # What has been told already waits for whoever has just asked something.
    "turn": case(
        (
            and_(_has_copy, outbox.c.turn == Turn.ANSWER),
            literal(Turn.DEED, outbox.c.turn.type),
        ),
        else_=outbox.c.turn,
    ),
    "state": case(
        (
            outbox.c.state == NoticeState.PARKED,
            literal(NoticeState.DELIVERED, outbox.c.state.type),
        ),
        else_=outbox.c.state,
    ),
    "attempts": case(
        # By their number a lost copy is looked for, and a claim is told from the next.
        (and_(_has_copy, outbox.c.claim.is_(None)), literal(0)),
        else_=outbox.c.attempts,
    ),
    "due_at": case(
        # What is due already keeps its place.
        (and_(outbox.c.claim.is_(None), ~_is_due), bindparam("now", type_=outbox.c.due_at.type)),
        else_=outbox.c.due_at,
    ),
}


_when_its_time_comes = {
    **_tells_anew,
    "due_at": case(
        (and_(outbox.c.state == NoticeState.WAITING, ~_has_copy), outbox.c.due_at),
        else_=_tells_anew["due_at"],
    ),
}
"""The same, but what is still to be told is not told any sooner. It counts all the same: somebody
may take it in hand in this moment, and have read what is no longer so."""


def _telling_anew(*which: ColumnElement[bool], values: Mapping[str, Any] = _tells_anew) -> Update:
    """These notices of an organisation are to tell what they tell anew.

    They are locked in one order: those who ask at the same time change the same notices, and
    PostgreSQL comes to them in any.
    """
    locked = (
        select(outbox.c.id)
        .where(outbox.c.organisation_id == bindparam("of_organisation"), *which)
        .order_by(outbox.c.id)
        .with_for_update(key_share=True)
        .cte("locked")
    )
    return (
        update(outbox)
        .where(outbox.c.id.in_(select(locked.c.id)))
        .values(values)
        .returning(outbox.c.recipient)
    )


_of_kinds = (
    among(outbox.c.kind, "kinds"),
    or_(
        one_of(outbox.c.state, NoticeState.WAITING, NoticeState.DELIVERED),
        and_(outbox.c.state == NoticeState.PARKED, _has_copy),
    ),
)
MIRROR_REQUEST = _telling_anew(*_of_kinds, outbox.c.request_id == bindparam("of_request"))
_MIRROR_TO = _telling_anew(
    *_of_kinds,
    outbox.c.request_id == bindparam("of_request"),
    outbox.c.recipient == bindparam("of_recipient"),
)
_MIRROR_FORWARDED = _telling_anew(*_of_kinds, outbox.c.forwarded_id == bindparam("of_forwarded"))
_is_told_or_waits = or_(
    and_(one_of(outbox.c.state, NoticeState.DELIVERED, NoticeState.PARKED), _has_copy),
    outbox.c.state == NoticeState.WAITING,
)
_of_code = (outbox.c.code_id == bindparam("of_code"), _is_told_or_waits)
_MIRROR_OF_CODE = _telling_anew(*_of_code, values=_when_its_time_comes)
_MIRROR_OF_CODE_IN_SOME = _telling_anew(
    *_of_code, among(outbox.c.kind, "kinds"), values=_when_its_time_comes
)

_USABLE = select(codes.c.id).where(
    codes.c.organisation_id == bindparam("of_organisation"),
    one_of(codes.c.state, CodeState.ACTIVE, CodeState.EXPIRED),
    codes.c.expires_at > bindparam("since"),
)
_of_codes = (outbox.c.code_id.in_(_USABLE), _is_told_or_waits)
MIRROR_OF_CODES = _telling_anew(*_of_codes, values=_when_its_time_comes)
MIRROR_OF_CODES_IN_SOME = _telling_anew(
    *_of_codes, among(outbox.c.kind, "kinds"), values=_when_its_time_comes
)


def _telling_list_anew(kind: NoticeKind) -> Update:
    return _telling_anew(
        outbox.c.kind == kind,
        outbox.c.state != NoticeState.DROPPED,
        or_(_has_copy, outbox.c.state == NoticeState.WAITING),
        values=_when_its_time_comes,
    )


MIRROR_REMINDERS = _telling_list_anew(REQUESTS_WAITING)
MIRROR_CHECKS = _telling_list_anew(AUTHORITY_CHECK)
MIRROR_REGISTRATIONS = _telling_list_anew(ORGANISATION_REGISTERED)

_COPY_OF = (
    select(outbox.c.id)
    .where(
        outbox.c.organisation_id == bindparam("of_organisation"),
        outbox.c.request_id == bindparam("of_request"),
        outbox.c.ts == bindparam("of_ts"),
    )
    .limit(1)
)


async def mirror(desk: AskingDesk, request_id: str, *kinds: NoticeKind) -> None:
    """The request has changed: every copy of it, in notices of these kinds, is to be brought up to
    date."""
    await _mirror(desk, MIRROR_REQUEST, of_request=request_id, kinds=kinds)


async def mirror_to(desk: AskingDesk, recipient: str, request_id: str, *kinds: NoticeKind) -> None:
    """The same, of what one of them has: it is they who read it otherwise now."""
    await _mirror(desk, _MIRROR_TO, of_request=request_id, of_recipient=recipient, kinds=kinds)


async def mirror_forwarded(desk: AskingDesk, forwarded_id: str, *kinds: NoticeKind) -> None:
    """The same, of a question that was sent on."""
    await _mirror(desk, _MIRROR_FORWARDED, of_forwarded=forwarded_id, kinds=kinds)


async def _mirror(desk: AskingDesk, statement: Statement, **which: Any) -> None:
    readers = await desk.rows(statement, **which, now=desk.now)
    desk.transaction.concerns.update(row["recipient"] for row in readers if row["recipient"])
    desk.transaction.makes_due = True


async def is_copy(desk: Desk, request_id: str, ts: str) -> bool:
    """Whether a message is one that is kept up to date with the request."""
    return bool(ts) and await desk.row(_COPY_OF, of_request=request_id, of_ts=ts) is not None


async def mirror_of_code(desk: AskingDesk, code_id: str, *kinds: NoticeKind) -> None:
    """The code has changed: every copy of what was told of it, in notices of these kinds or of
    all, is to be brought up to date."""
    if kinds:
        await _mirror(desk, _MIRROR_OF_CODE_IN_SOME, of_code=code_id, kinds=kinds)
    else:
        await _mirror(desk, _MIRROR_OF_CODE, of_code=code_id)


async def mirror_of_codes(desk: AskingDesk, *kinds: NoticeKind) -> None:
    """What can be done with codes has changed: so do the copies, in notices of these kinds or of
    all, of what was told of those that can be used or refreshed. Of one that has run out, what was
    told goes after a while."""
    since = desk.now - NOTICE_LIFETIME
    if kinds:
        await _mirror(desk, MIRROR_OF_CODES_IN_SOME, kinds=kinds, since=since)
    else:
        await _mirror(desk, MIRROR_OF_CODES, since=since)


async def mirror_reminders(desk: AskingDesk) -> None:
    """What waits for an answer has changed: so do the copies of the reminders of it."""
    await _mirror(desk, MIRROR_REMINDERS)


async def mirror_checks(desk: AskingDesk) -> None:
    """Who has authority has changed: so do the copies of who is to be confirmed anew."""
    await _mirror(desk, MIRROR_CHECKS)


async def mirror_registrations(desk: AskingDesk) -> None:
    """What the operator has been told of the organisation is to show how it stands now."""
    await _mirror(desk, MIRROR_REGISTRATIONS)
