"""A notice before it is sent: what it says, or why it is not sent."""

from dataclasses import dataclass
from typing import Any

from handlers.house import Workspace
from handlers.telling import people
from handlers.telling.entry import Entry, Subject
from handlers.telling.registry import BY_KIND
from storage import outbox
from storage.database import Transaction
from storage.desk import AskingDesk, Ledger
from storage.records import Notice
from templates.message import Message


@dataclass(frozen=True, slots=True)
class Ready:
    """To be posted, or brought up to date where it has been."""

    recipient: str
    message: Message


@dataclass(frozen=True, slots=True)
class Unneeded:
    """There is nothing to send any more."""


@dataclass(frozen=True, slots=True)
class Readdressed:
    """Other notices have taken its place."""


class UnknownKind(LookupError):  # noqa: N818
    """There is no entry for this kind of notice."""


async def prepare(workspace: Workspace, notice: Notice) -> Ready | Unneeded | Readdressed:
    """As things stand in the ledger now.

    Raises:
        UnknownKind: another version of the bot has written it.
        NotFound: it is about something that is not in the ledger.
        SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell who somebody is.
    """
    if notice.kind not in BY_KIND:
        raise UnknownKind(notice.kind)
    ledger, entry = workspace.house.ledger, BY_KIND[notice.kind]
    subject = await _read(ledger, entry, notice)
    if await people.look_up(workspace, subject.person):
        subject = await _read(ledger, entry, notice)
    recipient = notice.recipient
    if recipient is None or entry.has_lost_its_reader(subject):
        async with ledger.asking_at(notice.organisation_id) as desk:
            await outbox.replace(desk, notice, *await entry.address(desk, subject))
        return Readdressed()
    if not entry.holds(subject):
        return Unneeded()
    return Ready(recipient, _marked(entry.compose(workspace.words, subject), notice.id))


async def _read(ledger: Ledger, entry: Entry[Any], notice: Notice) -> Subject:
    async with ledger.looking_at(notice.organisation_id) as desk:
        subject: Subject = await entry.about(desk, notice)
        return subject


def _marked(message: Message, notice_id: str) -> Message:
    """Its first block carries the notice's id, by which its copy is found again in Slack."""
    first, *rest = message.blocks
    return Message(message.text, [{**first, "block_id": notice_id}, *rest])


async def given_up(transaction: Transaction, ledger: Ledger, notice: Notice) -> None:
    """It can never be delivered: tell those who have to know instead, if it is of that kind."""
    entry = BY_KIND.get(notice.kind)
    if entry is not None and entry.hand_on is not None:
        desk = await AskingDesk.of(transaction, ledger.keyring, notice.organisation_id)
        await outbox.tell(desk, *entry.hand_on(desk, notice))
