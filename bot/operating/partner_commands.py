"""The command `partner`: who may check codes, and by which keys."""

import shlex
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import typer

from bot.operating import listing, wording
from bot.operating.arguments import AsJson, partner_name
from bot.operating.listing import Column, Row
from bot.operating.opening import Unable, with_database
from bot.operating.spoken import Commands
from bot.words import _, program
from storage import partners
from storage.database import Database, Reading, Transaction
from storage.partners import OVERLAP, NameTaken, NoPartner
from storage.records import Partner, PartnerKey, PartnerScope

T = TypeVar("T")

partner_app = Commands("Se, legg til og sperr partnere som sjekker koder.")

ACTIVE, SUSPENDED = "active", "suspended"

MOST_OVERLAP_DAYS = 90
"""A key that is to end should not be forgotten about."""

Which = Annotated[
    str, typer.Argument(metavar="navn", help="Partnerens navn, eller ID-en fra «partner list».")
]


@partner_app.command("add")
def add_partner(
    name: Annotated[
        str, typer.Argument(metavar="navn", callback=partner_name, help="Hva partneren heter.")
    ],
    sees: Annotated[
        PartnerScope,
        typer.Option(
            help="Hva partneren får vite om en gyldig kode: bare organisasjonen, eller også navn "
            "og e-post til den som har den.",
        ),
    ] = PartnerScope.ORGANISATION,
    is_test: Annotated[
        bool, typer.Option("--test", help="Bare for prøving, med oppdiktede koder.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Legg til en partner, som får en nøkkel.

    Nøkkelen vises bare nå. Den står alene på standard ut, og resten på standard feil.
    """

    async def work(database: Database) -> tuple[Partner, str]:
        async with database.transaction() as transaction:
            return await partners.add(transaction, name, sees, is_test=is_test)

    try:
        partner, key = with_database(work)
    except NameTaken:
        problem = _("Det er en partner med navnet {name} fra før. Se: {program} partner list")
        raise Unable(problem.format(name=name, program=program())) from None
    _show_key(partner, key, as_json=as_json)


def _show_key(partner: Partner, key: str, *and_this: str, as_json: bool) -> None:
    """The key stands where programs read, and what is said of it beside that."""
    if as_json:
        typer.echo(listing.as_text([{"id": partner.id, "name": partner.name, "key": key}]))
        return
    heading = _("Nøkkelen til {name}. Den vises nå, og aldri igjen:")
    usage = _(
        "Gi den videre slik du gir et passord. Partneren sender den med hvert spørsmål:\n"
        "Authorization: Bearer <nøkkelen>"
    )
    typer.echo(heading.format(name=partner.name), err=True)
    typer.echo(key)
    and_rehearsed = [_rehearsed()] if partner.is_test else []
    typer.echo("\n".join((usage, *and_this, *and_rehearsed)), err=True)


def _rehearsed() -> str:
    """The codes that a key for rehearsing knows."""
    from bot.api.rehearsal import CODES, FIRST_USED

    heading = _("Nøkkelen er bare for prøving, med disse kodene:")
    first = _("{code} er den som har «first_use».").format(code=FIRST_USED)
    return "\n".join((heading, *(f"{code}  {status}" for code, status in CODES.items()), first))


@partner_app.command("list")
def list_partners(as_json: AsJson = False) -> None:
    """Vis partnerne og nøklene deres.

    Av en nøkkel vises bare hvordan den begynner.
    """

    async def work(database: Database) -> list[Row]:
        async with database.reading() as reading:
            return [
                _row(partner, (key for key in keys if key.opens_at(reading.now)))
                for partner, keys in await partners.list_all(reading)
            ]

    found = with_database(work)
    has_tests = any(row["is_test"] for row in found)
    listing.show(
        found,
        [
            Column("name", _("Navn")),
            Column("id", "ID"),
            Column("scope", _("Ser"), lambda row: wording.partner_scope(row["scope"])),
            Column("state", _("Tilstand"), _state),
            Column("keys", _("Nøkler"), _keys),
            *([Column("is_test", _("Prøving"), _is_test)] if has_tests else []),
            Column("added_at", _("Lagt til")),
        ],
        as_json=as_json,
        empty=_("Det er ingen partnere ennå."),
    )


def _row(partner: Partner, keys: Iterable[PartnerKey]) -> Row:
    return {
        "id": partner.id,
        "name": partner.name,
        "scope": partner.scope,
        "state": SUSPENDED if partner.suspended_at else ACTIVE,
        "is_test": partner.is_test,
        "keys": [
            {"hint": key.hint, "made_at": key.made_at, "ends_at": key.ends_at} for key in keys
        ],
        "added_at": partner.added_at,
        "suspended_at": partner.suspended_at,
    }


def _state(row: Row) -> str:
    return {ACTIVE: _("aktiv"), SUSPENDED: _("sperret")}[row["state"]]


def _keys(row: Row) -> str:
    return ", ".join(map(_key, row["keys"])) or listing.NOTHING


def _key(key: Row) -> str:
    if key["ends_at"] is None:
        return f"{key['hint']}…"
    text = _("{key} til {moment}")
    return text.format(key=f"{key['hint']}…", moment=listing.in_short(key["ends_at"]))


def _is_test(row: Row) -> str:
    return _("ja") if row["is_test"] else listing.NOTHING


@partner_app.command("rotate")
def rotate_key(
    which: Which,
    now: Annotated[
        bool, typer.Option("--now", help="De gamle nøklene slutter å virke nå: de er på avveie.")
    ] = False,
    overlap_days: Annotated[
        int | None,
        typer.Option(
            metavar="<dager>",
            min=1,
            max=MOST_OVERLAP_DAYS,
            help="Så lenge virker de gamle nøklene ved siden av den nye; ellers 7.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Gi en partner en ny nøkkel.

    De gamle virker i 7 dager til, så partneren rekker å bytte. Den nye vises bare nå.
    """
    if now and overlap_days is not None:
        raise Unable(_("Velg --now eller --overlap-days."))
    overlap = OVERLAP if overlap_days is None else timedelta(days=overlap_days)
    overlap = timedelta(0) if now else overlap

    async def work(transaction: Transaction, partner: Partner) -> tuple[Partner, str, datetime]:
        key = await partners.rotate(transaction, partner, overlap)
        return partner, key, transaction.now + overlap

    partner, key, moment = with_partner(which, work)
    told = [_until_when(None if now else moment)]
    if partner.suspended_at is not None:
        told.append(how_to_resume(partner.name))
    _show_key(partner, key, *told, as_json=as_json)


def _until_when(moment: datetime | None) -> str:
    if moment is None:
        return _("De gamle nøklene virker ikke lenger.")
    text = _("De gamle nøklene virker til {moment}.")
    return text.format(moment=listing.in_short(moment))


def with_partner(which: str, work: Callable[[Transaction, Partner], Awaitable[T]]) -> T:
    """
    Raises:
        Unable: there is no such partner.
    """

    async def find_and_work(database: Database) -> T:
        async with database.transaction() as transaction:
            return await work(transaction, await found(transaction, which))

    return with_database(find_and_work)


async def found(reading: Reading, which: str) -> Partner:
    """
    Raises:
        Unable: there is no such partner.
    """
    try:
        return await partners.find(reading, which)
    except NoPartner:
        problem = _("Det er ingen partner som heter {which}. Se alle med: {program} partner list")
        raise Unable(problem.format(which=which, program=program())) from None


@partner_app.command("suspend")
def suspend_partner(which: Which) -> None:
    """Sperr en partner: ingen spørsmål besvares.

    Partneren får heller ingen beskjeder om koder, og åpnes igjen med «partner resume».
    """

    async def work(transaction: Transaction, partner: Partner) -> Partner:
        await partners.suspend(transaction, partner)
        return partner

    before = with_partner(which, work)
    text = (
        _("{name} var sperret fra før.")
        if before.suspended_at
        else _("{name} er sperret: spørsmål besvares ikke, og ingen beskjeder sendes.")
    )
    typer.echo(text.format(name=before.name))


@partner_app.command("resume")
def resume_partner(which: Which) -> None:
    """Åpne for en partner som er sperret.

    Det som endret seg imens, får ikke partneren beskjed om: den må spørre på nytt.
    """

    async def work(transaction: Transaction, partner: Partner) -> Partner:
        await partners.resume(transaction, partner)
        return partner

    before = with_partner(which, work)
    if before.suspended_at is None:
        typer.echo(_("{name} var ikke sperret.").format(name=before.name))
        return
    text = _(
        "{name} er åpnet igjen. Partneren har ikke fått vite om koder som sluttet å gjelde imens: "
        "be den spørre på nytt om kodene den har."
    )
    typer.echo(text.format(name=before.name))


def how_to_resume(name: str) -> str:
    text = _("{name} er sperret. Åpne igjen med: {program} partner resume {quoted}")
    return text.format(name=name, program=program(), quoted=shlex.quote(name))
