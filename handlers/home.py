"""The bot's Home tab: everything the command does, for those who never type commands."""

from collections.abc import Awaitable, Callable, Mapping

from slack_sdk.models.views import View

from handlers.assistant import suggest_prompts
from handlers.call import Call, Reply
from handlers.services import Services
from handlers.situations import situation
from storage import codes, organisations, requests
from storage.refusals import NoOrganisation
from templates import refusals
from templates.home import home_view

CODES_SHOWN = 5
PROFILE_SECONDS = 3.0


async def opened(call: Call, services: Services) -> Reply:
    """The Home tab, or the conversation with the bot, which is a tab beside it."""
    show = _TABS.get(str(call.event.get("tab")))
    if show is None:
        return Reply()

    async def later() -> None:
        profile = await services.directory.profile_within(call.user_id, PROFILE_SECONDS)
        if profile is None or profile.is_member:  # the event does not tell of other workspaces
            await show(call, services)

    return Reply(later=later)


async def show_home(call: Call, services: Services) -> None:
    try:
        view = await _home(call, services)
    except NoOrganisation as refusal:
        told = refusals.explain(services.words, refusal, None)
        view = refusals.told_home(services.words, told)
    await services.client.views_publish(user_id=call.user_id, view=view)


_TABS: Mapping[str, Callable[[Call, Services], Awaitable[None]]] = {
    "home": show_home,
    "messages": suggest_prompts,
}


async def _home(call: Call, services: Services) -> View:
    async with services.database.reading() as transaction:
        standing = await organisations.standing_of_team(transaction, call.team_id)
        organisation = standing.organisation
        holder = standing.is_account_holder(call.user_id)
        waiting = await requests.count_pending(transaction, organisation.id) if holder else 0
        mine = await codes.list_codes(
            transaction, organisation.id, of_user=call.user_id, most=CODES_SHOWN
        )
    return home_view(
        services.words,
        situation(standing, services.database.clock(), call.user_id),
        waiting=waiting,
        codes=mine,
    )
