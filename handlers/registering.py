"""Register an organisation where there is none: whoever runs the workspace does."""

import asyncio
import logging
import re
from collections.abc import Sequence

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.members import check_member, profile_now
from handlers.views import opening
from storage.keys import short_name
from storage.records import OrganisationState
from storage.refusals import NoOrganisation, NotAdministrator, OrganisationThere
from storage.registering import Registration, register
from templates import ids
from templates.registering import Entered, register_view, registered_view

log = logging.getLogger(__name__)


async def open_form(call: Call, workspace: Workspace) -> Reply:
    """Filled in with what is known: what waits, or was refused, is put right and sent anew."""
    try:
        async with workspace.looking() as desk:
            there, holders = desk.organisation, desk.standing.lasting_holders
    except NoOrganisation:
        await _require_administrator(call, workspace)
        name = workspace.name
        entered = Entered(name, short_name=short_name(name), holders=(call.user_id,))
        return opening(call, workspace, register_view(workspace.words, entered))
    if there.state is not OrganisationState.AWAITING:
        raise OrganisationThere(there)
    try:
        await _require_administrator(call, workspace)
    except NotAdministrator:
        if there.is_refused:
            raise
        raise OrganisationThere(there) from None
    view = register_view(workspace.words, Entered.of(there, holders), sent=there)
    return opening(call, workspace, view)


async def _require_administrator(call: Call, workspace: Workspace) -> None:
    """As Slack says at this moment.

    Raises:
        NotAdministrator: they run the workspace not, or no longer.
        NotKnown: Slack does not say in time.
    """
    profile = await profile_now(call, workspace)
    if not profile.is_member or not profile.is_administrator:
        raise NotAdministrator


async def send(call: Call, workspace: Workspace) -> Reply:
    fields = Form(call)
    holders = fields.members(ids.FIRST_HOLDERS)
    await asyncio.gather(
        *(check_member(workspace, fields, ids.FIRST_HOLDERS, user_id) for user_id in holders),
        _require_administrator(call, workspace),
    )
    registration = Registration(
        name=fields.organisation_name(),
        number=fields.organisation_number(),
        short_name=fields.short_name(),
        holders=holders,
        is_at_techsoup=fields.says_yes(ids.AT_TECHSOUP),
        issuer=fields.issuer(),
        names=_names(workspace, (call.user_id, *holders)),
    )
    fields.require_right()
    house = workspace.house
    organisation = await register(
        house.ledger,
        workspace.team_id,
        registration,
        call.user_id,
        channel=house.operator_channel,
        seen=_seen(call),
        grid=workspace.grid,
    )
    _tell_operator(workspace)
    view = registered_view(workspace.words, organisation)
    return Reply({"response_action": "update", "view": view.to_dict()})


def _names(workspace: Workspace, user_ids: Sequence[str]) -> dict[str, str]:
    """As Slack has told them just now."""
    known = map(workspace.directory.known, user_ids)
    people = {profile.user_id: profile.name for profile in known if profile and profile.name}
    return {workspace.team_id: workspace.name, **people} if workspace.name else people


def _seen(call: Call) -> int | None:
    """The revision that the form was opened with; None where there was no organisation."""
    text = call.private_metadata
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def _tell_operator(workspace: Workspace) -> None:
    """Who reads the log, where no channel is named."""
    team_id = workspace.team_id
    if workspace.house.operator_channel:
        log.info("organisation_registered", extra={"team": team_id})
        return
    told = workspace.words.gettext(
        "En organisasjon er registrert og venter på svar. Godkjenn den med «organisation "
        "approve %(team)s», eller sett OPERATOR_CHANNEL.",
        team=team_id,
    )
    log.warning("organisation_registered", extra={"team": team_id, "in_words": told})
