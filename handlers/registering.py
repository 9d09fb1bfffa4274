"""Register an organisation where there is none: whoever runs the workspace does."""

import asyncio
import logging
from collections.abc import Sequence

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.members import check_member, profile_now
from handlers.views import opening, showing_again
from storage.keys import short_name
from storage.organisations import of_team
from storage.records import Organisation, OrganisationState
from storage.refusals import NotAdministrator, OrganisationThere
from storage.registering import Registration, Seen, register
from templates import ids
from templates.registering import ANOTHER, Entered, register_view, registered_view

log = logging.getLogger(__name__)


async def open_form(call: Call, workspace: Workspace) -> Reply:
    """Filled in with what is known: what waits, or was refused, is put right and sent anew."""
    ledger = workspace.house.ledger
    async with ledger.database.reading() as reading:
        found = await of_team(reading, workspace.team_id)
    if not found:
        await _require_administrator(call, workspace)
        name = workspace.name
        entered = Entered(name, short_name=short_name(name), holders=(call.user_id,))
        return opening(call, workspace, register_view(workspace.words, entered))
    there = _to_be_put_right(call, found)
    if there.state is not OrganisationState.AWAITING:
        raise OrganisationThere(there)
    try:
        await _require_administrator(call, workspace)
    except NotAdministrator:
        if there.is_refused:
            raise
        raise OrganisationThere(there) from None
    async with ledger.looking_at(there.id) as desk:
        holders = desk.standing.lasting_holders
    view = register_view(workspace.words, Entered.of(there, holders), sent=there)
    return opening(call, workspace, view)


def _to_be_put_right(call: Call, found: Sequence[Organisation]) -> Organisation:
    """The newest that waits, one's own before others'; else the newest there is."""
    waiting = [each for each in found if each.state is OrganisationState.AWAITING]
    own = [each for each in waiting if each.registered_by == call.user_id]
    return (own or waiting or found)[-1]


async def open_another(call: Call, workspace: Workspace) -> Reply:
    """Where the workspace has one: local branches often share theirs."""
    await _require_administrator(call, workspace)
    entered = Entered(holders=(call.user_id,))
    view = register_view(workspace.words, entered, is_another=True)
    return showing_again(call, workspace, view)


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
        seen=Seen.read(call.private_metadata) if ":" in call.private_metadata else None,
        another=call.private_metadata == ANOTHER,
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
