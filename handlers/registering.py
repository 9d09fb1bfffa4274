"""Register an organisation where there is none: whoever runs the workspace does."""

import asyncio

from slack_sdk.errors import SlackApiError

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.members import check_member
from handlers.membership import LOOK_SECONDS, NotKnown
from handlers.slack_errors import NETWORK
from handlers.views import opening
from storage.keys import short_name
from storage.refusals import NoOrganisation, NotAdministrator, OrganisationThere
from storage.registering import Registration, register
from templates import ids
from templates.registering import Entered, register_view, registered_view


async def open_form(call: Call, workspace: Workspace) -> Reply:
    """Filled in with what is known: where it was refused, with what was sent."""
    await _require_administrator(call, workspace)
    try:
        async with workspace.looking() as desk:
            there, holders = desk.organisation, desk.standing.lasting_holders
    except NoOrganisation:
        name = workspace.name
        entered = Entered(name, short_name=short_name(name), holders=(call.user_id,))
        return opening(call, workspace, register_view(workspace.words, entered))
    if not there.is_refused:
        raise OrganisationThere(there)
    entered = Entered.of(there, holders)
    view = register_view(workspace.words, entered, verdict=there.verdict)
    return opening(call, workspace, view)


async def _require_administrator(call: Call, workspace: Workspace) -> None:
    """As Slack says at this moment.

    Raises:
        NotAdministrator: they run the workspace not, or no longer.
        NotKnown: Slack does not say in time.
    """
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            profile = await workspace.directory.profile_anew(call.user_id)
    except (SlackApiError, *NETWORK) as error:
        raise NotKnown from error
    if not profile.is_member or not profile.is_administrator:
        raise NotAdministrator


async def send(call: Call, workspace: Workspace) -> Reply:
    fields = Form(call)
    holders = fields.members(ids.FIRST_HOLDERS)
    for user_id in holders:
        await check_member(workspace, fields, ids.FIRST_HOLDERS, user_id)
    registration = Registration(
        name=fields.organisation_name(),
        number=fields.organisation_number(),
        short_name=fields.short_name(),
        holders=holders,
        is_at_techsoup=fields.says_yes(ids.AT_TECHSOUP),
        issuer=fields.issuer(),
    )
    fields.require_right()
    await _require_administrator(call, workspace)
    house = workspace.house
    organisation = await register(
        house.ledger,
        workspace.team_id,
        registration,
        call.user_id,
        channel=house.operator_channel,
    )
    view = registered_view(workspace.words, organisation)
    return Reply({"response_action": "update", "view": view.to_dict()})
