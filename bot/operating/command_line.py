"""The command line: run the bot, and look after it."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from bot import logs, settings
from bot.operating import backup_commands, partner_webhook_commands
from bot.operating.audit_commands import audit_app
from bot.operating.faq_commands import faq_app
from bot.operating.opening import Unable, with_database
from bot.operating.organisation_commands import account_holder_app, organisation_app
from bot.operating.outbox_commands import outbox_app
from bot.operating.partner_commands import partner_app
from bot.operating.record_commands import codes_app, requests_app
from bot.operating.spoken import Commands, told
from bot.operating.terminal import speak_plainly
from bot.operating.workspace_commands import workspace_app
from bot.words import COMMAND, _, installing, program, version
from storage.database import Database
from storage.keys import SecretUnreadable, new_key
from storage.records import Issuer

app = Commands(
    "Godkjenningsbot: godkjenningskoder for frivillige organisasjoner, i Slack.",
    epilog=(
        "\b\n"
        "Innstillingene leses fra miljøet og fra en .env-fil i mappen du står i.\n"
        f"Begynn med: {program()} doctor\n"
        "\n"
        "\b\n"
        "En kommando slutter med 0 når alt gikk bra, og 2 når den ikke kunne utføres.\n"
        "1 betyr at doctor fant noe å rette, at audit verify fant noe som er endret,\n"
        "eller at en del av boten stoppet."
    ),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(organisation_app, name="organisation")
app.add_typer(account_holder_app, name="account-holder")
app.add_typer(workspace_app, name="workspace")
app.add_typer(partner_app, name="partner")
partner_webhook_commands.add_to(partner_app)
app.add_typer(requests_app, name="requests")
app.add_typer(codes_app, name="codes")
app.add_typer(audit_app, name="audit")
app.add_typer(outbox_app, name="outbox")
app.add_typer(faq_app, name="faq")


def _tell_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"{COMMAND} {version()}")
        raise typer.Exit


@app.callback()
def about(
    is_version_wanted: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_tell_version, help="Vis versjonen av boten."
        ),
    ] = False,
) -> None:
    """What may stand before a command."""


def carry_out() -> None:
    """What was typed.

    Raises:
        Unable: it is no command.
    """
    speak_plainly()
    try:
        code = app(prog_name=program(), standalone_mode=False)
    except TyperException as problem:
        raise Unable(told(problem)) from None
    sys.exit(code or 0)


@app.command()
def run() -> None:
    """Start boten. Ctrl-C avslutter."""
    from bot.operating import running

    running.run()


@app.command("api")
def answer_partners() -> None:
    """Svar leverandører, uten Slack.

    Boten svarer dem selv, på samme adresse som Slack. Med denne kommandoen svarer en prosess for
    seg, ved siden av boten og med den samme databasen.
    """
    from bot.operating import running

    running.run(for_partners_alone=True)


@app.command()
def doctor() -> None:
    """Finn ut hva som er galt, og hva du gjør.

    Ser på innstillinger, Slack, database, nøkler, organisasjon og kontoholdere, og på boten som
    går her.
    """
    from bot.operating.doctor import examine

    logs.configure("console")
    raise typer.Exit(asyncio.run(examine(typer.echo)))


@app.command()
def demo(
    port: Annotated[
        int,
        typer.Option(
            metavar="<port>", min=0, max=65535, help="Porten siden svarer på; 0 tar en ledig."
        ),
    ] = 3030,
    folder: Annotated[
        Path,
        typer.Option(
            metavar="<mappe>", help="Mappen der alt fra prøverommet ligger mellom hver gang."
        ),
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
    unregistered: Annotated[
        bool,
        typer.Option("--unregistered", help="Begynn på nytt, før organisasjonen er registrert."),
    ] = False,
    many: Annotated[
        bool,
        typer.Option(
            "--many",
            help="To arbeidsområder, i en egen mappe: det andre skal selv legge til boten.",
        ),
    ] = False,
) -> None:
    """Prøv boten i nettleseren, uten Slack."""
    try:
        from bot.trial.room import serving
        from bot.trial.room.cast import Beginning
        from bot.trial.room.folder import Folder
        from bot.trial.room.room import Plan
    except ModuleNotFoundError:
        problem = _("Prøverommet trenger tillegget trial. Installer det med: {command}")
        raise Unable(problem.format(command=installing("trial"))) from None

    import uvloop

    if many and unregistered:
        raise Unable(_("Velg --many eller --unregistered."))
    logs.configure("console")
    kept = Folder(folder.resolve() / Beginning.MANY if many else folder.resolve())

    def tell(address: str) -> None:
        typer.echo(_("Prøverommet er åpent: {address}").format(address=address))
        typer.echo(_("Partnere sjekker koder på samme adresse. Les om det på /api/docs der."))
        advice = _("Alt ligger i {folder}. Ctrl-C avslutter; --fresh begynner på nytt.")
        typer.echo(advice.format(folder=kept.path))

    try:
        begins = Beginning.UNREGISTERED if unregistered else Beginning.REGISTERED
        begins = Beginning.MANY if many else begins
        plan = Plan(
            kept,
            over_http=http,
            issuer=issuer,
            agent=agent,
            begins=begins,
            webhooks_inside=settings.read_webhooks_inside(),
        )
        uvloop.run(serving.run(plan, port, tell, fresh=fresh or unregistered))
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
    """Krypter kodene med den første nøkkelen.

    Etterpå kan de gamle nøklene fjernes.
    """

    async def work(database: Database) -> int:
        from bot.operating.keys import keys_at_hand
        from storage.rotate import rotate

        keyring = await keys_at_hand(settings.read_keys(), settings.read_database_url(), database)
        try:
            return await rotate(database, keyring) if keyring else 0
        except SecretUnreadable:
            raise Unable(
                _("En av kodene er laget med en nøkkel som ikke står i SECRET_KEY. Legg den til.")
            ) from None

    text = _("Alle kodene er nå kryptert med den første nøkkelen. Endret nå: {count}.")
    typer.echo(text.format(count=with_database(work)))
