"""The command and what follows it; help."""

from collections.abc import Awaitable, Callable

from handlers.asking import open_form
from handlers.call import Call, Reply
from handlers.codes import list_codes
from handlers.deciding import open_waiting
from handlers.history import open_history
from handlers.holding import open_list as open_holders
from handlers.house import Workspace
from handlers.messages import ephemeral
from handlers.people import open_list as open_people
from handlers.questions import after_command
from handlers.registering import open_form as open_registration
from storage.database import DatabaseUnavailable
from storage.refusals import NoOrganisation
from templates.help import help_message


async def command(call: Call, workspace: Workspace) -> Reply:
    """Look the word after the command up; anything else is a question."""
    handler = _WORDS.get(call.text.strip().casefold(), after_command)
    return await handler(call, workspace)


async def say_help(call: Call, workspace: Workspace) -> Reply:
    holder = await _is_account_holder(call, workspace)
    return ephemeral(help_message(workspace.words, account_holder=holder))


async def _is_account_holder(call: Call, workspace: Workspace) -> bool:
    """Help is there for everybody, also when nothing can be looked up."""
    known = workspace.holders.known()
    if known is None:
        try:
            async with workspace.looking() as desk:
                known = frozenset(desk.standing.holders)
        except (NoOrganisation, DatabaseUnavailable):
            return False
        workspace.holders.keep(known)
    return call.user_id in known


_WORDS: dict[str, Callable[[Call, Workspace], Awaitable[Reply]]] = {
    "": open_form,
    "koder": list_codes,
    "behandle": open_waiting,
    "kontoholdere": open_holders,
    "personer": open_people,
    "historikk": open_history,
    "registrer": open_registration,
    "hjelp": say_help,
}
