"""Code requests: asked, found, listed. How they are decided is in `decisions`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from storage import audit, authority, meeting, mirroring, outbox
from storage.authority import PERSON_BESIDE, SAME_PERSON, naming, person_of
from storage.codes import require_refreshable
from storage.desk import AskingDesk, DecidingDesk, Desk
from storage.finding import CODE_EXPOSED, CODE_FOUND
from storage.notice_times import RUNNING_OUT, first_reminder
from storage.outbox import NewNotice
from storage.records import (
    NUDGE_AGAIN,
    Action,
    CodeRequest,
    NoticeKind,
    Person,
    PersonDetails,
    RequestKind,
    RequestState,
    Turn,
)
from storage.refusals import AlreadyAsked, AlreadyDecided, AlreadyNudged, NotFound, NotYours
from storage.schema import code_requests, people
from storage.sql import among, and_, bindparam, func, insert_new, or_, select, union_all, update
from storage.statements import Row

REQUEST_SENT = NoticeKind("request_sent")
REQUEST_ASKED = NoticeKind("request_asked")
REQUEST_UNATTENDED = NoticeKind("request_unattended")

OFFERING_REFRESH = (*RUNNING_OUT, CODE_FOUND, CODE_EXPOSED)
"""What is told with the button by which a code is refreshed."""

MOST_BESIDE = 10
"""How many of one person's requests are shown beside one another."""

_REQUEST_COLUMNS = [
    column
    for column in code_requests.c
    if column.name not in ("person_id", "submission_id", "next_notice_at")
]
_SELECT = select(*_REQUEST_COLUMNS, *PERSON_BESIDE).join(
    people, people.c.id == code_requests.c.person_id
)
_FIND = _SELECT.where(
    code_requests.c.organisation_id == bindparam("of_organisation"),
    code_requests.c.id == bindparam("request_id"),
)
_pending = (
    code_requests.c.organisation_id == bindparam("of_organisation"),
    code_requests.c.state == RequestState.PENDING,
)
_PENDING = (
    _SELECT.where(*_pending)
    .order_by(code_requests.c.asked_at, code_requests.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_LATEST = (
    _SELECT.where(
        code_requests.c.organisation_id == bindparam("of_organisation"),
        among(code_requests.c.state, "states"),
    )
    .order_by(code_requests.c.id.desc())  # which begins with when it was asked, and has an index
    .limit(bindparam("most"))
)
_COUNT_PENDING = select(func.count().label("count")).select_from(code_requests).where(*_pending)
_PENDING_OF_USER = (
    _SELECT.where(*_pending, code_requests.c.asked_by == bindparam("user_id"))
    .order_by(code_requests.c.asked_at.desc(), code_requests.c.id)
    .limit(bindparam("most"))
)
_is_answered = or_(
    code_requests.c.state == RequestState.APPROVED,
    and_(code_requests.c.state == RequestState.DECLINED, code_requests.c.reason.is_not(None)),
)
"""By somebody; one that is declined for no reason went with the code that was withdrawn."""

_LAST_ANSWER = (
    _SELECT.where(
        code_requests.c.organisation_id == bindparam("of_organisation"),
        code_requests.c.asked_by == bindparam("user_id"),
        code_requests.c.decided_at > bindparam("since"),
        _is_answered,
    )
    .order_by(code_requests.c.decided_at.desc())
    .limit(1)
)
_REFRESHES_ASKED = select(code_requests.c.code_id).where(
    *_pending, code_requests.c.code_id.is_not(None)
)
_WAITING_FOR = (
    select(code_requests.c.id)
    .join(people, people.c.id == code_requests.c.person_id)
    .where(
        code_requests.c.organisation_id == bindparam("of_organisation"),
        code_requests.c.state == RequestState.PENDING,
        people.c.user_id == bindparam("for_user"),
    )
)
_for_person = code_requests.c.person_id.in_(SAME_PERSON)
_WAITING_FOR_PERSON = (
    _SELECT.where(
        _for_person,
        code_requests.c.state == RequestState.PENDING,
        code_requests.c.id != bindparam("besides"),
    )
    .order_by(code_requests.c.asked_at, code_requests.c.id)
    .limit(bindparam("most"))
)
_waiting_beside = select(code_requests.c.id).where(
    code_requests.c.organisation_id == bindparam("of_organisation"),
    code_requests.c.state == RequestState.PENDING,
    code_requests.c.id != bindparam("besides"),
)
_WAITING_BESIDE = union_all(
    _waiting_beside.where(code_requests.c.person_id == bindparam("person_id")),
    _waiting_beside.join(people, people.c.id == code_requests.c.person_id).where(
        people.c.organisation_id == bindparam("of_organisation"),
        people.c.user_id == bindparam("person_user_id"),
        people.c.id != bindparam("person_id"),
    ),
).limit(MOST_BESIDE)
"""In two, each of which has but one index to go by: before PostgreSQL has looked at its tables, it
thinks that all that waits is little to go through."""

_DECIDED_ABOUT = (
    _SELECT.where(
        _for_person,
        _is_answered,
    )
    .order_by(code_requests.c.decided_at.desc(), code_requests.c.id.desc())
    .limit(bindparam("most"))
)
_WAITING = select(code_requests.c.id, code_requests.c.asked_by).where(*_pending)
_NUDGE = (
    update(code_requests)
    .where(
        *_pending,
        code_requests.c.id == bindparam("request_id"),
        or_(
            code_requests.c.nudged_at.is_(None),
            code_requests.c.nudged_at <= bindparam("nudged_before"),
        ),
    )
    .values(nudged_at=bindparam("now"))
    .returning(code_requests.c.id)
)
_KNOWN = select(code_requests.c.id).where(
    code_requests.c.organisation_id == bindparam("of_organisation"),
    code_requests.c.submission_id == bindparam("of_submission"),
)
_ENTER = insert_new(code_requests, returning=[code_requests.c.id])


class SlackMember(Struct, frozen=True):
    """Who somebody is in Slack, and what they are called there."""

    user_id: str
    name: str


class NewRequest(Struct, frozen=True):
    """A form as it was sent: whom the code is for, and what it is to be used for."""

    asked_by: str
    person: PersonDetails
    purpose: str
    submission_id: str
    """The modal's own id: the same form sent twice is one request."""

    member: SlackMember | None = None
    """Who has the address in Slack, where Slack has said so."""


class Entered(Struct, frozen=True):
    """A request that has just been entered, and whom it is about."""

    request_id: str
    person: Person
    is_first: bool = False
    """Nobody has been asked about this person before, by whichever name."""


def _request(row: Row) -> CodeRequest:
    return CodeRequest(person=person_of(row), **row)


async def find(desk: Desk, request_id: str) -> CodeRequest:
    """
    Raises:
        NotFound: no such request in this organisation.
    """
    row = await desk.row(_FIND, request_id=request_id)
    if row is None:
        raise NotFound
    return _request(row)


async def pending(desk: Desk, *, most: int, skip: int = 0) -> list[CodeRequest]:
    """What waits for a decision, oldest first."""
    rows = await desk.rows(_PENDING, most=most, skip=skip)
    return [_request(row) for row in rows]


async def latest(desk: Desk, states: Iterable[RequestState], *, most: int) -> list[CodeRequest]:
    """What has been asked for and is in one of these states, the newest first."""
    rows = await desk.rows(_LATEST, states=states, most=most)
    return [_request(row) for row in rows]


async def all_pending_of(desk: Desk, user_id: str, *, most: int) -> list[CodeRequest]:
    """What somebody has asked for and waits for, the newest first."""
    rows = await desk.rows(_PENDING_OF_USER, user_id=user_id, most=most)
    return [_request(row) for row in rows]


async def last_answer(desk: Desk, user_id: str, since: datetime) -> CodeRequest | None:
    """What account holders have answered last of what somebody has asked."""
    row = await desk.row(_LAST_ANSWER, user_id=user_id, since=since)
    return _request(row) if row else None


async def waiting_for(desk: Desk, person: Person, *, besides: str, most: int) -> list[CodeRequest]:
    """What else waits for a decision about this person, whoever asked; the oldest first."""
    rows = await desk.rows(_WAITING_FOR_PERSON, **naming(person), besides=besides, most=most)
    return [_request(row) for row in rows]


async def decided_about(desk: Desk, person: Person, *, most: int) -> list[CodeRequest]:
    """What account holders have answered about this person before, the latest first."""
    rows = await desk.rows(_DECIDED_ABOUT, **naming(person), most=most)
    return [_request(row) for row in rows]


async def count_pending(desk: Desk) -> int:
    row = await desk.row(_COUNT_PENDING)
    assert row is not None
    count: int = row["count"]
    return count


async def refreshes_asked(desk: Desk) -> frozenset[str]:
    """The ids of the codes whose refresh waits for an account holder."""
    rows = await desk.rows(_REFRESHES_ASKED)
    return frozenset(row["code_id"] for row in rows)


async def ask(desk: AskingDesk, form: NewRequest) -> str | None:
    """Ask the account holders for a code (rule 2); the request's id.

    None when this very form has been sent before: nothing is done twice.

    Raises:
        OrganisationNotApproved, NoAccountHolder.
    """
    desk.standing.require_approved()
    desk.standing.require_account_holders()
    entered = await enter_form(desk, form)
    if entered is None:
        return None
    await _tell(desk, entered, form.asked_by)
    return entered.request_id


async def enter_form(desk: AskingDesk, form: NewRequest) -> Entered | None:
    """Enter a pending request as it was sent; None when it was entered before."""
    if await desk.row(_KNOWN, of_submission=form.submission_id):
        return None  # and nobody is entered in the ledger for it
    person, is_new = await authority.enter_person(desk, form.person)
    if form.member:
        await meeting.note_lookup(desk, person.id, form.member.user_id, form.member.name)
        person = replace(person, user_id=form.member.user_id)
    entered = await _enter(
        desk,
        person,
        asked_by=form.asked_by,
        kind=RequestKind.NEW,
        role=form.person.role,
        purpose=form.purpose,
        submission_id=form.submission_id,
    )
    return entered and replace(entered, is_first=is_new and person.user_id is None)


async def ask_refresh(desk: AskingDesk, code_id: str, asked_by: str) -> str:
    """Ask the account holders to refresh a code that one holds (rule 8); the request's id.

    Raises:
        OrganisationNotApproved, NoAccountHolder, NotFound, NotYours, AlreadyReplaced,
        CodeRevoked.
        AlreadyAsked: the same refresh is waiting.
    """
    desk.standing.require_approved()
    desk.standing.require_account_holders()
    code = await require_refreshable(desk, code_id)
    if code.user_id != asked_by:
        raise NotYours
    last = await authority.latest_confirmation(desk, code.person.id)
    assert last is not None
    entered = await _enter(
        desk,
        code.person,
        asked_by=asked_by,
        kind=RequestKind.REFRESH,
        code_id=code.id,
        role=last.role,
        purpose=code.purpose,
    )
    if entered is None:
        raise AlreadyAsked
    await _tell(desk, entered, asked_by)
    await mirroring.mirror_of_code(desk, code.id, *OFFERING_REFRESH)
    return entered.request_id


async def _enter(
    desk: AskingDesk, person: Person, *, asked_by: str, **values: Any
) -> Entered | None:
    request_id = desk.new_id()
    row = await desk.row(
        _ENTER,
        id=request_id,
        person_id=person.id,
        asked_by=asked_by,
        state=RequestState.PENDING,
        asked_at=desk.now,
        message="",
        next_notice_at=first_reminder(desk.now),
        **values,
    )
    if row is None:
        return None
    await audit.record(
        desk,
        asked_by,
        Action.REQUEST_ASKED,
        request_id=request_id,
        person_id=person.id,
    )
    return Entered(request_id, person)


async def nudge(desk: AskingDesk, request_id: str, user_id: str) -> None:
    """Whoever asked asks for an answer once more: it comes up anew with each account holder.

    Raises:
        OrganisationNotApproved, NoAccountHolder, NotFound, NotYours, AlreadyDecided.
        AlreadyNudged: it was done less than a day ago.
    """
    desk.standing.require_approved()
    desk.standing.require_account_holders()
    request = await find(desk, request_id)
    if request.asked_by != user_id:
        raise NotYours
    if request.state is not RequestState.PENDING:
        raise AlreadyDecided(request)
    before = desk.now - NUDGE_AGAIN
    if not await desk.row(_NUDGE, request_id=request_id, nudged_before=before, now=desk.now):
        raise AlreadyNudged
    await audit.record(desk, user_id, Action.REQUEST_NUDGED, request_id=request_id)
    await mirroring.mirror(desk, request_id, REQUEST_SENT, REQUEST_ASKED)
    about = f"{request_id}:{desk.now:%Y%m%d%H%M%S}"
    await outbox.tell(
        desk,
        *(
            NewNotice(REQUEST_ASKED, holder, request_id=request_id, about=about)
            for holder in desk.standing.holders
        ),
    )


async def changed(desk: AskingDesk, request: CodeRequest) -> None:
    """Every copy of the request is to show how it stands now, and so is what is said of it
    elsewhere: in the reminders, beside what else was asked for the same person, and where it was
    told that the code is to be refreshed."""
    await mirroring.mirror(desk, request.id, REQUEST_SENT, REQUEST_ASKED)
    if request.code_id:
        await mirroring.mirror_of_code(desk, request.code_id, *OFFERING_REFRESH)
    await mirroring.mirror_reminders(desk)
    await shown_beside(desk, request.person, besides=request.id)


async def shown_beside(desk: AskingDesk, person: Person, *, besides: str = "") -> None:
    """What else waits for an answer about this person is to show what has become of theirs.

    In one order, in which notices are locked: others ask for the same person at the same time.
    """
    rows = await desk.rows(_WAITING_BESIDE, **naming(person), besides=besides)
    for request_id in sorted(row["id"] for row in rows):
        await mirroring.mirror(desk, request_id, REQUEST_SENT, REQUEST_ASKED)


async def person_left(desk: DecidingDesk, user_id: str) -> None:
    """Those who are to decide on a request for them see that nobody in Slack has the address."""
    for row in await desk.rows(_WAITING_FOR, for_user=user_id):
        await mirroring.mirror(desk, row["id"], REQUEST_ASKED)


async def deciders_changed(desk: DecidingDesk, *changed: str) -> None:
    """Whoever waits is to see who decides now, and to hear of it when nobody does any more; and
    whoever decides, or did, sees it on Home."""
    desk.transaction.makes_due = True
    await mirroring.mirror_checks(desk)
    if {*desk.standing.holders} <= {*changed}:  # there is nobody any more, or nobody was there
        await openness_changed(desk, *OFFERING_REFRESH)
    is_left_alone = not desk.standing.holders
    for row in await desk.rows(_WAITING):
        await mirroring.mirror(desk, row["id"], REQUEST_SENT)
        for user_id in changed:
            await mirroring.mirror_to(desk, user_id, row["id"], REQUEST_ASKED)
        if is_left_alone:
            about = f"{row['id']}:{desk.now:%Y%m%d%H%M%S}"
            await outbox.tell(
                desk,
                NewNotice(REQUEST_UNATTENDED, row["asked_by"], request_id=row["id"], about=about),
            )


async def openness_changed(desk: DecidingDesk, *kinds: NoticeKind) -> None:
    """Nobody can be given a code any more, or somebody can again: what leads to one says so, and
    what was told of codes, in notices of these kinds or of all."""
    await mirroring.mirror_of_codes(desk, *kinds)
    await mirroring.mirror_reminders(desk)
    for row in await desk.rows(_WAITING):
        await mirroring.mirror(desk, row["id"], REQUEST_SENT, REQUEST_ASKED)


async def _tell(desk: AskingDesk, entered: Entered, asked_by: str) -> None:
    request_id, holders = entered.request_id, desk.standing.holders
    await outbox.tell(
        desk,
        NewNotice(REQUEST_SENT, asked_by, request_id=request_id, turn=Turn.ANSWER),
        *(NewNotice(REQUEST_ASKED, holder, request_id=request_id) for holder in holders),
    )
    await mirroring.mirror_reminders(desk)
    if not entered.is_first:
        await shown_beside(desk, entered.person, besides=request_id)
