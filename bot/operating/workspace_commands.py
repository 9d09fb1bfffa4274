"""The command `workspace`: where the bot has been installed from its page."""

from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec import Struct

from bot.operating import listing
from bot.operating.arguments import AsJson, Team
from bot.operating.listing import Column, Row
from bot.operating.opening import Unable, with_database
from bot.operating.spoken import Commands
from bot.words import _, program
from storage import installations, leaving, organisations, retention
from storage.database import Database, Reading
from storage.desk import Ledger
from storage.installations import Seen
from storage.records import INSTALLATION_LIFETIME

workspace_app = Commands("Se hvor boten er lagt til, og glem arbeidsområder.")

INSTALLED, REMOVED = "installed", "removed"


class _Place(Struct, frozen=True):
    installation: Seen
    names: Sequence[str]
    """Of the organisations that it serves."""


async def _places(reading: Reading) -> list[_Place]:
    named = {each.id: each.name for each in await organisations.list_all(reading)}
    return [
        _Place(
            seen,
            [named[row["id"]] for row in await leaving.served_by(reading, seen.id)],
        )
        for seen in await installations.list_all(reading)
    ]


@workspace_app.command("list")
def list_workspaces(as_json: AsJson = False) -> None:
    """Vis hvor boten er lagt til, og hvor den er fjernet."""

    async def work(database: Database) -> list[_Place]:
        async with database.reading() as reading:
            return await _places(reading)

    listing.show(
        [_row(each) for each in with_database(work)],
        [
            Column("team", _("Arbeidsområde")),
            Column("state", _("Tilstand"), _state),
            Column("installed_at", _("Lagt til")),
            Column("ended_at", _("Fjernet")),
            Column("name", _("Navn i Slack")),
            Column("organisations", _("Organisasjon"), _organisations),
        ],
        as_json=as_json,
        empty=_("Boten er ikke lagt til fra siden sin noe sted ennå."),
    )


def _row(place: _Place) -> Row:
    seen = place.installation
    return {
        "team": seen.id,
        "state": REMOVED if seen.ended_at else INSTALLED,
        "name": seen.team_name,
        "organisations": list(place.names),
        "installed_by": seen.installed_by,
        "installed_at": seen.installed_at,
        "token_expires_at": seen.token_expires_at,
        "ended_at": seen.ended_at,
        "why_ended": seen.why_ended,
        "forgotten_at": seen.ended_at and seen.ended_at + INSTALLATION_LIFETIME,
    }


def _state(row: Row) -> str:
    return {INSTALLED: _("lagt til"), REMOVED: _("fjernet")}[row["state"]]


def _organisations(row: Row) -> str:
    return ", ".join(row["organisations"]) or listing.NOTHING


@workspace_app.command("show")
def show_workspace(team: Team, as_json: AsJson = False) -> None:
    """Vis det som er kjent om ett arbeidsområde."""

    async def work(database: Database) -> list[_Place]:
        async with database.reading() as reading:
            return [each for each in await _places(reading) if each.installation.id == team]

    found = with_database(work)
    if not found:
        raise _nowhere(team)
    (row,) = [_row(each) for each in found]
    if as_json:
        typer.echo(listing.as_text([row]))
        return
    headings = {
        "team": _("Arbeidsområde"),
        "name": _("Navn i Slack"),
        "state": _("Tilstand"),
        "organisations": _("Organisasjon"),
        "installed_by": _("Lagt til av"),
        "installed_at": _("Lagt til"),
        "token_expires_at": _("Nøkkelen fornyes før"),
        "ended_at": _("Fjernet"),
        "why_ended": _("Slack sa"),
        "forgotten_at": _("Slettes"),
    }
    own = {"state": _state, "organisations": _organisations}
    told = [
        (heading, own[key](row) if key in own else listing.in_short(row[key]))
        for key, heading in headings.items()
        if row[key] is not None
    ]
    width = max(len(heading) for heading, _told in told)
    for heading, text in told:
        typer.echo(f"{heading:<{width}}  {text}")


def _require_sure(team: str, names: str) -> None:
    """
    Raises:
        Unable: they are not.
    """
    question = _(
        "Alt om {team} ({names}) blir slettet, og det kan ikke angres. Skriv {team} for å gjøre det"
    )
    try:
        typed = typer.prompt(
            question.format(team=team, names=names), default="", show_default=False
        )
    except typer.Abort:
        typed = ""
    if typed.strip() != team:
        raise Unable(_("Ingenting er slettet."))


def _nowhere(team: str) -> Unable:
    problem = _("Boten er ikke lagt til fra siden sin i {team}. Se: {program} workspace list")
    return Unable(problem.format(team=team, program=program()))


@workspace_app.command("forget")
def forget_workspace(
    team: Team,
    yes: Annotated[bool, typer.Option("--yes", help="Ikke spør først.")] = False,
    even_installed: Annotated[
        bool, typer.Option("--even-installed", help="Også der boten ikke er fjernet i Slack.")
    ] = False,
) -> None:
    """Glem et arbeidsområde nå.

    Alt boten har lagret om det og organisasjonen der, blir slettet. Ellers skjer det 90 dager etter
    at boten ble fjernet. Det kan ikke angres.
    """

    async def look(database: Database) -> _Place | None:
        async with database.reading() as reading:
            places = await _places(reading)
        return next((each for each in places if each.installation.id == team), None)

    place = with_database(look)
    if place is None:
        raise _nowhere(team)
    if place.installation.ended_at is None and not even_installed:
        problem = _(
            "Boten er fortsatt lagt til i {team}. Fjern den i Slack først, eller bruk "
            "--even-installed."
        )
        raise Unable(problem.format(team=team))
    names = ", ".join(place.names) or listing.NOTHING
    if not yes:
        _require_sure(team, names)

    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            await installations.end(transaction, team, "forgotten")
        async with database.transaction() as transaction:
            await leaving.forget(transaction, team, transaction.now)
        await retention.forget_left(Ledger(database))

    with_database(work)
    typer.echo(_("Alt om {team} er slettet.").format(team=team))
