"""The command `audit`: what has happened, and whether all of it is there as it was written."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot import settings
from bot.operating import arguments, listing, naming, wording
from bot.operating.arguments import AnyTeam, AsJson, Most
from bot.operating.keys import keys_at_hand
from bot.operating.listing import Column, Row
from bot.operating.opening import Unable, looking_everywhere, with_database
from bot.operating.spoken import Commands
from bot.words import _
from storage import audit, whole_file
from storage.audit import Event
from storage.database import Database
from storage.desk import Desk
from storage.keys import Keyring
from storage.records import OSLO
from storage.verifying import Break, Head, Verified, verify

audit_app = Commands("Se hva som har skjedd, det nyeste først.", no_args_is_help=False)

MOST = 50
"""How many are shown, unless it is said."""

BROKEN = 1
"""What `audit verify` ends with when something is not as it was written."""


@audit_app.callback(invoke_without_command=True)
def show_audit(
    context: typer.Context,
    person: Annotated[
        str | None,
        typer.Option(
            metavar="<hvem>",
            callback=arguments.person,
            help="Bare det som gjelder én: medlems-ID eller e-post.",
        ),
    ] = None,
    code: Annotated[
        str | None,
        typer.Option(
            metavar="<id>",
            callback=arguments.code_id,
            help="Bare det som gjelder én kode, ved ID-en.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="<tid>",
            help="Bare det som har skjedd siden, som 2026-11-30 eller 2026-11-30T14:00.",
        ),
    ] = None,
    team: AnyTeam = None,
    most: Most = MOST,
    as_json: AsJson = False,
) -> None:
    """Se hva som har skjedd, det nyeste først."""
    if context.invoked_subcommand:
        return
    moment = arguments.moment(since) if since else audit.EVER

    async def work(desk: Desk) -> list[Event]:
        return await audit.happened(desk, most=most + 1, since=moment, who=person, code_id=code)

    seen = looking_everywhere(team, work)
    rows = listing.newest_first(listing.rows_of(seen, _event_row), "at", most + 1)
    listing.show_most(
        naming.named(rows, seen, actor="actor_name", holder="holder_name"),
        listing.with_team(_event_columns(), seen),
        most,
        as_json=as_json,
        empty=_("Ingenting slikt har skjedd."),
    )


def _event_columns() -> list[Column]:
    return [
        Column("at", _("Tid")),
        Column("actor", _("Hvem"), _doer),
        Column("action", _("Hva"), _deed),
        Column("person", _("Gjelder"), _about),
        Column("code_id", _("Kodens ID")),
    ]


def _doer(row: Row) -> str:
    """A partner, or anybody else."""
    return row["partner"] or naming.who("actor")(row)


def _deed(row: Row) -> str:
    deed = wording.action(row["action"])
    return f"{deed} ({row['service']})" if row["service"] else deed


def _about(row: Row) -> str:
    """A person, or an account holder or deputy."""
    return naming.who("holder")(row) if row["holder"] else listing.in_short(row["person"])


def _event_row(event: Event) -> Row:
    return {
        "id": event.id,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "person_id": event.person_id,
        "person": event.person,
        "code_id": event.code_id,
        "request_id": event.request_id,
        "holder": event.holder,
        "partner": event.partner,
        "service": event.service,
    }


@audit_app.command("verify")
def verify_audit(
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            metavar="<fil>",
            help="Sammenlign med filen fra sist, og lagre i den hvor historikken slutter nå. "
            "Legg filen et annet sted enn databasen.",
        ),
    ] = None,
) -> None:
    """Se om alt som har skjedd, står der slik det ble skrevet."""
    known = _read(keep) if keep else []

    async def work(database: Database) -> tuple[list[Verified], Keyring | None]:
        keys, url = settings.read_keys(), settings.read_database_url()
        keyring = await keys_at_hand(keys, url, database)
        return await verify(database, _heads(known, keyring)), keyring

    found, keyring = with_database(work)
    for each in found:
        typer.echo(_told(each))
    if any(each.broken for each in found):
        raise typer.Exit(BROKEN)
    if keyring:
        there = [each for each in found if each.left_at is None]
        _hand_out([each.head.marked(keyring) for each in there], keep)
    elif keep:
        raise Unable(
            _("Filen er ikke skrevet. Det er ingen nøkkel ennå. Den kommer med den første koden.")
        )


def _read(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError):
        raise Unable(_("{path} kan ikke leses.").format(path=path)) from None


def _heads(lines: Sequence[str], keyring: Keyring | None) -> list[Head]:
    """
    Raises:
        Unable: one was not written by us, or with a key that is not here.
    """
    heads = [Head.read(line, keyring) if keyring else None for line in lines]
    known = [head for head in heads if head]
    if len(known) < len(heads):
        raise Unable(
            _(
                "Noe i filen er skrevet av andre enn boten, eller med en nøkkel som ikke står i "
                "SECRET_KEY. Filen er ikke endret."
            )
        )
    return known


def _told(found: Verified) -> str:
    if found.left_at is not None:
        left = _("{team}: Organisasjonen er slettet, og alt om den. Slettingen begynte {date}.")
        date = found.left_at.astimezone(OSLO).date().isoformat()
        return left.format(team=found.head.organisation_id, date=date)
    if not found.called:
        gone = _("{team}: Organisasjonen og alle hendelsene mangler.")
        return gone.format(team=found.head.organisation_id)
    told = {
        None: _("{team}: Alt er som det ble skrevet. Hendelser: {count}."),
        Break.CHANGED: _("{team}: Hendelse {next} er endret etter at den ble skrevet."),
        Break.MISSING: _("{team}: Hendelse {next} mangler."),
        Break.CUT_OFF: _("{team}: Alt etter hendelse {count} mangler."),
        Break.ANOTHER: _(
            "{team}: Hendelse {next} er en annen enn sist. Historikken er skrevet om."
        ),
    }[found.broken]
    count = found.head.seq
    return told.format(team=found.called, count=count, next=count + 1)


def _hand_out(lines: Sequence[str], keep: Path | None) -> None:
    """Where the chains end, for another place than the database."""
    if keep is None:
        typer.echo(_("Ta vare på dette et annet sted, og sammenlign neste gang med --keep:"))
        for line in lines:
            typer.echo(line)
        return
    try:
        whole_file.write(keep, lines)
    except OSError:
        raise Unable(_("Det kan ikke skrives i {path}.").format(path=keep)) from None
    typer.echo(_("Hvor historikken slutter, står nå i {path}.").format(path=keep))
