"""The one workspace whose token stands in the settings: what they say of its organisation, and what
is looked after there for as long as the bot runs."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.installing.served import Served, show_what_waits, workspace
from bot.living import Check, Life, Unwell
from bot.settings import Settings
from bot.slack.installing import Clients, Installation
from bot.words import _, program
from handlers import roll_call
from handlers.house import House, Registry, Workspace
from handlers.roll_call import RollCall
from handlers.ties import Ties
from storage import organisations
from storage.desk import Ledger
from storage.records import OrganisationState

log = logging.getLogger(__name__)


@asynccontextmanager
async def one_workspace(
    settings: Settings, house: House, installation: Installation, slack: Clients, life: Life
) -> AsyncIterator[Served]:
    """While it is served."""
    served = workspace(house, installation, slack)
    await _follow_settings(settings, served, installation.team_name)
    roll = RollCall(served, house.ledger.database.clock)
    life.watch("installation", _is_taken(served.ties))
    async with (
        life.lives("installation", served.ties.look_after),
        life.lives("roll_call", roll.keep),
    ):
        yield Served(Registry([served]), roll.wake)


def _is_taken(ties: Ties) -> Check:
    async def is_taken() -> bool:
        if ties.trouble:
            raise Unwell(ties.trouble)
        return True

    return is_taken


async def _warn_without_organisation(ledger: Ledger, team_id: str) -> None:
    async with ledger.database.reading() as reading:
        there = await organisations.of_team(reading, team_id)
    if not there:
        told = _(
            "Arbeidsområdet har ingen organisasjon, så ingen kan be om kode. Sett "
            "ACCOUNT_HOLDERS, og start boten på nytt, eller la en administrator registrere den i "
            "Slack med /godkjenningskode registrer."
        )
        about = {"team": team_id, "in_words": told}
        log.warning("workspace_without_organisation", extra=about)


async def _follow_settings(settings: Settings, workspace: Workspace, team_name: str) -> None:
    ledger, team_id = workspace.house.ledger, workspace.team_id
    if workspace.house.operator_channel:
        await show_what_waits(ledger, workspace.house.operator_channel, team_id)
    if settings.organisation_name is None and settings.account_holders is None:
        await _warn_without_organisation(ledger, team_id)
        return
    holders = settings.account_holders
    standing = await organisations.follow_settings(
        ledger,
        team_id,
        settings.organisation_name,
        settings.issuer,
        None if holders is None else await roll_call.members_among(workspace, holders),
        new_name=team_name,
    )
    if standing.organisation.state is OrganisationState.AWAITING:
        told = _("Organisasjonen er ikke godkjent ennå. Godkjenn den med: {command}")
        async with ledger.database.reading() as reading:
            called = organisations.called(await organisations.of_team(reading, team_id))
        command = f"{program()} organisation approve {called[standing.organisation.id]}"
        about = {"team": team_id, "in_words": told.format(command=command)}
        log.warning("organisation_awaits_approval", extra=about)
    if not standing.lasting_holders:
        told = _(
            "Ingen er kontoholder, så ingen kan godkjenne. Sett ACCOUNT_HOLDERS, og start boten "
            "på nytt."
        )
        log.warning("organisation_without_account_holder", extra={"in_words": told})
