"""Whether the organisation is approved, and its account holders are people who are here."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from bot.operating.examining.finding import Finding
from bot.operating.examining.slack import Asked, slack_client
from bot.settings import EXAMPLE_MEMBER
from bot.slack.installing import Installation
from bot.words import _, program
from handlers.directory import Directory, NotYet, Urgency
from handlers.slack_errors import SLACK_FAILED
from storage import organisations
from storage.database import Database, utc_now
from storage.desk import Ledger
from storage.records import Organisation, OrganisationState
from storage.standing import Standing

Answering = tuple[Asked, Installation]
"""Where Slack is asked, and what it has answered there."""


async def examine_organisations(
    database: Database, named: tuple[str, ...], slack: Answering | None
) -> AsyncIterator[Finding]:
    """Those of the workspace; where Slack does not tell which it is, of the only one there is. The
    settings name account holders of the first."""
    team_id = slack[1].team_id if slack else await _only_team(database)
    if team_id is None:
        return
    async with database.reading() as reading:
        there = await organisations.of_team(reading, team_id)
    if not there:
        yield Finding(_("Organisasjon"), _advice_without(team_id))
    called = organisations.called(there)
    for each in there:
        holders = named if each == there[0] else ()
        yield await _examined(database, each, called[each.id], holders, slack)


async def _examined(
    database: Database,
    organisation: Organisation,
    called: str,
    named: tuple[str, ...],
    slack: Answering | None,
) -> Finding:
    async with Ledger(database).looking_at(organisation.id) as desk:
        standing = desk.standing
    is_alone = called == organisation.team_id
    what = _("Organisasjon") if is_alone else f"{_('Organisasjon')} {called}"
    if organisation.is_refused:
        return Finding(what, _("er avslått."), is_expected=True)
    option = "" if is_alone else f" --team {called}"
    problem = _state_problem(standing, called)
    return Finding(what, problem or await _holders_problem(standing, named, slack, option))


async def examine_account_holders(named: tuple[str, ...], slack: Answering | None) -> Finding:
    """Those whom the settings name, before there is a ledger."""
    if not named:
        advice = _(
            "ingen er valgt ennå. Sett ACCOUNT_HOLDERS til medlems-ID-en deres i Slack, som "
            "{example}. Du finner den under «Copy member ID» i profilen."
        )
        return Finding(_("Kontoholdere"), advice.format(example=EXAMPLE_MEMBER))
    strangers = await _strangers(slack, set(named))
    advice = _("Slack kjenner ikke {users} som medlem. Rett medlems-ID-en i ACCOUNT_HOLDERS.")
    problem = advice.format(users=", ".join(strangers)) if strangers else ""
    return Finding(_("Kontoholdere"), problem)


async def _only_team(database: Database) -> str | None:
    async with database.reading() as reading:
        found = await organisations.list_all(reading)
    teams = {each.team_id for each in found}
    return teams.pop() if len(teams) == 1 else None


def _advice_without(team_id: str) -> str:
    advice = _('finnes ikke. Sett ACCOUNT_HOLDERS, eller: {program} organisation add {team} "Navn"')
    return advice.format(program=program(), team=team_id)


def _state_problem(standing: Standing, called: str) -> str:
    match standing.organisation.state:
        case OrganisationState.APPROVED:
            return ""
        case OrganisationState.SUSPENDED:
            advice = _("er stengt. Åpne den igjen med: {program} organisation approve {team}")
        case OrganisationState.AWAITING:
            advice = _("er ikke godkjent. Godkjenn med: {program} organisation approve {team}")
    return advice.format(program=program(), team=called)


async def _holders_problem(
    standing: Standing, named: tuple[str, ...], slack: Answering | None, option: str
) -> str:
    strangers = await _strangers(slack, {*named, *standing.holders})
    if strangers:
        return _advice_on(strangers) + option
    if not standing.lasting_holders:
        advice = _(
            "ingen er kontoholder. Legg til en med medlems-ID, slik: "
            "{program} account-holder add {example}"
        )
        return advice.format(program=program(), example=EXAMPLE_MEMBER) + option
    others = sorted(set(named) - set(standing.lasting_holders))
    if not others:
        return ""
    advice = _(
        "{users} står i ACCOUNT_HOLDERS, men er ikke kontoholder. Start boten på nytt. Er personen "
        "fjernet tidligere, ta ID-en ut av ACCOUNT_HOLDERS, eller bruk: "
        "{program} account-holder add {first}"
    )
    return advice.format(users=", ".join(others), program=program(), first=others[0]) + option


def _advice_on(strangers: list[str]) -> str:
    advice = _(
        "Slack kjenner ikke {users} som medlem. Rett medlems-ID-en i ACCOUNT_HOLDERS, eller "
        "bruk: {program} account-holder remove {first}"
    )
    return advice.format(users=", ".join(strangers), program=program(), first=strangers[0])


async def _strangers(slack: Answering | None, users: set[str]) -> list[str]:
    """Those of whom Slack says that they are no members; where it does not tell, none is."""
    if slack is None:
        return []
    asked, installation = slack
    found: list[str] = []
    with contextlib.suppress(*SLACK_FAILED, NotYet):
        async with slack_client(asked.bot_token, asked.url) as client:
            directory = Directory(client, client, installation.team_id, utc_now)
            for user_id in sorted(users):
                if not await directory.is_here(user_id, timedelta(), Urgency.NOW):
                    found += [user_id]
    return found
