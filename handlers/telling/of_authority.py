"""Notices about who has authority: whom to confirm anew, and that one's own is withdrawn."""

from typing import Any

from handlers.telling.entry import Entry, Subject
from storage import authority, codes, register
from storage.desk import Desk
from storage.outbox import AUTHORITY_CHECK
from storage.records import Confirmation, Notice, OrganisationState, Person
from storage.register import Registered
from storage.vouching import AUTHORITY_WITHDRAWN
from templates import authority_notices
from templates.authority_notices import MOST_LISTED
from templates.message import Message
from templates.words import Words


class OfCheck(Subject, frozen=True):
    listed: tuple[Registered, ...]
    """One more than there is room for, if there are as many."""


class OfPerson(Subject, frozen=True):
    of: Person
    word: Confirmation
    has_codes: bool


async def _check(desk: Desk, notice: Notice) -> OfCheck:
    listed = await register.to_confirm(desk, most=MOST_LISTED + 1)
    return OfCheck(notice, desk.now, desk.standing, tuple(listed))


async def _person(desk: Desk, notice: Notice) -> OfPerson:
    """
    Raises:
        NotFound: their time here is over.
    """
    person = await authority.find_person(desk, notice.person_id or "")
    word = await authority.latest_confirmation(desk, person.id)
    assert word is not None  # which goes with the person
    good = await codes.valid_of_person(desk, person, most=1)
    return OfPerson(notice, desk.now, desk.standing, person, word, bool(good))


def _is_to_be_asked(subject: OfCheck) -> bool:
    approved = subject.standing.organisation.state is OrganisationState.APPROVED
    return bool(subject.listed) and subject.is_for_account_holder and approved


def _is_nothing_to_ask(subject: OfCheck) -> bool:
    return not _is_to_be_asked(subject)


def _is_withdrawn(subject: OfPerson) -> bool:
    """Nobody is told who has been confirmed anew meanwhile; what was told is left as it was."""
    return subject.word.withdrawn_at is not None


def _is_of_the_year(subject: OfCheck, entry: Registered) -> bool:
    before = subject.standing.organisation.review_before
    return before is not None and entry.word.confirmed_at <= before


def _asked(words: Words, subject: OfCheck) -> Message:
    listed = subject.listed[:MOST_LISTED]
    return authority_notices.authority_check(
        words,
        listed,
        subject.now,
        more=len(subject.listed) > MOST_LISTED,
        yearly=any(_is_of_the_year(subject, each) for each in listed),
    )


def _withdrawn(words: Words, subject: OfPerson) -> Message:
    others = [user for user in subject.standing.holders if user != subject.notice.recipient]
    return authority_notices.authority_withdrawn(
        words, by=subject.word.withdrawn_by, has_codes=subject.has_codes, holders=others
    )


ENTRIES: tuple[Entry[Any], ...] = (
    Entry(
        kind=AUTHORITY_CHECK,
        about=_check,
        is_overtaken_by_next=True,
        goes=_is_nothing_to_ask,
        holds=_is_to_be_asked,
        compose=_asked,
    ),
    Entry(kind=AUTHORITY_WITHDRAWN, about=_person, holds=_is_withdrawn, compose=_withdrawn),
)
