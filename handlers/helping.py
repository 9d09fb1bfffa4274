"""The command and what follows it; help; what is written to the bot in a direct message."""

from collections.abc import Awaitable, Callable

from handlers.asking import open_form
from handlers.call import Call, Reply
from handlers.codes import list_codes
from handlers.deciding import open_waiting
from handlers.services import Services
from storage import organisations, outbox
from storage.records import NoticeKind
from templates import notices
from templates.message import Message


async def command(call: Call, services: Services) -> Reply:
    """Look the word after the command up; anything else is a question."""
    handler = _WORDS.get(call.text.strip().casefold(), question)
    return await handler(call, services)


async def say_help(call: Call, services: Services) -> Reply:
    return ephemeral(notices.help_message(services.words))


async def question(call: Call, services: Services) -> Reply:
    return ephemeral(notices.cannot_answer_yet(services.words))


_WORDS: dict[str, Callable[[Call, Services], Awaitable[Reply]]] = {
    "": open_form,
    "koder": list_codes,
    "behandle": open_waiting,
    "hjelp": say_help,
}


_WRITTEN = (None, "file_share", "me_message", "thread_broadcast")
"""What people write; every other subtype is an edit, a deletion or the like."""


def ephemeral(message: Message) -> Reply:
    """An answer to the command that only the person who typed it sees."""
    return Reply({"response_type": "ephemeral", "text": message.text, "blocks": message.blocks})


async def direct_message(call: Call, services: Services) -> Reply:
    """Somebody wrote to the bot: tell them what it can do, once however often Slack tells us.

    Edits, deletions and what bots write (our own messages too) have a subtype or a bot's id.
    """
    event = call.event
    is_written = event.get("subtype") in _WRITTEN and not event.get("bot_id")
    if event.get("channel_type") != "im" or not is_written or not call.user_id:
        return Reply()
    async with services.database.transaction() as transaction:
        standing = await organisations.standing_to_ask(transaction, call.team_id)
        notice = outbox.notice(
            transaction,
            standing.organisation.id,
            NoticeKind.HELP,
            call.user_id,
            key=call.event_id,
        )
        await outbox.add(transaction, [notice])
    services.wake()
    return Reply()
