"""Decisions: one for each request, whoever clicks, however often."""

from sqlalchemy import bindparam, select, update

from storage import audit, authority, outbox
from storage.database import Transaction
from storage.keys import Keyring
from storage.making import NewCode, make, refresh_for_request
from storage.organisations import Standing
from storage.records import (
    Action,
    CodeRequest,
    NoticeKind,
    Reason,
    RequestState,
)
from storage.refusals import AlreadyDecided, NotYours
from storage.requests import NewRequest, enter_form, find
from storage.schema import code_requests

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
    .where(
        code_requests.c.organisation_id == bindparam("organisation_id"),
        code_requests.c.state == RequestState.PENDING,
        code_requests.c.asked_by == bindparam("asked_by"),
    )
    .order_by(code_requests.c.id)
)
_DECISIONS = {
    RequestState.APPROVED: Action.REQUEST_APPROVED,
    RequestState.DECLINED: Action.REQUEST_DECLINED,
    RequestState.WITHDRAWN: Action.REQUEST_WITHDRAWN,
}


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
    request_id = await enter_form(transaction, standing, form)
    if request_id is None:
        return None
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
        user_id=request.person.known_user_id,
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
