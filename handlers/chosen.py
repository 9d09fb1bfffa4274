"""After the choice among several organisations: on with what was to be done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from slack_sdk.models.views import View

from handlers import choosing
from handlers.asking import open_form
from handlers.call import CLOSED, Call, Reply
from handlers.codes import list_codes, list_my_codes
from handlers.deciding import open_waiting
from handlers.feedback import open_question
from handlers.helping import command
from handlers.history import open_history
from handlers.holding import open_list as open_holders
from handlers.home import show_home
from handlers.house import Workspace
from handlers.people import open_list as open_people
from handlers.unanswered import open_list as open_unanswered
from handlers.views import saying_which
from templates import ids

Handler = Callable[[Call, Workspace], Awaitable[Reply]]

HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("command", ids.COMMAND): command,
    ("shortcut", ids.SHORTCUT_ASK): open_form,
    ("action", ids.ASK): open_form,
    ("action", ids.ALL_CODES): list_codes,
    ("action", ids.WAITING): open_waiting,
    ("action", ids.HOLDERS): open_holders,
    ("action", ids.PEOPLE): open_people,
    ("action", ids.HISTORY): open_history,
    ("action", ids.UNANSWERED): open_unanswered,
    ("action", ids.MY_CODES): list_my_codes,
    ("action", ids.ASK_HOLDER): open_question,
}


async def go_on(call: Call, workspace: Workspace) -> Reply:
    """Home shows the one that was chosen. What was to be done is done there, and shown in the place
    of the choice: opened beside it, it might be closed with it."""
    meant, before = await choosing.choose(call, workspace)
    view = await _view(before, meant) if before else None
    action = {"response_action": "update", "view": view.to_dict()} if view else CLOSED

    async def later() -> None:
        await show_home(call, meant)

    return saying_which(meant, Reply(action, later))


async def _view(before: Call, meant: Workspace) -> View | None:
    handler = HANDLERS.get((before.kind, before.id))
    if handler is None:
        return None
    shown: list[View] = []
    reply = await handler(replace(before, shown=shown), meant)
    if reply.later is not None:
        await reply.later()
    return shown[-1] if shown else None
