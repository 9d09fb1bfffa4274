"""The command line: run the bot, and look after it."""

import asyncio
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bot import logs, settings
from bot.operating import backup_commands
from bot.operating.faq_commands import faq_app
from bot.operating.opening import Unable, deciding, looking, with_database
from bot.words import _, installing, ngettext, program
from storage import organisations, outbox
from storage.database import Database
from storage.desk import DecidingDesk
from storage.keys import SecretUnreadable, new_key
from storage.records import OPERATOR, Issuer, Notice, NoticeState, Organisation
from storage.refusals import LastAccountHolder, NotAccountHolder

app = typer.Typer(
    help="Godkjenningsbot: godkjenningskoder for frivillige organisasjoner, i Slack.",
    epilog=f"Innstillingene leses fra miljøet og fra en .env-fil. Begynn med: {program()} doctor",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
organisation_app = typer.Typer(
    help="Se, legg til, godkjenn og steng organisasjoner.", no_args_is_help=True
)
account_holder_app = typer.Typer(help="Se, legg til og fjern kontoholdere.", no_args_is_help=True)
outbox_app = typer.Typer(
    help="Se det som ikke er levert, og hvorfor. Prøv igjen.", no_args_is_help=True
)
app.add_typer(organisation_app, name="organisation")
app.add_typer(account_holder_app, name="account-holder")
app.add_typer(outbox_app, name="outbox")
app.add_typer(faq_app, name="faq")


def _id(first: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(rf"[{first}][A-Z0-9]{{1,31}}", text):
            example = f"{first[0]}012AB3CD"
            problem = _("{text} er ingen ID i Slack. Den ser ut som {example}.")
            raise typer.BadParameter(problem.format(text=text, example=example))
        return text

    return check


def _name(text: str) -> str:
    """As it will stand in lists and messages."""
    name = text.strip()
    if not name or any(unicodedata.category(letter)[0] == "C" for letter in name):
        raise typer.BadParameter(_("Navnet må ha bokstaver, og ikke linjeskift eller styretegn."))
    return name


def _team(text: str | None) -> str | None:
    return text if text is None else _id("TE")(text)


Team = Annotated[
    str,
    typer.Argument(callback=_id("TE"), help="Arbeidsområdets ID i Slack, som T012AB3CD."),
]
User = Annotated[str, typer.Argument(callback=_id("UW"), help="Medlems-ID i Slack, som U012AB3CD.")]
TeamOption = Annotated[
    str | None,
    typer.Option(
        "--team",
        callback=_team,
        help="Arbeidsområdets ID. Trengs når det er flere organisasjoner.",
    ),
]


@app.command()
def run() -> None:
    """Start boten, til den får SIGTERM eller Ctrl-C."""
    from bot.operating import running

    running.run()


@app.command()
def doctor() -> None:
    """Sjekk innstillinger, Slack, database, nøkler og kontoholdere. Sier hva som må gjøres."""
    from bot.operating.doctor import examine

    logs.configure("console")
    raise typer.Exit(asyncio.run(examine(typer.echo)))


@app.command()
def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Porten siden svarer på; 0 tar en ledig.")
    ] = 3030,
    folder: Annotated[
        Path, typer.Option(help="Mappen der alt fra prøverommet ligger mellom hver gang.")
    ] = Path(".demo"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Begynn på nytt.")] = False,
    http: Annotated[
        bool, typer.Option("--http", help="Koble boten til med HTTP i stedet for Socket Mode.")
    ] = False,
    issuer: Annotated[Issuer, typer.Option(help="Hvem som lager kodene.")] = Issuer.BOT,
    agent: Annotated[
        bool,
        typer.Option("--agent", help="Vis boten som agent, slik Slack kan gjøre."),
    ] = False,
) -> None:
    """Åpne prøverommet: prøv boten i nettleseren, uten Slack."""
    try:
        from bot.trial.room import serving
        from bot.trial.room.folder import Folder
        from bot.trial.room.room import Plan
    except ModuleNotFoundError:
        problem = _("Prøverommet trenger tillegget trial. Installer det med: {command}")
        raise Unable(problem.format(command=installing("trial"))) from None

    import uvloop

    logs.configure("console")
    kept = Folder(folder.resolve())

    def tell(address: str) -> None:
        typer.echo(_("Prøverommet er åpent: {address}").format(address=address))
        advice = _("Alt ligger i {folder}. Ctrl-C avslutter; --fresh begynner på nytt.")
        typer.echo(advice.format(folder=kept.path))

    try:
        plan = Plan(kept, over_http=http, issuer=issuer, agent=agent)
        uvloop.run(serving.run(plan, port, tell, fresh=fresh))
    except serving.SHUT as problem:
        raise Unable(serving.why(problem, kept, port)) from None


app.command("backup")(backup_commands.back_up)
app.command()(backup_commands.restore)


@app.command("new-key")
def make_key() -> None:
    """Lag en nøkkel til SECRET_KEY."""
    typer.echo(new_key())


@app.command("rotate-keys")
def rotate_keys() -> None:
    """Krypter alle koder på nytt med den første nøkkelen. Etterpå kan de gamle nøklene fjernes."""

    async def work(database: Database) -> int:
        from bot.operating.keys import keys_at_hand
        from storage.rotate import rotate

        keyring = await keys_at_hand(settings.read(), database)
        try:
            return await rotate(database, keyring) if keyring else 0
        except SecretUnreadable:
            raise Unable(
                _("En av kodene er laget med en nøkkel som ikke står i SECRET_KEY. Legg den til.")
            ) from None

    told = _("Alle kodene er nå kryptert med den første nøkkelen. Endret nå: {count}.")
    typer.echo(told.format(count=with_database(work)))


@organisation_app.command("list")
def list_organisations() -> None:
    """Vis organisasjonene: arbeidsområde, tilstand, hvem som lager koder, navn."""

    async def work(database: Database) -> list[Organisation]:
        async with database.reading() as transaction:
            return await organisations.list_all(transaction)

    found = with_database(work)
    for each in found:
        typer.echo(f"{each.team_id}\t{each.state}\t{each.issuer}\t{each.name}")
    if not found:
        typer.echo(_("Det er ingen organisasjoner ennå."), err=True)


@organisation_app.command("add")
def add_organisation(
    team: Team,
    name: Annotated[str, typer.Argument(callback=_name, help="Organisasjonens navn.")],
    issuer: Annotated[Issuer, typer.Option(help="Hvem som lager kodene.")] = Issuer.BOT,
) -> None:
    """Legg til organisasjonen i et arbeidsområde. Den venter på godkjenning."""

    async def work(database: Database) -> bool:
        async with database.transaction() as transaction:
            return await organisations.add(transaction, team, name, issuer=issuer)

    if not with_database(work):
        raise Unable(_("{team} har en organisasjon fra før.").format(team=team))
    advice = _("Lagt til. Godkjenn den med: {program} organisation approve {team}")
    typer.echo(advice.format(team=team, program=program()))


@organisation_app.command("approve")
def approve_organisation(team: Team) -> None:
    """Godkjenn organisasjonen: nå kan den lage koder."""

    async def work(desk: DecidingDesk) -> str:
        await organisations.approve(desk)
        return desk.organisation.name

    typer.echo(_("{name} er godkjent.").format(name=deciding(team, work)))


@organisation_app.command("suspend")
def suspend_organisation(team: Team) -> None:
    """Steng organisasjonen: ingen koder lages eller vises før den godkjennes igjen."""

    async def work(desk: DecidingDesk) -> str:
        await organisations.suspend(desk)
        return desk.organisation.name

    typer.echo(_("{name} er stengt.").format(name=deciding(team, work)))


@account_holder_app.command("list")
def list_account_holders(team: TeamOption = None) -> None:
    """Vis kontoholderne: medlems-ID, siden når, lagt til av."""
    ever = looking(team, organisations.account_holders_ever)
    active = [each for each in ever if each.removed_at is None]
    for each in active:
        typer.echo(f"{each.user_id}\t{each.added_at:%Y-%m-%d}\t{each.added_by}")
    if not active:
        typer.echo(_("Ingen er kontoholder, så ingen kan godkjenne."), err=True)


@account_holder_app.command("add")
def add_account_holder(user: User, team: TeamOption = None) -> None:
    """Gjør et medlem til kontoholder."""

    async def work(desk: DecidingDesk) -> bool:
        return await organisations.add_account_holder(desk, user, OPERATOR)

    is_new = deciding(team, work)
    text = _("{user} er nå kontoholder.") if is_new else _("{user} var kontoholder fra før.")
    typer.echo(text.format(user=user))


@account_holder_app.command("remove")
def remove_account_holder(
    user: User,
    team: TeamOption = None,
    even_the_last: Annotated[
        bool, typer.Option("--even-the-last", help="Også når ingen blir igjen til å godkjenne.")
    ] = False,
) -> None:
    """Ta fra et medlem rollen som kontoholder."""

    async def work(desk: DecidingDesk) -> None:
        await organisations.remove_account_holder(desk, user, OPERATOR, even_the_last=even_the_last)

    try:
        deciding(team, work)
    except NotAccountHolder:
        raise Unable(_("{user} er ikke kontoholder.").format(user=user)) from None
    except LastAccountHolder:
        raise Unable(
            _(
                "{user} er den siste kontoholderen. Legg til en annen først, "
                "eller bruk --even-the-last."
            ).format(user=user)
        ) from None
    typer.echo(_("{user} er ikke lenger kontoholder.").format(user=user))


@outbox_app.command("list")
def list_outbox() -> None:
    """Vis det som ikke er levert: ID, tilstand, hva, til hvem, forsøk, feil."""

    async def work(database: Database) -> list[Notice]:
        async with database.reading() as transaction:
            return await outbox.undelivered(transaction)

    found = with_database(work)
    for notice in found:
        typer.echo("\t".join(_outbox_line(notice)))
    if not found:
        typer.echo(_("Alt er levert."), err=True)


def _outbox_line(notice: Notice) -> tuple[str, ...]:
    return (
        notice.id,
        notice.state,
        notice.kind,
        notice.recipient or "-",
        str(notice.attempts),
        notice.error or "-",
    )


@outbox_app.command("retry")
def retry_outbox(
    notice_id: Annotated[str | None, typer.Argument(help="ID fra «outbox list».")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Alt som er lagt til side.")] = False,
) -> None:
    """Prøv å levere på nytt noe som er lagt til side."""

    async def work(database: Database) -> int:
        async with database.transaction() as transaction:
            parked = [
                notice.id
                for notice in await outbox.undelivered(transaction)
                if notice.state is NoticeState.PARKED and (everything or notice.id == notice_id)
            ]
            for each in parked:
                await outbox.retry(transaction, each)
            return len(parked)

    count = with_database(work)
    if not count:
        problem = _("Ingenting å prøve igjen. Se: {program} outbox list")
        raise Unable(problem.format(program=program()))
    typer.echo(
        ngettext("%(count)d melding prøves igjen.", "%(count)d meldinger prøves igjen.", count)
    )
