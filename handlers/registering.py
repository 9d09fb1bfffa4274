"""Register an organisation where there is none: whoever runs the workspace does."""

import asyncio
import logging
from collections.abc import Sequence

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.members import check_member, profile_now
from handlers.views import opening
from storage.keys import short_name
from storage.organisations import called, of_team
from storage.records import MOST_OF_ONE_WORKSPACE, Organisation
from storage.refusals import NoMoreOrganisations, NotAdministrator, OrganisationThere, Refusal
from storage.registering import Registration, Seen, register
from storage.standing import Standing
from templates import ids
from templates.registering import ANOTHER, Entered, register_view, registered_view

log = logging.getLogger(__name__)


async def open_form(call: Call, workspace: Workspace) -> Reply:
    """Filled in with what is known: what one has sent, and waits or was refused, is put right and
    sent anew."""
    async with workspace.house.ledger.database.reading() as reading:
        found = await of_team(reading, workspace.team_id)
    if not found:
        await _require_administrator(call, workspace)
        name = workspace.name
        entered = Entered(name, short_name=short_name(name), holders=(call.user_id,))
        return opening(call, workspace, register_view(workspace.words, entered))
    own = await _to_be_put_right(call, workspace, found)
    if own is None:
        raise _there(found)
    try:
        await _require_administrator(call, workspace)
    except NotAdministrator:
        if own.organisation.is_refused:
            raise
        raise OrganisationThere(own.organisation, is_one_of_several=len(found) > 1) from None
    return opening(call, workspace, _filled_in(workspace, own, found))


def _there(found: Sequence[Organisation]) -> Refusal:
    """What waits is told of first."""
    if len(found) >= MOST_OF_ONE_WORKSPACE:
        return NoMoreOrganisations()
    waiting = [each for each in found if not each.is_answered]
    return OrganisationThere((waiting or found)[-1], is_one_of_several=len(found) > 1)


def _filled_in(workspace: Workspace, own: Standing, found: Sequence[Organisation]) -> View:
    there = own.organisation
    return register_view(
        workspace.words,
        Entered.of(there, own.lasting_holders),
        sent=there,
        offers_another=len(found) < MOST_OF_ONE_WORKSPACE,
    )


async def _to_be_put_right(
    call: Call, workspace: Workspace, found: Sequence[Organisation]
) -> Standing | None:
    """What is one's own and waits, or was refused: that which the button is about, else the newest.
    Somebody else's is left to them."""
    own = None
    for each in found:
        if each.is_answered:
            continue
        async with workspace.house.ledger.looking_at(each.id) as desk:
            standing = desk.standing
        if standing.organisation.is_put_right_by(call.user_id, standing.lasting_holders):
            own = standing
            if each.id == call.value:
                break
    return own


async def open_another(call: Call, workspace: Workspace) -> Reply:
    """Where the workspace has one: local branches often share theirs. Over a form in which one was
    to be put right: what was typed there stays."""
    await _require_administrator(call, workspace)
    async with workspace.house.ledger.database.reading() as reading:
        if len(await of_team(reading, workspace.team_id)) >= MOST_OF_ONE_WORKSPACE:
            raise NoMoreOrganisations
    entered = Entered(holders=(call.user_id,))
    view = register_view(workspace.words, entered, is_another=True)
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
        seen=Seen.read(call.private_metadata) if ":" in call.private_metadata else None,
        another=call.private_metadata == ANOTHER,
        grid=workspace.grid,
    )
    await _tell_operator(workspace, organisation)
    view = registered_view(workspace.words, organisation)
    return Reply({"response_action": "update", "view": view.to_dict()})


def _names(workspace: Workspace, user_ids: Sequence[str]) -> dict[str, str]:
    """As Slack has told them just now."""
    known = map(workspace.directory.known, user_ids)
    people = {profile.user_id: profile.name for profile in known if profile and profile.name}
    return {workspace.team_id: workspace.name, **people} if workspace.name else people


async def _tell_operator(workspace: Workspace, organisation: Organisation) -> None:
    """Who reads the log, where no channel is named."""
    team_id = workspace.team_id
    if workspace.house.operator_channel:
        log.info("organisation_registered", extra={"team": team_id})
        return
    async with workspace.house.ledger.database.reading() as reading:
        names = called(await of_team(reading, team_id))
    told = workspace.words.gettext(
        "En organisasjon er registrert og venter på svar. Godkjenn den med «organisation "
        "approve %(team)s», eller sett OPERATOR_CHANNEL.",
        team=names[organisation.id],
    )
    log.warning("organisation_registered", extra={"team": team_id, "in_words": told})
