"""A notice before it is sent: what it says, or why it is not sent."""

from dataclasses import dataclass
from typing import Any

from handlers.directory import Directory
from handlers.telling import people
from handlers.telling.entry import Entry, Subject
from handlers.telling.registry import BY_KIND
from storage import organisations, outbox
from storage.database import Database, Transaction
from storage.records import Notice
from templates.message import Message
from templates.words import Words


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


async def prepare(
    notice: Notice, database: Database, directory: Directory, words: Words
) -> Ready | Unneeded | Readdressed:
    """As things stand in the ledger now.

    Raises:
        NotFound: it is about something that is not in the ledger.
        SlackApiError, aiohttp.ClientError, TimeoutError: Slack did not tell who somebody is.
    """
    entry = BY_KIND[notice.kind]
    subject = await _read(entry, notice, database)
    if await people.look_up(subject.person, database, directory):
        subject = await _read(entry, notice, database)
    recipient = notice.recipient
    if recipient is None or entry.has_lost_its_reader(subject):
        async with database.transaction() as transaction:
            await outbox.replace(transaction, notice, await entry.address(transaction, subject))
        return Readdressed()
    if not entry.holds(subject):
        return Unneeded()
    return Ready(recipient, _marked(entry.compose(words, subject), notice.id))


async def _read(entry: Entry[Any], notice: Notice, database: Database) -> Subject:
    async with database.reading() as transaction:
        standing = await organisations.standing_of(transaction, notice.organisation_id)
        subject: Subject = await entry.about(transaction, standing, notice)
        return subject


def _marked(message: Message, notice_id: str) -> Message:
    """Its first block carries the notice's id, by which its copy is found again in Slack."""
    first, *rest = message.blocks
    return Message(message.text, [{**first, "block_id": notice_id}, *rest])


async def given_up(transaction: Transaction, notice: Notice) -> None:
    """It can never be delivered: tell those who have to know instead, if it is of that kind."""
    hand_on = BY_KIND[notice.kind].hand_on
    if hand_on is not None:
        standing = await organisations.standing_of(transaction, notice.organisation_id)
        await outbox.add(transaction, hand_on(transaction, standing, notice))
