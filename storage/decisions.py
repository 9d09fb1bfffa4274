"""Decisions: one for each request, whoever clicks, however often."""

from storage import audit, authority, codes, outbox
from storage.desk import DecidingDesk
from storage.making import NewCode, Pasted, make, refresh_for_request
from storage.outbox import NewNotice
from storage.records import (
    BOT,
    Action,
    CodeRequest,
    NoticeKind,
    Reason,
    RequestState,
    Turn,
)
from storage.refusals import AlreadyDecided, NotYours
from storage.requests import NewRequest, changed, enter_form, find
from storage.said_before import require_known
from storage.schema import code_requests
from storage.sql import bindparam, select, update

REQUEST_DECLINED = NoticeKind("request_declined")
REQUEST_LAPSED = NoticeKind("request_lapsed")

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
        code_requests.c.organisation_id == bindparam("of_organisation"),
        code_requests.c.state == RequestState.PENDING,
        code_requests.c.asked_by == bindparam("asked_by"),
    )
    .order_by(code_requests.c.id)
)
_DECISIONS = {
    RequestState.APPROVED: Action.REQUEST_APPROVED,
    RequestState.DECLINED: Action.REQUEST_DECLINED,
    RequestState.WITHDRAWN: Action.REQUEST_WITHDRAWN,
    RequestState.LAPSED: Action.REQUEST_LAPSED,
}


async def make_at_once(
    desk: DecidingDesk, form: NewRequest, pasted: Pasted | None = None, *, knows: str = ""
) -> str | None:
    """An account holder makes a code, for themselves or another, having confirmed authority.

    The request is entered and approved in one: the same rows as by two people. The code's
    id; of a form that has been sent before, of the code that was made then, if there is one.

    `knows`: what a colleague has said of the person that they have read, by its id.

    Raises:
        OrganisationNotApproved, NotAccountHolder, and those of `making.make`.
        DeclinedBefore, WithdrawnBefore: a colleague's was the last word on this person, and they
            have not read it.
    """
    desk.standing.require_approved()
    desk.standing.require_account_holder(form.asked_by)
    entered = await enter_form(desk, form)
    if entered is None:
        made = await codes.made_for(desk, form.submission_id)
        return made.id if made else None
    if not entered.is_first:
        await require_known(desk, entered.person, form.asked_by, knows)
    return await approve(desk, entered.request_id, form.asked_by, pasted)


async def approve(
    desk: DecidingDesk,
    request_id: str,
    decided_by: str,
    pasted: Pasted | None = None,
    *,
    knows: str | None = None,
) -> str:
    """Approve a request, with the account holder's word that the person has authority.

    The only way to a new code (rule 2); its id. `knows`: which no of a colleague's was told where
    they decide, by its id; None where it has been asked about already.

    Raises:
        OrganisationNotApproved, NotAccountHolder, NotFound, AlreadyDecided,
        AlreadyReplaced, CodeRevoked, and those of `making.make`.
        DeclinedBefore, WithdrawnBefore: a colleague has said no since.
    """
    desk.standing.require_approved()
    holder_id = desk.standing.require_account_holder(decided_by)
    await _require_known(desk, request_id, decided_by, knows)
    request = await _decide(desk, request_id, decided_by, RequestState.APPROVED)
    confirmation_id = await authority.confirm_meanwhile(
        desk, request.person.id, holder_id, request.role
    )
    new = NewCode(
        person=request.person,
        confirmation_id=confirmation_id,
        request_id=request.id,
        made_by=decided_by,
        purpose=request.purpose,
        user_id=request.person.known_user_id,
        pasted=pasted,
    )
    if request.code_id is None:
        return await make(desk, new)
    return await refresh_for_request(desk, request.code_id, new)


async def _require_known(
    desk: DecidingDesk, request_id: str, actor: str, knows: str | None
) -> None:
    request = await find(desk, request_id)
    if knows is not None and request.state is RequestState.PENDING:
        await require_known(desk, request.person, actor, knows)


async def decline(
    desk: DecidingDesk,
    request_id: str,
    decided_by: str,
    reason: Reason,
    message: str,
) -> None:
    """Decline a request. To say that the person lacks authority ends what was confirmed before.

    Raises:
        NotAccountHolder, NotFound, AlreadyDecided.
    """
    desk.standing.require_account_holder(decided_by)
    request = await _decide(
        desk,
        request_id,
        decided_by,
        RequestState.DECLINED,
        reason=reason,
        message=message,
    )
    if reason is Reason.NO_AUTHORITY:
        await authority.withdraw(desk, request.person.id, decided_by)
    declined = NewNotice(REQUEST_DECLINED, request.asked_by, request_id=request.id)
    await outbox.tell(desk, declined)


async def withdraw(desk: DecidingDesk, request_id: str, user_id: str) -> None:
    """Take back a request that one has made.

    Raises:
        NotFound, NotYours, AlreadyDecided.
    """
    request = await find(desk, request_id)
    if request.asked_by != user_id:
        raise NotYours
    await _decide(desk, request_id, user_id, RequestState.WITHDRAWN)


async def withdraw_all(desk: DecidingDesk, user_id: str) -> None:
    """Take back whatever somebody has waiting, as when they leave the workspace."""
    rows = await desk.rows(_PENDING_OF_ASKER, asked_by=user_id)
    for row in rows:
        await _decide(desk, row["id"], user_id, RequestState.WITHDRAWN)


async def lapse(desk: DecidingDesk, request_id: str) -> None:
    """Nobody has decided for too long: it is over, and whoever asked is told.

    Raises:
        NotFound, AlreadyDecided.
    """
    request = await _decide(desk, request_id, BOT, RequestState.LAPSED)
    lapsed = NewNotice(REQUEST_LAPSED, request.asked_by, request_id=request.id, turn=Turn.TIME)
    await outbox.tell(desk, lapsed)


async def _decide(
    desk: DecidingDesk,
    request_id: str,
    actor: str,
    state: RequestState,
    *,
    reason: Reason | None = None,
    message: str = "",
) -> CodeRequest:
    """The one decision: whoever comes second finds the request no longer pending."""
    decided = await desk.row(
        _DECIDE,
        request_id=request_id,
        new_state=state,
        now=desk.now,
        actor=actor,
        new_reason=reason,
        new_message=message,
    )
    request = await find(desk, request_id)
    if decided is None:
        raise AlreadyDecided(request)
    await audit.record(
        desk,
        actor,
        _DECISIONS[state],
        request_id=request.id,
        person_id=request.person.id,
    )
    await changed(desk, request)
    return request
