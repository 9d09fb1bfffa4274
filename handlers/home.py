"""The bot's Home tab: everything the command does, for those who never type commands."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from slack_sdk.models.views import View

from handlers.assistant import suggest_prompts
from handlers.call import Call, Reply
from handlers.house import Workspace
from handlers.membership import NotKnown, OtherWorkspace, look_up
from handlers.situations import situation
from handlers.slack_errors import SLACK_FAILED, name_of
from handlers.views import publish_home
from storage import codes, requests
from storage.refusals import NoOrganisation
from templates import refusals
from templates.home import home_view
from templates.mishaps import Mishap, explain_mishap
from templates.told import told_home

log = logging.getLogger(__name__)

CODES_SHOWN = 5
REQUESTS_SHOWN = 3
"""Of one's own that wait."""

PROFILE_SECONDS = 3.0


async def opened(call: Call, workspace: Workspace) -> Reply:
    """The Home tab, or the conversation with the bot, which is a tab beside it."""
    show = _TABS.get(str(call.event.get("tab")))
    if show is None or not call.user_id:
        return Reply()

    async def later() -> None:
        try:  # the event does not tell where the person belongs
            await look_up(call, workspace, PROFILE_SECONDS)
        except (OtherWorkspace, NotKnown) as error:
            if show is show_home:
                await _stay_closed(call, workspace, error)
        else:
            await show(call, workspace)

    return Reply(later=later)


async def _stay_closed(call: Call, workspace: Workspace, error: Exception) -> None:
    """Shut, with a word about it; it opens when Slack has said that they belong here."""
    is_known = isinstance(error, OtherWorkspace)
    mishap = Mishap.OTHER_WORKSPACE if is_known else Mishap.MEMBER_NOT_KNOWN
    view = told_home(explain_mishap(workspace.words, mishap).mrkdwn)
    try:
        await publish_home(workspace, call.user_id, view)
    except SLACK_FAILED as failure:
        log.info("home_not_shown", extra={"error": name_of(failure)})


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
        asked = await requests.all_pending_of(desk, call.user_id, most=REQUESTS_SHOWN)
    return home_view(
        workspace.words,
        seen,
        waiting=waiting,
        codes=mine,
        asked=asked,
    )
