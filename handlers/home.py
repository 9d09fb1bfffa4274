"""The bot's Home tab: everything the command does, for those who never type commands."""

from collections.abc import Awaitable, Callable, Mapping

from slack_sdk.models.views import View

from handlers.assistant import suggest_prompts
from handlers.call import Call, Reply
from handlers.house import Workspace
from handlers.situations import situation
from handlers.views import publish_home
from storage import codes, requests
from storage.refusals import NoOrganisation
from templates import refusals
from templates.home import home_view
from templates.told import told_home

CODES_SHOWN = 5
PROFILE_SECONDS = 3.0


async def opened(call: Call, workspace: Workspace) -> Reply:
    """The Home tab, or the conversation with the bot, which is a tab beside it."""
    show = _TABS.get(str(call.event.get("tab")))
    if show is None or not call.user_id:
        return Reply()

    async def later() -> None:
        profile = await workspace.directory.profile_within(call.user_id, PROFILE_SECONDS)
        if profile is None or profile.is_member:  # the event does not tell of other workspaces
            await show(call, workspace)

    return Reply(later=later)


async def show_home(call: Call, workspace: Workspace) -> None:
    try:
        view = await _home(call, workspace)
    except NoOrganisation as refusal:
        told = refusals.explain(workspace.words, refusal, None)
        view = told_home(told.mrkdwn)
    await publish_home(workspace, call.user_id, view)


_TABS: Mapping[str, Callable[[Call, Workspace], Awaitable[None]]] = {
    "home": show_home,
    "messages": suggest_prompts,
}


async def _home(call: Call, workspace: Workspace) -> View:
    async with workspace.looking() as desk:
        seen = situation(desk.standing, desk.now, call.user_id)
        waiting = await requests.count_pending(desk) if seen.is_account_holder else 0
        mine = await codes.list_codes(desk, of_user=call.user_id, most=CODES_SHOWN)
    return home_view(
        workspace.words,
        seen,
        waiting=waiting,
        codes=mine,
    )
