"""Code requests: asked, found, listed. How they are decided is in `decisions`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql

from storage import audit, authority, outbox
from storage.authority import PERSON_BESIDE, person_of
from storage.codes import require_refreshable
from storage.database import Transaction
from storage.organisations import Standing
from storage.records import (
    FIRST_REMINDER,
    Action,
    CodeRequest,
    NoticeKind,
    PersonDetails,
    RequestKind,
    RequestState,
)
from storage.refusals import AlreadyAsked, NotFound, NotYours
from storage.schema import code_requests, people
from storage.statements import Row

_REQUEST_COLUMNS = [
    column
    for column in code_requests.c
    if column.name not in ("person_id", "submission_id", "next_notice_at")
]
_SELECT = select(*_REQUEST_COLUMNS, *PERSON_BESIDE).join(
    people, people.c.id == code_requests.c.person_id
)
_FIND = _SELECT.where(
    code_requests.c.organisation_id == bindparam("organisation_id"),
    code_requests.c.id == bindparam("request_id"),
)
_pending = (
    code_requests.c.organisation_id == bindparam("organisation_id"),
    code_requests.c.state == RequestState.PENDING,
)
_PENDING = (
    _SELECT.where(*_pending)
    .order_by(code_requests.c.asked_at, code_requests.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_COUNT_PENDING = select(func.count().label("count")).select_from(code_requests).where(*_pending)
_PENDING_OF_USER = (
    _SELECT.where(*_pending, code_requests.c.asked_by == bindparam("user_id"))
    .order_by(code_requests.c.asked_at.desc(), code_requests.c.id)
    .limit(1)
)
_REFRESHES_ASKED = select(code_requests.c.code_id).where(
    *_pending, code_requests.c.code_id.is_not(None)
)
_ENTER = postgresql.insert(code_requests).on_conflict_do_nothing().returning(code_requests.c.id)


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A form as it was sent: whom the code is for, and what it is to be used for."""

    asked_by: str
    person: PersonDetails
    purpose: str
    submission_id: str
    """The modal's own id: the same form sent twice is one request."""


def _request(row: Row) -> CodeRequest:
    return CodeRequest(person=person_of(row), **row)


async def find(transaction: Transaction, organisation_id: str, request_id: str) -> CodeRequest:
    """
    Raises:
        NotFound: no such request in this organisation.
    """
    row = await transaction.row(_FIND, organisation_id=organisation_id, request_id=request_id)
    if row is None:
        raise NotFound
    return _request(row)


async def pending(
    transaction: Transaction, organisation_id: str, *, most: int, skip: int = 0
) -> list[CodeRequest]:
    """What waits for a decision, oldest first."""
    rows = await transaction.rows(_PENDING, organisation_id=organisation_id, most=most, skip=skip)
    return [_request(row) for row in rows]


async def pending_of(
    transaction: Transaction, organisation_id: str, user_id: str
) -> CodeRequest | None:
    """The newest request of somebody's that waits for a decision, if any."""
    row = await transaction.row(_PENDING_OF_USER, organisation_id=organisation_id, user_id=user_id)
    return _request(row) if row else None


async def count_pending(transaction: Transaction, organisation_id: str) -> int:
    row = await transaction.row(_COUNT_PENDING, organisation_id=organisation_id)
    assert row is not None
    count: int = row["count"]
    return count


async def refreshes_asked(transaction: Transaction, organisation_id: str) -> frozenset[str]:
    """The ids of the codes whose refresh waits for an account holder."""
    rows = await transaction.rows(_REFRESHES_ASKED, organisation_id=organisation_id)
    return frozenset(row["code_id"] for row in rows)


async def ask(transaction: Transaction, standing: Standing, form: NewRequest) -> str | None:
    """Ask the account holders for a code (rule 2); the request's id.

    None when this very form has been sent before: nothing is done twice.

    Raises:
        OrganisationNotApproved, NoAccountHolder.
    """
    standing.require_approved()
    standing.require_account_holders()
    request_id = await enter_form(transaction, standing, form)
    if request_id:
        await _tell(transaction, standing, request_id, form.asked_by)
    return request_id


async def enter_form(transaction: Transaction, standing: Standing, form: NewRequest) -> str | None:
    """Enter a pending request as it was sent; its id, or None when it was entered before."""
    person = await authority.enter_person(transaction, standing.organisation.id, form.person)
    return await _enter(
        transaction,
        standing,
        person_id=person.id,
        asked_by=form.asked_by,
        kind=RequestKind.NEW,
        role=form.person.role,
        purpose=form.purpose,
        submission_id=form.submission_id,
    )


async def ask_refresh(
    transaction: Transaction, standing: Standing, code_id: str, asked_by: str
) -> str:
    """Ask the account holders to refresh a code that one holds (rule 8); the request's id.

    Raises:
        OrganisationNotApproved, NoAccountHolder, NotFound, NotYours, AlreadyReplaced,
        CodeRevoked.
        AlreadyAsked: the same refresh is waiting.
    """
    standing.require_approved()
    standing.require_account_holders()
    code = await require_refreshable(transaction, standing, code_id)
    if code.user_id != asked_by:
        raise NotYours
    last = await authority.latest_confirmation(
        transaction, standing.organisation.id, code.person.id
    )
    assert last is not None
    request_id = await _enter(
        transaction,
        standing,
        person_id=code.person.id,
        asked_by=asked_by,
        kind=RequestKind.REFRESH,
        code_id=code.id,
        role=last.role,
        purpose=code.purpose,
    )
    if request_id is None:
        raise AlreadyAsked
    await _tell(transaction, standing, request_id, asked_by)
    return request_id


async def _enter(
    transaction: Transaction, standing: Standing, *, person_id: str, asked_by: str, **values: Any
) -> str | None:
    request_id = transaction.new_id()
    entered = await transaction.row(
        _ENTER,
        id=request_id,
        organisation_id=standing.organisation.id,
        person_id=person_id,
        asked_by=asked_by,
        state=RequestState.PENDING,
        asked_at=transaction.now,
        message="",
        next_notice_at=transaction.now + FIRST_REMINDER,
        **values,
    )
    if entered is None:
        return None
    await audit.record(
        transaction,
        standing.organisation.id,
        asked_by,
        Action.REQUEST_ASKED,
        request_id=request_id,
        person_id=person_id,
    )
    return request_id


async def _tell(
    transaction: Transaction, standing: Standing, request_id: str, asked_by: str
) -> None:
    recipients = [(NoticeKind.REQUEST_SENT, asked_by)]
    recipients += [(NoticeKind.REQUEST_ASKED, holder) for holder in standing.holders]
    await outbox.add(
        transaction,
        [
            outbox.notice(transaction, standing.organisation.id, kind, user, request_id=request_id)
            for kind, user in recipients
        ],
    )
