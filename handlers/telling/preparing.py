"""A notice before it is sent: what it says, or why it is not sent."""

from datetime import timedelta
from typing import Any

from msgspec import Struct

from handlers import coming_and_going
from handlers.directory import Urgency
from handlers.house import Workspace
from handlers.telling import people
from handlers.telling.entry import Entry, Subject
from handlers.telling.places import is_public
from handlers.telling.registry import BY_KIND
from storage import claiming, outbox
from storage.database import Transaction
from storage.desk import AskingDesk, Ledger
from storage.records import Notice, NoticeKind, Turn
from templates.choosing import about
from templates.message import MOST_BLOCKS_SAID, Message
from templates.words import Words

SEEN_WITHIN = timedelta(hours=1)
"""Whoever was seen so lately is here: Slack tells of those who leave, unless we were not there."""


WAITS_FOR_A_NAME = timedelta(minutes=10)
"""How long what is for somebody who is known waits for Slack to tell whom it is about."""


class Ready(Struct, frozen=True):
    """To be posted, or brought up to date where it has been."""

    recipient: str
    message: Message


class Unneeded(Struct, frozen=True):
    """There is nothing to send any more."""

    took_a_call: bool = False
    """Whether Slack was called to find that out, or to take something away."""


class Gone(Struct, frozen=True):
    """Its copy is to be taken away."""


class Readdressed(Struct, frozen=True):
    """Other notices have taken its place, or it waits until there is somebody to tell."""


class UnknownKind(LookupError):  # noqa: N818
    """There is no entry for this kind of notice."""


def is_rather_told_twice(kind: NoticeKind) -> bool:
    """Where the bot cannot see whether Slack has taken it."""
    entry = BY_KIND.get(kind)
    return entry is not None and entry.rather_twice


Prepared = Ready | Unneeded | Gone | Readdressed


async def prepare(workspace: Workspace, notice: Notice) -> Prepared:
    """As things stand in the ledger now.

    Raises:
        UnknownKind: another version of the bot has written it.
        NotFound: it is about something that is not in the ledger.
        NotYet: Slack has been asked too much about who is who.
        SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell who somebody is.
    """
    if notice.kind not in BY_KIND:
        raise UnknownKind(notice.kind)
    ledger, entry = workspace.house.ledger, BY_KIND[notice.kind]
    urgency = Urgency.DUE if notice.turn is Turn.TIME else Urgency.NOW
    is_here = await _is_recipient_here(workspace, notice, urgency)
    subject = await _read(ledger, entry, notice)
    if await _is_past(ledger, entry, subject):
        return Gone() if subject.has_copy else Unneeded()
    waited = subject.now - notice.created_at
    is_needed = notice.recipient is None or waited < WAITS_FOR_A_NAME
    if await people.look_up(workspace, subject.person, subject.now, urgency, is_needed=is_needed):
        subject = await _read(ledger, entry, notice)
    recipient = notice.recipient
    if recipient is None or entry.has_lost_its_reader(subject):
        async with ledger.asking_at(notice.organisation_id) as desk:
            await claiming.replace(desk, notice, *await entry.address(desk, subject))
        return Readdressed()
    if not is_here or not entry.holds(subject):
        return Unneeded()
    message = _marked(entry.compose(workspace.words, subject), notice.id)
    return Ready(recipient, _saying_which(workspace.words, message, subject))


async def _is_past(ledger: Ledger, entry: Entry[Any], subject: Subject) -> bool:
    """What was told once is kept up to date all the same, or taken away."""
    if (entry.goes if subject.has_copy else entry.is_over)(subject):
        return True
    if not entry.is_overtaken_by_next:
        return False
    async with ledger.looking_at(subject.notice.organisation_id) as desk:
        return await outbox.is_overtaken(desk, subject.notice)


async def _is_recipient_here(workspace: Workspace, notice: Notice, urgency: Urgency) -> bool:
    """Nothing is told to a closed account, which takes messages as any other: whoever is gone is
    let go, and others are told instead where that is the rule."""
    recipient, is_told = notice.recipient, bool(notice.ts) or is_public(notice.place)
    if recipient is None or is_told:
        return True
    if await workspace.directory.is_here(recipient, SEEN_WITHIN, urgency):
        return True
    await coming_and_going.let_go(workspace, recipient)
    return False


async def _read(ledger: Ledger, entry: Entry[Any], notice: Notice) -> Subject:
    async with ledger.looking_at(notice.organisation_id) as desk:
        subject: Subject = await entry.about(desk, notice)
        return subject


def _marked(message: Message, notice_id: str) -> Message:
    """Its first block carries the notice's id, by which its copy is found again in Slack."""
    first, *rest = message.blocks
    return Message(message.text, [{**first, "block_id": notice_id}, *rest])


def _saying_which(words: Words, message: Message, subject: Subject) -> Message:
    """Of several organisations, where somebody may have to do with more than one."""
    standing = subject.standing
    if not standing.is_one_of_several or len(message.blocks) >= MOST_BLOCKS_SAID:
        return message
    lines = [block.to_dict() for block in about(words, standing.organisation.name)]
    return Message(message.text, [*message.blocks, *lines])


async def given_up(transaction: Transaction, ledger: Ledger, notice: Notice) -> None:
    """It can never be delivered: tell those who have to know instead, if it is of that kind."""
    entry = BY_KIND.get(notice.kind)
    if entry is not None and entry.hand_on is not None:
        desk = await AskingDesk.of(transaction, ledger.keyring, notice.organisation_id)
        await outbox.tell(desk, *await entry.hand_on(desk, notice))
