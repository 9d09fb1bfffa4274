"""The command and what follows it; help."""

from collections.abc import Awaitable, Callable

from handlers.asking import open_form
from handlers.call import Call, Reply
from handlers.codes import list_codes
from handlers.deciding import open_waiting
from handlers.house import Workspace
from handlers.messages import ephemeral
from handlers.questions import after_command
from templates.help import help_message


async def command(call: Call, workspace: Workspace) -> Reply:
    """Look the word after the command up; anything else is a question."""
    handler = _WORDS.get(call.text.strip().casefold(), after_command)
    return await handler(call, workspace)


async def say_help(call: Call, workspace: Workspace) -> Reply:
    return ephemeral(help_message(workspace.words))


_WORDS: dict[str, Callable[[Call, Workspace], Awaitable[Reply]]] = {
    "": open_form,
    "koder": list_codes,
    "behandle": open_waiting,
    "hjelp": say_help,
}
