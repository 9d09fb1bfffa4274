"""What account holders do to the register of authority: enter people, confirm them anew, change
for how long, and withdraw. Nothing that a colleague has done meanwhile is overwritten unseen."""

from datetime import date, datetime

from msgspec import Struct

from storage import audit, authority, codes, decisions, making, outbox, requests
from storage.desk import DecidingDesk, Desk
from storage.notice_times import A_DAY, midnight, prolonged
from storage.outbox import NewNotice
from storage.records import (
    LONGEST_TERM,
    OSLO,
    Action,
    Code,
    CodeRequest,
    Confirmation,
    NoticeKind,
    Person,
    PersonDetails,
    Reason,
    Role,
)
from storage.refusals import (
    AlreadyRegistered,
    NotFound,
    TermPassed,
    TermTooLong,
    WordChanged,
)
from storage.said_before import require_known

AUTHORITY_WITHDRAWN = NoticeKind("authority_withdrawn")

MOST_OF_PERSON = 1_000
"""Codes, and requests, of one person."""


class Seen(Struct, frozen=True):
    """Somebody in the register as they stood there when somebody looked."""

    person_id: str
    confirmation_id: str


NOBODY = Seen("", "")


class Term(Struct, frozen=True):
    """For how long somebody's authority is confirmed: the last day too, by the calendar in Oslo."""

    last: date | None = None
    """None: until somebody withdraws it."""

    def ends_at(self, now: datetime) -> datetime | None:
        """Before when.

        Raises:
            TermPassed, TermTooLong: the day will not do.
        """
        if self.last is None:
            return None
        today = now.astimezone(OSLO).date()
        if self.last < today:
            raise TermPassed
        if self.last - today > LONGEST_TERM:
            raise TermTooLong
        return midnight(self.last + A_DAY)


def _require_right(desk: DecidingDesk, actor: str) -> str:
    """The person's account holder id."""
    holder_id = desk.standing.require_account_holder(actor)
    desk.standing.require_answered()
    return holder_id


async def enter(
    desk: DecidingDesk,
    details: PersonDetails,
    term: Term,
    actor: str,
    *,
    knows: str = "",
) -> Person:
    """Enter somebody who has authority, with the actor's word on it. The same form sent twice is
    one word.

    `knows`: what a colleague has said of them that the actor has read, by its id.

    Raises:
        NotAccountHolder, OrganisationNotApproved, TermPassed, TermTooLong.
        AlreadyRegistered: they stand in the register.
        DeclinedBefore, WithdrawnBefore: a colleague's was the last word on this person.
    """
    holder_id = _require_right(desk, actor)
    until = term.ends_at(desk.now)
    person, _ = await authority.enter_person(desk, details)
    latest = await authority.latest_confirmation(desk, person.id)
    if latest is not None and latest.holds_at(desk.now):
        if not _is_same(latest, actor, details.role, until):
            raise AlreadyRegistered(latest)
        return person
    await require_known(desk, person, actor, knows)
    await _confirm(desk, person, holder_id, actor, details.role, until, Action.PERSON_ENTERED)
    return person


async def confirm_anew(desk: DecidingDesk, seen: Seen, actor: str) -> None:
    """The same again: in the same role, and where it was for a time, for as many years more as it
    takes. Done twice by the same person it is done once.

    Raises:
        NotAccountHolder, OrganisationNotApproved, NotFound, WordChanged.
    """
    holder_id = _require_right(desk, actor)
    person, latest = await _found(desk, seen)
    if _has_changed(latest, seen):
        if latest.confirmed_by == actor and latest.holds_at(desk.now):
            return
        raise WordChanged(latest)
    until = prolonged(latest.valid_until, desk.now)
    await _confirm(desk, person, holder_id, actor, latest.role, until, Action.AUTHORITY_CONFIRMED)


async def change(desk: DecidingDesk, seen: Seen, actor: str, role: Role, term: Term) -> None:
    """Confirm somebody in this role and for this long.

    Raises:
        NotAccountHolder, OrganisationNotApproved, NotFound, WordChanged, TermPassed, TermTooLong.
    """
    holder_id = _require_right(desk, actor)
    until = term.ends_at(desk.now)
    person, latest = await _found(desk, seen)
    if _has_changed(latest, seen):
        if _is_same(latest, actor, role, until):
            return
        raise WordChanged(latest)
    await _confirm(desk, person, holder_id, actor, role, until, Action.AUTHORITY_CHANGED)


async def withdraw(
    desk: DecidingDesk, seen: Seen, actor: str, *, revokes: bool, declines: bool
) -> None:
    """End somebody's authority, by whichever addresses the register has them. With it their codes
    that are still good are withdrawn, and what waits for them is declined, if so said.

    Raises:
        NotAccountHolder, NotFound, WordChanged.
    """
    desk.standing.require_account_holder(actor)
    person, latest = await _found(desk, seen)
    if _has_changed(latest, seen):
        if latest.withdrawn_by == actor:
            return
        raise WordChanged(latest)
    for person_id in await authority.namesakes(desk, person):
        await authority.withdraw(desk, person_id, actor)
    if declines:
        for request in await _waiting(desk, person):
            await decisions.decline(desk, request.id, actor, Reason.NO_AUTHORITY, "")
    if revokes:
        for code in await _good(desk, person):
            await making.revoke(desk, code.id, actor)
    await requests.shown_beside(desk, person)
    if person.user_id not in (None, actor):
        told = NewNotice(AUTHORITY_WITHDRAWN, person.user_id, person_id=person.id, about=latest.id)
        await outbox.tell(desk, told)


async def require_unchanged(desk: Desk, seen: Seen) -> None:
    """
    Raises:
        NotFound.
        WordChanged: somebody has confirmed or withdrawn it since.
    """
    _, latest = await _found(desk, seen)
    if _has_changed(latest, seen):
        raise WordChanged(latest)


async def count_beside(desk: Desk, person: Person) -> tuple[int, int]:
    """How many codes of theirs are good, and how many requests for them wait."""
    return len(await _good(desk, person)), len(await _waiting(desk, person))


def _has_changed(word: Confirmation, seen: Seen) -> bool:
    """Somebody has confirmed it since, or withdrawn it."""
    return word.id != seen.confirmation_id or word.withdrawn_at is not None


def _is_same(word: Confirmation, actor: str, role: Role, until: datetime | None) -> bool:
    given = (word.confirmed_by, word.role, word.valid_until, word.withdrawn_at)
    return given == (actor, role, until, None)


async def _found(desk: Desk, seen: Seen) -> tuple[Person, Confirmation]:
    person = await authority.find_person(desk, seen.person_id)
    latest = await authority.latest_confirmation(desk, person.id)
    if latest is None:
        raise NotFound
    return person, latest


async def _confirm(
    desk: DecidingDesk,
    person: Person,
    holder_id: str,
    actor: str,
    role: Role,
    until: datetime | None,
    action: Action,
) -> None:
    await authority.confirm(desk, person.id, holder_id, role, until)
    await audit.record(desk, actor, action, person_id=person.id)
    await requests.shown_beside(desk, person)


async def _good(desk: Desk, person: Person) -> list[Code]:
    """What is good of theirs, and not of whoever has the same address by another name."""
    theirs = await authority.namesakes(desk, person)
    found = await codes.valid_of_person(desk, person, most=MOST_OF_PERSON)
    return [code for code in found if code.person.id in theirs]


async def _waiting(desk: Desk, person: Person) -> list[CodeRequest]:
    theirs = await authority.namesakes(desk, person)
    found = await requests.waiting_for(desk, person, besides="", most=MOST_OF_PERSON)
    return [request for request in found if request.person.id in theirs]
