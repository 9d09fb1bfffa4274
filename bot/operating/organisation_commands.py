"""The commands `organisation` and `account-holder`."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from bot.operating import listing, naming, wording
from bot.operating.arguments import (
    AnyTeam,
    AsJson,
    OnlyTeam,
    Team,
    User,
    WhichOrganisation,
    name_to_show,
    number_to_keep,
    reason_to_show,
)
from bot.operating.listing import Column, Row
from bot.operating.opening import Unable, answering, deciding, looking_everywhere, with_database
from bot.operating.spoken import Commands
from bot.words import _, program
from storage import holding, organisations, registering
from storage.database import Database
from storage.desk import DecidingDesk
from storage.records import OPERATOR, AccountHolder, Issuer, Organisation, OrganisationState
from storage.refusals import (
    LastAccountHolder,
    NotAccountHolder,
    OrganisationChanged,
    ShortNameTaken,
)

organisation_app = Commands("Se, legg til, godkjenn og steng organisasjoner.")
account_holder_app = Commands("Se, legg til og fjern kontoholdere.")


@organisation_app.command("list")
def list_organisations(as_json: AsJson = False) -> None:
    """Vis organisasjonene."""

    async def work(database: Database) -> list[Organisation]:
        async with database.reading() as transaction:
            return await organisations.list_all(transaction)

    found = with_database(work)
    has_number = any(each.number for each in found)
    called = organisations.called(found)
    listing.show(
        [_organisation_row(each, called[each.id]) for each in found],
        [
            Column("organisation", _("Arbeidsområde")),
            Column("state", _("Tilstand"), _state),
            Column("issuer", _("Koder lages av"), lambda row: wording.issuer(row["issuer"])),
            *([Column("number", _("Organisasjonsnummer"))] if has_number else []),
            Column("name", _("Navn")),
        ],
        as_json=as_json,
        empty=_("Det er ingen organisasjoner ennå."),
    )


def _state(row: Row) -> str:
    is_refused = row["state"] == OrganisationState.AWAITING and row["verdict"]
    return _("avslått") if is_refused else wording.organisation_state(row["state"])


def _organisation_row(each: Organisation, called: str) -> Row:
    return {
        "team": each.team_id,
        "organisation": called,
        "state": each.state,
        "issuer": each.issuer,
        "name": each.name,
        "short_name": each.short_name,
        "number": each.number,
        "registered_by": each.registered_by,
        "is_at_techsoup": each.is_at_techsoup,
        "verdict": each.verdict,
        "created_at": each.created_at,
    }


@organisation_app.command("add")
def add_organisation(
    team: Team,
    name: Annotated[
        str, typer.Argument(metavar="navn", callback=name_to_show, help="Organisasjonens navn.")
    ],
    issuer: Annotated[Issuer, typer.Option(help="Hvem som lager kodene.")] = Issuer.BOT,
    another: Annotated[
        bool, typer.Option("--another", help="Også der arbeidsområdet har en fra før.")
    ] = False,
) -> None:
    """Legg til en organisasjon, som så kan godkjennes."""

    async def work(database: Database) -> str | None:
        async with database.transaction() as transaction:
            added = await organisations.add(transaction, team, name, issuer=issuer, another=another)
            there = organisations.called(await organisations.of_team(transaction, team))
            return there[added] if added else None

    called = with_database(work, may_be_new=True)
    if called is None:
        problem = _(
            "{team} har en organisasjon fra før. Skal den ha en til, kan du bruke --another."
        )
        raise Unable(problem.format(team=team))
    advice = _("Lagt til. Godkjenn den med: {program} organisation approve {team}")
    typer.echo(advice.format(team=called, program=program()))


def _answered(team: str, work: Callable[[DecidingDesk], Awaitable[str]]) -> str:
    """
    Raises:
        Unable: it was refused, and another organisation's codes are called as its were to be.
    """
    try:
        return answering(team, work)
    except ShortNameTaken:
        problem = _(
            "En annen organisasjon bruker kortnavnet nå. {team} må registreres på nytt i Slack, "
            "med et annet kortnavn."
        )
        raise Unable(problem.format(team=team)) from None


@organisation_app.command("approve")
def approve_organisation(team: WhichOrganisation) -> None:
    """Godkjenn organisasjonen: nå kan den lage koder."""

    async def work(desk: DecidingDesk) -> str:
        await registering.approve(desk)
        return desk.organisation.name

    typer.echo(_("{name} er godkjent.").format(name=_answered(team, work)))


@organisation_app.command("refuse")
def refuse_organisation(
    team: WhichOrganisation,
    reason: Annotated[
        str,
        typer.Option(
            metavar="grunn",
            callback=reason_to_show,
            help="Hva som mangler. Organisasjonen får lese det.",
        ),
    ],
) -> None:
    """Avslå en registrering som venter.

    Organisasjonen kan rette det som mangler, og sende på nytt.
    """

    async def work(desk: DecidingDesk) -> str:
        await registering.refuse(desk, reason)
        return desk.organisation.name

    if not reason:
        raise Unable(_("Skriv en grunn."))
    try:
        name = _answered(team, work)
    except OrganisationChanged:
        raise Unable(_("{team} venter ikke på godkjenning.").format(team=team)) from None
    typer.echo(_("Registreringen av {name} er avslått.").format(name=name))


@organisation_app.command("suspend")
def suspend_organisation(
    team: WhichOrganisation,
    reason: Annotated[
        str,
        typer.Option(
            metavar="grunn", callback=reason_to_show, help="Hvorfor. Kontoholderne får lese det."
        ),
    ] = "",
) -> None:
    """Steng den: ingen koder lages eller vises.

    Den åpnes igjen med «organisation approve».
    """

    async def work(desk: DecidingDesk) -> str:
        await registering.suspend(desk, reason=reason)
        return desk.organisation.name

    typer.echo(_("{name} er stengt.").format(name=_answered(team, work)))


@organisation_app.command("number")
def number_organisation(
    team: WhichOrganisation,
    number: Annotated[
        str | None,
        typer.Argument(
            metavar="organisasjonsnummer",
            callback=number_to_keep,
            help="Ni siffer, som i Brønnøysundregistrene.",
        ),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Ta det bort igjen.")] = False,
) -> None:
    """Gi den et organisasjonsnummer.

    Med det kan partnere slå opp organisasjonen. En som er registrert i Slack, har det fra før.
    """
    if (number is None) is not remove:
        raise Unable(_("Skriv et organisasjonsnummer, eller bruk --remove."))

    async def work(desk: DecidingDesk) -> tuple[str, list[str]]:
        await registering.give_number(desk, number)
        return desk.organisation.name, await registering.same_number(desk)

    name, others = answering(team, work)
    said = _("{name} har nummeret {number}.") if number else _("{name} har ikke noe nummer nå.")
    typer.echo(said.format(name=name, number=number))
    if others:
        typer.echo(_("Det samme nummeret har også: {names}").format(names=", ".join(others)))


@account_holder_app.command("list")
def list_account_holders(
    ever: Annotated[
        bool, typer.Option("--ever", help="Også de som har vært det, og er fjernet.")
    ] = False,
    team: AnyTeam = None,
    as_json: AsJson = False,
) -> None:
    """Vis kontoholdere og stedfortredere: hvem, siden når, av hvem."""
    seen = looking_everywhere(team, holding.ever if ever else holding.there)
    columns = [
        Column("user_id", _("Medlems-ID")),
        Column("name", _("Navn")),
        Column("added_at", _("Siden")),
        Column("added_by", _("Lagt til av"), naming.who("added_by")),
    ]
    if any(each.is_deputy for found in seen for each in found.found):
        columns += [
            Column("deputy_from", _("Stedfortreder fra")),
            Column("deputy_until", _("Stedfortreder til")),
        ]
    if ever:
        columns += [
            Column("removed_at", _("Fjernet")),
            Column("removed_by", _("Fjernet av"), naming.who("removed_by")),
        ]
    names = {"user_id": "name", "added_by": "added_by_name", "removed_by": "removed_by_name"}
    listing.show(
        naming.named(listing.rows_of(seen, _holder_row), seen, **names),
        listing.with_team(columns, seen),
        as_json=as_json,
        empty=_("Ingen er kontoholder, så ingen kan godkjenne."),
    )


def _holder_row(holder: AccountHolder) -> Row:
    return {
        "user_id": holder.user_id,
        "added_at": holder.added_at,
        "added_by": holder.added_by,
        "removed_at": holder.removed_at,
        "removed_by": holder.removed_by,
        "deputy_from": holder.deputy_from,
        "deputy_until": holder.deputy_until,
    }


@account_holder_app.command("add")
def add_account_holder(user: User, team: OnlyTeam = None) -> None:
    """Gjør et medlem til kontoholder."""

    async def work(desk: DecidingDesk) -> bool:
        return await holding.add(desk, user, OPERATOR)

    is_new = deciding(team, work)
    text = _("{user} er nå kontoholder.") if is_new else _("{user} var kontoholder fra før.")
    typer.echo(text.format(user=user))


@account_holder_app.command("remove")
def remove_account_holder(
    user: User,
    team: OnlyTeam = None,
    even_the_last: Annotated[
        bool, typer.Option("--even-the-last", help="Også når ingen blir igjen til å godkjenne.")
    ] = False,
) -> None:
    """Ta fra et medlem rollen som kontoholder."""

    async def work(desk: DecidingDesk) -> bool:
        there = await holding.there(desk)
        await holding.remove(desk, user, OPERATOR, even_the_last=even_the_last)
        return any(each.user_id == user and each.is_deputy for each in there)

    try:
        was_deputy = deciding(team, work)
    except NotAccountHolder:
        raise Unable(_("{user} er ikke kontoholder.").format(user=user)) from None
    except LastAccountHolder:
        raise Unable(
            _(
                "{user} er den siste kontoholderen. Legg til en annen først, "
                "eller bruk --even-the-last."
            ).format(user=user)
        ) from None
    told = (
        _("{user} er ikke lenger stedfortreder.")
        if was_deputy
        else _("{user} er ikke lenger kontoholder.")
    )
    typer.echo(told.format(user=user))
