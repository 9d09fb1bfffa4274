"""Whether the organisation is approved, and its account holders are people who are here."""

import contextlib
from datetime import timedelta

from bot.operating.examining.finding import Finding
from bot.operating.examining.slack import slack_client
from bot.settings import Settings
from bot.slack.installing import Installation
from bot.words import _, program
from handlers.directory import Directory, NotYet
from handlers.slack_errors import SLACK_FAILED
from storage.database import Database, utc_now
from storage.desk import Ledger
from storage.records import OrganisationState
from storage.refusals import NoOrganisation
from storage.standing import Standing


async def examine_organisation(
    database: Database, read: Settings, installation: Installation
) -> Finding:
    what, team_id = _("Organisasjon"), installation.team_id
    try:
        async with Ledger(database).looking(team_id) as desk:
            standing = desk.standing
    except NoOrganisation:
        advice = _(
            'finnes ikke. Sett ACCOUNT_HOLDERS, eller: {program} organisation add {team} "Navn"'
        )
        return Finding(what, advice.format(program=program(), team=team_id))
    if standing.organisation.state is OrganisationState.SUSPENDED:
        advice = _("er stengt. Åpne den igjen med: {program} organisation approve {team}")
        return Finding(what, advice.format(program=program(), team=team_id))
    if standing.organisation.state is not OrganisationState.APPROVED:
        advice = _("er ikke godkjent. Godkjenn med: {program} organisation approve {team}")
        return Finding(what, advice.format(program=program(), team=team_id))
    return Finding(what, await _holders_problem(standing, read, installation))


async def _holders_problem(standing: Standing, read: Settings, installation: Installation) -> str:
    named = set(read.account_holders or ())
    strangers = await _strangers(read, installation, named | set(standing.holders))
    if strangers:
        advice = _(
            "Slack kjenner ikke {users} som medlem. Rett medlems-ID-en i ACCOUNT_HOLDERS, eller "
            "bruk: {program} account-holder remove {first}"
        )
        return advice.format(users=", ".join(strangers), program=program(), first=strangers[0])
    if not standing.holders:
        advice = _(
            "ingen er kontoholder. Legg til en med medlems-ID, slik: "
            "{program} account-holder add U012AB3CD"
        )
        return advice.format(program=program())
    others = sorted(named - set(standing.holders))
    if not others:
        return ""
    advice = _(
        "{users} står i ACCOUNT_HOLDERS, men er ikke kontoholder. Start boten på nytt. Er personen "
        "fjernet tidligere, bruk: {program} account-holder add {first}"
    )
    return advice.format(users=", ".join(others), program=program(), first=others[0])


async def _strangers(read: Settings, installation: Installation, users: set[str]) -> list[str]:
    """Those of whom Slack says that they are no members; where it does not tell, none is."""
    found: list[str] = []
    with contextlib.suppress(*SLACK_FAILED, NotYet):
        async with slack_client(read) as client:
            directory = Directory(client, client, installation.team_id, utc_now)
            for user_id in sorted(users):
                if not await directory.is_here(user_id, timedelta(), gently=False):
                    found += [user_id]
    return found
