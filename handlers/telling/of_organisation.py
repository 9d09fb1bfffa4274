"""Notices about the organisation itself: to the operator, that it is registered; to the
organisation, what the operator has decided."""

from dataclasses import dataclass
from typing import Any

from handlers.situations import situation
from handlers.telling.entry import Entry, Subject
from storage.desk import Desk
from storage.outbox import ORGANISATION_REGISTERED
from storage.records import Notice, Organisation
from storage.registering import ORGANISATION_DECIDED
from templates import registering
from templates.message import Message
from templates.words import Words


@dataclass(frozen=True, slots=True)
class OfOrganisation(Subject):
    @property
    def organisation(self) -> Organisation:
        return self.standing.organisation


async def _organisation(desk: Desk, notice: Notice) -> OfOrganisation:
    return OfOrganisation(notice, desk.now, desk.standing)


def _registered(words: Words, subject: OfOrganisation) -> Message:
    return registering.organisation_registered(
        words, subject.organisation, subject.standing.lasting_holders
    )


def _concerns(subject: OfOrganisation) -> bool:
    recipient = subject.notice.recipient
    is_holder = recipient in subject.standing.lasting_holders
    return is_holder or recipient == subject.organisation.registered_by


def _decided(words: Words, subject: OfOrganisation) -> Message:
    seen = situation(subject.standing, subject.now, subject.notice.recipient)
    return registering.organisation_decided(words, subject.organisation, seen)


ENTRIES: tuple[Entry[Any], ...] = (
    Entry(kind=ORGANISATION_REGISTERED, about=_organisation, compose=_registered),
    Entry(kind=ORGANISATION_DECIDED, about=_organisation, holds=_concerns, compose=_decided),
)
