"""Code requests: asked, approved, declined, withdrawn. One decision each, whoever clicks."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql

from storage import audit, authority, outbox
from storage.authority import PERSON_COLUMNS
from storage.codes import NewCode, make, refresh_for_request, require_refreshable
from storage.database import Transaction
from storage.keys import Keyring
from storage.organisations import Standing
from storage.records import (
    FIRST_REMINDER,
    Action,
    CodeRequest,
    NoticeKind,
    Person,
    PersonDetails,
    Reason,
    RequestKind,
    RequestState,
)
from storage.refusals import AlreadyAsked, AlreadyDecided, NotFound, NotYours
from storage.schema import code_requests, people
from storage.statements import Row

_REQUEST_COLUMNS = [
    column
    for column in code_requests.c
    if column.name not in ("person_id", "submission_id", "next_notice_at")
]
_person_columns = [column.label(f"person_{column.name}") for column in PERSON_COLUMNS]
_SELECT = select(*_REQUEST_COLUMNS, *_person_columns).join(
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
_REFRESHES_ASKED = select(code_requests.c.code_id).where(
    *_pending, code_requests.c.code_id.is_not(None)
)
_ENTER = postgresql.insert(code_requests).on_conflict_do_nothing().returning(code_requests.c.id)
_DECIDE = (
    update(code_requests)
    .where(
        code_requests.c.organisation_id == bindparam("of_organisation"),
        code_requests.c.id == bindparam("request_id"),
        code_requests.c.state == RequestState.PENDING,
    )
    .values(
        state=bindparam("new_state"),
        decided_at=bindparam("now"),
        decided_by=bindparam("actor"),
        reason=bindparam("new_reason"),
        message=bindparam("new_message"),
        next_notice_at=None,
    )
    .returning(code_requests.c.id)
)
_PENDING_OF_ASKER = (
    select(code_requests.c.id)
    .where(*_pending, code_requests.c.asked_by == bindparam("asked_by"))
    .order_by(code_requests.c.id)
)


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A form as it was sent: whom the code is for, and what it is to be used for."""

    asked_by: str
    person: PersonDetails
    purpose: str
    submission_id: str
    """The modal's own id: the same form sent twice is one request."""


def _request(row: Row) -> CodeRequest:
    person = {column.name: row.pop(f"person_{column.name}") for column in PERSON_COLUMNS}
    return CodeRequest(person=Person(**person), **row)


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
    person = await authority.enter_person(transaction, standing.organisation.id, form.person)
    request_id = await _enter(
        transaction,
        standing,
        person_id=person.id,
        asked_by=form.asked_by,
        kind=RequestKind.NEW,
        role=form.person.role,
        purpose=form.purpose,
        submission_id=form.submission_id,
    )
    if request_id:
        await _tell_asked(transaction, standing, request_id, form.asked_by, person.id)
    return request_id


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
    await _tell_asked(transaction, standing, request_id, asked_by, code.person.id)
    return request_id


async def _enter(transaction: Transaction, standing: Standing, **values: Any) -> str | None:
    row = await transaction.row(
        _ENTER,
        **{
            "id": transaction.new_id(),
            "organisation_id": standing.organisation.id,
            "state": RequestState.PENDING,
            "asked_at": transaction.now,
            "message": "",
            "next_notice_at": transaction.now + FIRST_REMINDER,
            **values,
        },
    )
    return row["id"] if row else None


async def _tell_asked(
    transaction: Transaction, standing: Standing, request_id: str, asked_by: str, person_id: str
) -> None:
    organisation_id = standing.organisation.id
    await audit.record(
        transaction,
        organisation_id,
        asked_by,
        Action.REQUEST_ASKED,
        request_id=request_id,
        person_id=person_id,
    )
    recipients = [(NoticeKind.REQUEST_SENT, asked_by)]
    recipients += [(NoticeKind.REQUEST_ASKED, holder) for holder in standing.holders]
    await outbox.add(
        transaction,
        [
            outbox.notice(transaction, organisation_id, kind, user, request_id=request_id)
            for kind, user in recipients
        ],
    )


async def make_at_once(
    transaction: Transaction,
    standing: Standing,
    keyring: Keyring,
    form: NewRequest,
    pasted_code: str | None = None,
) -> str | None:
    """An account holder makes a code, for themselves or another, having confirmed authority.

    The request is entered and approved in one: the same rows as by two people. The code's
    id, or None when this very form has been sent before.

    Raises:
        OrganisationNotApproved, NotAccountHolder, CodeMalformed, CodeMissing, CodeTaken.
    """
    standing.require_approved()
    standing.require_account_holder(form.asked_by)
    person = await authority.enter_person(transaction, standing.organisation.id, form.person)
    request_id = await _enter(
        transaction,
        standing,
        person_id=person.id,
        asked_by=form.asked_by,
        kind=RequestKind.NEW,
        role=form.person.role,
        purpose=form.purpose,
        submission_id=form.submission_id,
    )
    if request_id is None:
        return None
    await audit.record(
        transaction,
        standing.organisation.id,
        form.asked_by,
        Action.REQUEST_ASKED,
        request_id=request_id,
        person_id=person.id,
    )
    return await approve(transaction, standing, keyring, request_id, form.asked_by, pasted_code)


async def approve(
    transaction: Transaction,
    standing: Standing,
    keyring: Keyring,
    request_id: str,
    decided_by: str,
    pasted_code: str | None = None,
) -> str:
    """Approve a request, with the account holder's word that the person has authority.

    The only way to a new code (rule 2); its id.

    Raises:
        OrganisationNotApproved, NotAccountHolder, NotFound, AlreadyDecided,
        CodeMalformed, CodeMissing, CodeTaken, AlreadyReplaced, CodeRevoked.
    """
    standing.require_approved()
    holder_id = standing.require_account_holder(decided_by)
    request = await _decide(transaction, standing, request_id, decided_by, RequestState.APPROVED)
    confirmation_id = await authority.confirm(
        transaction, standing.organisation.id, request.person.id, holder_id, request.role
    )
    new = NewCode(
        person=request.person,
        confirmation_id=confirmation_id,
        request_id=request.id,
        made_by=decided_by,
        purpose=request.purpose,
        user_id=request.person.user_id,
        pasted=pasted_code,
    )
    if request.code_id is None:
        return await make(transaction, standing, keyring, new)
    return await refresh_for_request(transaction, standing, keyring, request.code_id, new)


async def decline(
    transaction: Transaction,
    standing: Standing,
    request_id: str,
    decided_by: str,
    reason: Reason,
    message: str,
) -> None:
    """Decline a request. To say that the person lacks authority ends what was confirmed before.

    Raises:
        NotAccountHolder, NotFound, AlreadyDecided.
    """
    standing.require_account_holder(decided_by)
    request = await _decide(
        transaction,
        standing,
        request_id,
        decided_by,
        RequestState.DECLINED,
        reason=reason,
        message=message,
    )
    if reason is Reason.NO_AUTHORITY:
        await authority.withdraw(
            transaction, standing.organisation.id, request.person.id, decided_by
        )
    await outbox.add(
        transaction,
        [
            outbox.notice(
                transaction,
                standing.organisation.id,
                NoticeKind.REQUEST_DECLINED,
                request.asked_by,
                request_id=request.id,
            )
        ],
    )


async def withdraw(
    transaction: Transaction, standing: Standing, request_id: str, user_id: str
) -> None:
    """Take back a request that one has made.

    Raises:
        NotFound, NotYours, AlreadyDecided.
    """
    request = await find(transaction, standing.organisation.id, request_id)
    if request.asked_by != user_id:
        raise NotYours
    await _decide(transaction, standing, request_id, user_id, RequestState.WITHDRAWN)


async def withdraw_all(transaction: Transaction, standing: Standing, user_id: str) -> None:
    """Take back whatever somebody has waiting, as when they leave the workspace."""
    rows = await transaction.rows(
        _PENDING_OF_ASKER, organisation_id=standing.organisation.id, asked_by=user_id
    )
    for row in rows:
        await _decide(transaction, standing, row["id"], user_id, RequestState.WITHDRAWN)


_DECISIONS = {
    RequestState.APPROVED: Action.REQUEST_APPROVED,
    RequestState.DECLINED: Action.REQUEST_DECLINED,
    RequestState.WITHDRAWN: Action.REQUEST_WITHDRAWN,
}


async def _decide(
    transaction: Transaction,
    standing: Standing,
    request_id: str,
    actor: str,
    state: RequestState,
    *,
    reason: Reason | None = None,
    message: str = "",
) -> CodeRequest:
    """The one decision: whoever comes second finds the request no longer pending."""
    organisation_id = standing.organisation.id
    decided = await transaction.row(
        _DECIDE,
        of_organisation=organisation_id,
        request_id=request_id,
        new_state=state,
        now=transaction.now,
        actor=actor,
        new_reason=reason,
        new_message=message,
    )
    request = await find(transaction, organisation_id, request_id)
    if decided is None:
        raise AlreadyDecided(request)
    await audit.record(
        transaction,
        organisation_id,
        actor,
        _DECISIONS[state],
        request_id=request.id,
        person_id=request.person.id,
    )
    await outbox.mirror(transaction, request.id)
    return request
