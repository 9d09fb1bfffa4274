"""The bot's Home tab: everything the command does, for those who never type commands."""

from collections.abc import Awaitable, Callable, Mapping

from slack_sdk.models.views import View

from handlers.assistant import suggest_prompts
from handlers.call import Call, Reply
from handlers.house import Workspace
from storage import codes, requests
from storage.records import OrganisationState
from storage.refusals import NoOrganisation
from templates import refusals
from templates.codes import Reader
from templates.home import home_view

CODES_SHOWN = 5
PROFILE_SECONDS = 3.0


async def opened(call: Call, workspace: Workspace) -> Reply:
    """The Home tab, or the conversation with the bot, which is a tab beside it."""
    show = _TABS.get(str(call.event.get("tab")))
    if show is None:
        return Reply()

    async def later() -> None:
        profile = await workspace.directory.profile_within(call.user_id, PROFILE_SECONDS)
        if profile is None or profile.is_member:  # the event does not tell of other workspaces
            await show(call, workspace)

    return Reply(later=later)


async def show_home(call: Call, workspace: Workspace) -> None:
    try:
        view = await _home(call, workspace)
    except NoOrganisation:
        told = refusals.explain(workspace.words, "NoOrganisation", refusals.Facts())
        view = refusals.told_home(workspace.words, told)
    await workspace.client.views_publish(user_id=call.user_id, view=view)


_TABS: Mapping[str, Callable[[Call, Workspace], Awaitable[None]]] = {
    "home": show_home,
    "messages": suggest_prompts,
}


async def _home(call: Call, workspace: Workspace) -> View:
    async with workspace.looking() as desk:
        organisation, standing = desk.organisation, desk.standing
        holder = standing.is_account_holder(call.user_id)
        waiting = await requests.count_pending(desk) if holder else 0
        mine = await codes.list_codes(desk, of_user=call.user_id, most=CODES_SHOWN)
        now = desk.now
    return home_view(
        workspace.words,
        name=organisation.name,
        approved=organisation.state is OrganisationState.APPROVED,
        suspended=organisation.state is OrganisationState.SUSPENDED,
        reader=Reader(call.user_id, holder),
        holders=standing.holders,
        waiting=waiting,
        codes=mine,
        now=now,
    )
