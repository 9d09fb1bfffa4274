"""The command and what follows it; help."""

from collections.abc import Awaitable, Callable

from handlers.asking import open_form
from handlers.call import Call, Reply
from handlers.codes import list_codes
from handlers.deciding import open_waiting
from handlers.messages import ephemeral
from handlers.questions import after_command
from handlers.services import Services
from templates.help import help_message


async def command(call: Call, services: Services) -> Reply:
    """Look the word after the command up; anything else is a question."""
    handler = _WORDS.get(call.text.strip().casefold(), after_command)
    return await handler(call, services)


async def say_help(call: Call, services: Services) -> Reply:
    return ephemeral(help_message(services.words))


_WORDS: dict[str, Callable[[Call, Services], Awaitable[Reply]]] = {
    "": open_form,
    "koder": list_codes,
    "behandle": open_waiting,
    "hjelp": say_help,
}
