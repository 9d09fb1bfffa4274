"""The command `outbox`."""

from typing import Annotated

import typer

from bot.operating import listing, naming, wording
from bot.operating.arguments import AnyTeam, AsJson
from bot.operating.listing import Column, Row
from bot.operating.opening import Unable, looking_everywhere, with_database
from bot.operating.spoken import Commands
from bot.words import _, ngettext, program
from storage import outbox
from storage.database import Database
from storage.records import Notice, NoticeState

outbox_app = Commands("Se hva som ikke er levert. Prøv igjen.")


@outbox_app.command("list")
def list_outbox(team: AnyTeam = None, as_json: AsJson = False) -> None:
    """Vis det som ikke er levert, og hvorfor."""
    seen = looking_everywhere(team, outbox.undelivered_here)
    rows = listing.rows_of(seen, _row)
    columns = [
        Column("id", _("ID")),
        Column("state", _("Tilstand"), lambda row: wording.notice_state(row["state"])),
        Column("kind", _("Hva")),
        Column("recipient", _("Til"), naming.who("recipient")),
        Column("attempts", _("Forsøk")),
        Column("due_at", _("Prøves")),
        Column("error", _("Feil")),
    ]
    listing.show(
        naming.named(rows, seen, recipient="recipient_name"),
        listing.with_team(columns, seen),
        as_json=as_json,
        empty=_("Alt er levert."),
    )


def _row(notice: Notice) -> Row:
    return {
        "id": notice.id,
        "state": notice.state,
        "kind": notice.kind,
        "recipient": notice.recipient,
        "attempts": notice.attempts,
        "error": notice.error,
        "due_at": notice.due_at,
        "created_at": notice.created_at,
    }


@outbox_app.command("retry")
def retry_outbox(
    notice_id: Annotated[
        str | None, typer.Argument(metavar="id", help="ID fra «outbox list».")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Alt som er lagt til side.")] = False,
) -> None:
    """Lever på nytt det som er lagt til side."""

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
