"""Notices about the organisation itself: to the operator, that it is registered; to the
organisation, what the operator has decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from handlers.situations import situation
from handlers.telling.entry import Entry, Subject
from storage import audit, leaving, outbox, registering
from storage.audit import Decision
from storage.desk import Desk
from storage.outbox import ORGANISATION_DECIDED, ORGANISATION_LEAVING, ORGANISATION_REGISTERED
from storage.records import Action, Notice, Organisation
from templates import registering as screens
from templates.message import Message
from templates.words import Words


class OfOrganisation(Subject, frozen=True):
    decision: Decision | None
    """The last there was."""

    is_overtaken: bool
    """Whether the same person is told of a later decision, or the operator of a later form."""

    registrants: Sequence[str] = ()
    """Who has sent its registration."""

    same_number: Sequence[str] = ()
    """Other organisations that are registered under its number."""

    @property
    def organisation(self) -> Organisation:
        return self.standing.organisation


async def _organisation(desk: Desk, notice: Notice) -> OfOrganisation:
    return OfOrganisation(
        notice,
        desk.now,
        desk.standing,
        await audit.last_decision(desk),
        await registering.is_sent_anew(desk, notice),
        same_number=await registering.same_number(desk),
    )


async def _decision(desk: Desk, notice: Notice) -> OfOrganisation:
    decision = await audit.last_decision(desk)
    is_overtaken = await outbox.is_overtaken(desk, notice)
    registrants = await audit.who(desk, Action.ORGANISATION_REGISTERED)
    return OfOrganisation(notice, desk.now, desk.standing, decision, is_overtaken, registrants)


def _registered(words: Words, subject: OfOrganisation) -> Message:
    there, holders = subject.organisation, subject.standing.lasting_holders
    if subject.is_overtaken:
        return screens.organisation_sent_anew(words, there)
    return screens.organisation_registered(
        words,
        there,
        holders,
        decision=subject.decision,
        same_number=subject.same_number,
        is_elsewhere=subject.notice.team_id != there.team_id,
    )


def _concerns(subject: OfOrganisation) -> bool:
    """Nothing is told twice, or of what is undecided again."""
    if subject.is_overtaken or subject.organisation.is_awaiting_answer:
        return False
    recipient = subject.notice.recipient
    return recipient in (*subject.standing.lasting_holders, *subject.registrants)


def _decided(words: Words, subject: OfOrganisation) -> Message:
    seen = situation(subject.standing, subject.now, subject.notice.recipient)
    is_open_again = subject.decision is not None and subject.decision.is_reopening
    return screens.organisation_decided(words, seen, is_open_again=is_open_again)


class Leaving(Subject, frozen=True):
    goes_at: datetime | None
    """When all that it has here is forgotten; None where the bot is there again."""


async def _leaving(desk: Desk, notice: Notice) -> Leaving:
    return Leaving(notice, desk.now, desk.standing, await leaving.goes_at(desk))


def _is_back(subject: Leaving) -> bool:
    return subject.goes_at is None


def _goes(words: Words, subject: Leaving) -> Message:
    return screens.organisation_leaving(words, subject.standing.organisation, subject.goes_at)


ENTRIES: tuple[Entry[Any], ...] = (
    Entry(
        kind=ORGANISATION_REGISTERED,
        about=_organisation,
        compose=_registered,
        rather_twice=True,
    ),
    Entry(
        kind=ORGANISATION_LEAVING,
        about=_leaving,
        is_over=_is_back,
        compose=_goes,
        rather_twice=True,
    ),
    Entry(kind=ORGANISATION_DECIDED, about=_decision, holds=_concerns, compose=_decided),
)
