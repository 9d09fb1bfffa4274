"""The commands `requests` and `codes`: what the ledger holds, of one organisation or all.

A code itself is not shown here, nor could it be: the ledger is opened without its keys.
"""

from typing import Annotated

import typer

from bot.operating import listing, naming, wording
from bot.operating.arguments import AnyTeam, AsJson, Most
from bot.operating.listing import Column, Row
from bot.operating.opening import looking_everywhere
from bot.operating.spoken import Commands
from bot.words import _
from storage import codes, requests
from storage.desk import Desk
from storage.records import Code, CodeRequest, CodeState, RequestState

requests_app = Commands("Se forespørslene om koder.")
codes_app = Commands("Se kodene, men ikke de hemmelige tegnene.")

MOST = 50
"""How many are shown, unless it is said."""


@requests_app.command("list")
def list_requests(
    state: Annotated[
        RequestState | None,
        typer.Option(
            metavar="<tilstand>",
            help="Bare de som venter (pending), er godkjent (approved), avslått (declined) eller "
            "trukket (withdrawn), eller som falt bort (lapsed).",
        ),
    ] = None,
    team: AnyTeam = None,
    most: Most = MOST,
    as_json: AsJson = False,
) -> None:
    """Vis forespørslene, de nyeste først."""

    async def work(desk: Desk) -> list[CodeRequest]:
        states = RequestState if state is None else [state]
        return await requests.latest(desk, states, most=most + 1)

    seen = looking_everywhere(team, work)
    rows = listing.newest_first(listing.rows_of(seen, _request_row), "asked_at", most + 1)
    listing.show_most(
        naming.named(rows, seen, asked_by="asked_by_name", decided_by="decided_by_name"),
        listing.with_team(_request_columns(), seen),
        most,
        as_json=as_json,
        empty=_("Det er ingen slike forespørsler."),
    )


def _request_columns() -> list[Column]:
    return [
        Column("id", _("ID")),
        Column("state", _("Tilstand"), lambda row: wording.request_state(row["state"])),
        Column("person", _("Til")),
        Column("asked_at", _("Bedt om")),
        Column("asked_by", _("Bedt om av"), naming.who("asked_by")),
        Column("decided_by", _("Avgjort av"), naming.who("decided_by")),
    ]


def _request_row(request: CodeRequest) -> Row:
    return {
        "id": request.id,
        "state": request.state,
        "kind": request.kind,
        "code_id": request.code_id,
        "person": request.person.name,
        "email": request.person.email,
        "role": request.role,
        "purpose": request.purpose,
        "asked_at": request.asked_at,
        "asked_by": request.asked_by,
        "decided_at": request.decided_at,
        "decided_by": request.decided_by,
        "reason": request.reason,
    }


@codes_app.command("list")
def list_codes(
    state: Annotated[
        CodeState | None,
        typer.Option(
            metavar="<tilstand>",
            help="Bare de som er gyldige (active), utløpt (expired), erstattet (replaced) eller "
            "trukket tilbake (revoked).",
        ),
    ] = None,
    team: AnyTeam = None,
    most: Most = MOST,
    as_json: AsJson = False,
) -> None:
    """Vis kodene, de nyeste først."""

    async def work(desk: Desk) -> list[tuple[Code, CodeState]]:
        states = CodeState if state is None else [state]
        found = await codes.latest(desk, states, most=most + 1)
        return [(code, code.state_at(desk.now)) for code in found]

    seen = looking_everywhere(team, work)
    rows = listing.newest_first(listing.rows_of(seen, _code_row), "made_at", most + 1)
    listing.show_most(
        naming.named(rows, seen, made_by="made_by_name"),
        listing.with_team(_code_columns(), seen),
        most,
        as_json=as_json,
        empty=_("Det er ingen slike koder."),
    )


def _code_columns() -> list[Column]:
    return [
        Column("id", _("ID")),
        Column("code", _("Kode")),
        Column("state", _("Tilstand"), lambda row: wording.code_state(row["state"])),
        Column("person", _("Til")),
        Column("email", _("E-post")),
        Column("expires_at", _("Gyldig til")),
    ]


def _code_row(found: tuple[Code, CodeState]) -> Row:
    from templates.facts import hint  # with all that Slack's screens are made of

    code, state = found
    return {
        "id": code.id,
        "code": hint(code),
        "state": state,
        "person": code.person.name,
        "email": code.person.email,
        "user_id": code.user_id,
        "purpose": code.purpose,
        "made_at": code.made_at,
        "made_by": code.made_by,
        "expires_at": code.expires_at,
        "request_id": code.request_id,
        "replaces_id": code.replaces_id,
    }
