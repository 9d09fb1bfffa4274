"""The commands of `partner` about what partners are told by themselves: where, and how it goes."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from bot import settings
from bot.operating import listing, wording
from bot.operating.arguments import AsJson, Most
from bot.operating.listing import Column, Row
from bot.operating.opening import Unable, with_database
from bot.operating.partner_commands import Which, found, how_to_resume, with_partner
from bot.operating.spoken import Commands
from bot.words import _, program
from storage import webhooks
from storage.database import Database, Transaction
from storage.keys import Keyring, SecretUnreadable
from storage.records import Partner
from storage.webhooks import (
    Attempt,
    Delivery,
    NoDelivery,
    NoWebhook,
    PartnerSuspended,
    Webhook,
)

T = TypeVar("T")

Placed = tuple[Partner, Webhook, datetime]
"""Where a partner is told, and what the time is."""


def add_to(partner_app: Commands) -> None:
    partner_app.command("webhook")(set_webhook)
    partner_app.command("ping")(ping_partner)
    partner_app.command("deliveries")(list_deliveries)
    partner_app.command("resend")(resend_delivery)
    partner_app.command("rehearse")(rehearse)


def set_webhook(
    which: Which,
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="adresse", help="Der de tar imot, som https://partner.example/hooks."
        ),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="De får ikke vite noe mer.")] = False,
    now: Annotated[
        bool, typer.Option("--now", help="De gamle hemmelighetene gjelder ikke lenger.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Si hvor en partner får vite om endringer.

    Partneren får vite om det når en kode den har sett, ikke gjelder lenger. Hemmeligheten som
    beskjedene signeres med, vises bare nå. Den står alene på standard ut, og resten på standard
    feil. En eldre hemmelighet gjelder ved siden av i 24 timer, eller ikke lenger (--now).
    """
    if (url is None) is not remove:
        raise Unable(_("Skriv en adresse, eller --remove."))
    if url is None:
        _take_away(which)
    else:
        _set_place(which, _outside(url), others_end_now=now, as_json=as_json)


def _take_away(which: str) -> None:
    async def work(transaction: Transaction, partner: Partner) -> Partner:
        await webhooks.take_away(transaction, partner)
        return partner

    partner = with_partner(which, work)
    typer.echo(_("{name} får ikke vite noe av seg selv nå.").format(name=partner.name))


def _outside(url: str) -> str:
    """
    Raises:
        Unable: nothing is sent there.
    """
    from bot.delivering.letterbox import NotOutside, require_outside

    try:
        require_outside(url, inside_too=settings.read_webhooks_inside())
    except NotOutside as problem:
        raise Unable(_not_outside(str(problem)).format(url=url)) from None
    return url


def _not_outside(why: str) -> str:
    return {
        "address": _(
            "{url} er ingen adresse på nettet. Skriv den slik: https://partner.example/hooks"
        ),
        "https": _("Adressen skal begynne med https://, så ingen andre leser det som sendes."),
        "inside": _("{url} er i et lukket nett. Med WEBHOOKS_INSIDE=yes sendes det dit også."),
    }[why]


def _set_place(which: str, url: str, *, others_end_now: bool, as_json: bool) -> None:
    async def work(
        transaction: Transaction, keyring: Keyring, partner: Partner
    ) -> tuple[Partner, str]:
        secret = await webhooks.set_place(
            transaction, keyring, partner, url, others_end_now=others_end_now
        )
        return partner, secret

    partner, secret = _with_keys(which, work)
    if as_json:
        shown = {"id": partner.id, "name": partner.name, "url": url, "secret": secret}
        typer.echo(listing.as_text([shown]))
        return
    heading = _("Hemmeligheten til {name}. Den vises nå, og aldri igjen:")
    typer.echo(heading.format(name=partner.name), err=True)
    typer.echo(secret)
    usage = _(
        "Gi den videre slik du gir et passord. Partneren sjekker signaturen med den (Standard "
        "Webhooks).\nPrøv den med: {program} partner ping {name}"
    )
    typer.echo(usage.format(program=program(), name=shlex.quote(partner.name)), err=True)


def _with_keys(which: str, work: Callable[[Transaction, Keyring, Partner], Awaitable[T]]) -> T:
    """
    Raises:
        Unable: there is no such partner; or no key.
    """

    async def find_and_work(database: Database) -> T:
        async with database.transaction() as transaction:
            partner = await found(transaction, which)
        keyring = await _keyring(database)
        async with database.transaction() as transaction:
            return await work(transaction, keyring, partner)

    return with_database(find_and_work)


async def _keyring(database: Database) -> Keyring:
    """
    Raises:
        Unable: there is none yet.
        BadSetting: there are secrets, and no keys.
    """
    from bot.operating.keys import keys_at_hand

    keyring = await keys_at_hand(settings.read_keys(), settings.read_database_url(), database)
    if keyring is None:
        problem = _("Det er ingen nøkkel ennå. Start boten én gang først: {program} run")
        raise Unable(problem.format(program=program()))
    return keyring


def ping_partner(which: Which) -> None:
    """Send en partner en beskjed for å prøve.

    Den sendes nå, én gang. Kommandoen slutter med 0 når partneren tok imot den.
    """
    from bot.operating import rehearsing

    partner, place, now = _placed(which)
    inside_too = settings.read_webhooks_inside()
    came = asyncio.run(rehearsing.ping(place, now, inside_too=inside_too))
    told = wording.answer_of_theirs(came.status, came.error)
    if not came.is_taken:
        problem = _("{name} tok ikke imot. Svaret: {told}.")
        raise Unable(problem.format(name=partner.name, told=told))
    typer.echo(_("{name} tok imot. Svaret: {told}.").format(name=partner.name, told=told))


def _placed(which: str) -> Placed:
    """
    Raises:
        Unable: there is no such partner; or they are told nowhere.
    """

    async def work(transaction: Transaction, keyring: Keyring, partner: Partner) -> Placed:
        place = await _place_of(transaction, keyring, partner)
        return partner, place, transaction.now

    return _with_keys(which, work)


async def _place_of(transaction: Transaction, keyring: Keyring, partner: Partner) -> Webhook:
    try:
        return await webhooks.of_partner(transaction, keyring, partner.id)
    except NoWebhook:
        problem = _("{name} har ingen adresse. Gi en med: {command} ADRESSE")
        command = f"{program()} partner webhook {shlex.quote(partner.name)}"
        raise Unable(problem.format(name=partner.name, command=command)) from None
    except PartnerSuspended:
        raise Unable(how_to_resume(partner.name)) from None
    except SecretUnreadable:
        problem = _("Nøkkelen som hemmeligheten er kryptert med, står ikke i SECRET_KEY.")
        raise Unable(problem) from None


def list_deliveries(which: Which, most: Most = 20, as_json: AsJson = False) -> None:
    """Vis hva en partner har fått vite."""

    async def work(
        transaction: Transaction, partner: Partner
    ) -> list[tuple[Delivery, Sequence[Attempt]]]:
        return await webhooks.latest(transaction, partner.id, most + 1)

    listing.show_most(
        [_row(delivery, attempts) for delivery, attempts in with_partner(which, work)],
        [
            Column("id", "ID"),
            Column("event", _("Hva")),
            Column("state", _("Tilstand"), lambda row: wording.delivery_state(row["state"])),
            Column("made_at", _("Skrevet")),
            Column("attempts", _("Forsøk")),
            Column("status", _("Svar"), _answer),
            Column("due_at", _("Prøves")),
        ],
        most,
        as_json=as_json,
        empty=_("Partneren har ikke fått vite noe ennå."),
    )


def _row(delivery: Delivery, attempts: Sequence[Attempt]) -> Row:
    last = attempts[-1] if attempts else None
    return {
        "id": delivery.id,
        "event": delivery.kind,
        "state": delivery.state,
        "made_at": delivery.made_at,
        "attempts": delivery.attempts,
        "status": last.status if last else None,
        "error": last.error if last else None,
        "due_at": delivery.due_at,
    }


def _answer(row: Row) -> str:
    return wording.answer_of_theirs(row["status"], row["error"])


def resend_delivery(
    delivery_id: Annotated[
        str, typer.Argument(metavar="id", help="ID-en fra «partner deliveries».")
    ],
) -> None:
    """Send en beskjed til en partner på nytt.

    Uansett hva det ble av den. Den prøves i et døgn til, av boten som går.
    """

    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            await webhooks.resend(transaction, delivery_id)

    try:
        with_database(work)
    except NoDelivery:
        problem = _(
            "Det er ingen beskjed med den ID-en, eller den er på vei. "
            "Se: {program} partner deliveries NAVN"
        )
        raise Unable(problem.format(program=program())) from None
    except PartnerSuspended:
        problem = _("Partneren er sperret, og får ingen beskjeder. Se: {program} partner list")
        raise Unable(problem.format(program=program())) from None
    typer.echo(_("Den sendes på nytt."))


def rehearse(which: Which) -> None:
    """Prøv hvordan en partner tar imot.

    Bare for partnere for prøving. De får beskjeder som er for sene, kommer to ganger, i feil
    rekkefølge og med en hemmelighet som er en annens.
    """
    from bot.operating import rehearsing

    with_partner(which, _require_test)
    _partner, place, now = _placed(which)
    inside_too = settings.read_webhooks_inside()
    rows = asyncio.run(rehearsing.rehearse(place, now, inside_too=inside_too))
    typer.echo("\n".join(listing.table(rows, _columns())))
    others = sum(not row["is_expected"] for row in rows)
    if others:
        problem = _("{count} av {all} ble ikke tatt imot som ventet.")
        raise Unable(problem.format(count=others, all=len(rows)))


async def _require_test(_transaction: Transaction, partner: Partner) -> None:
    """
    Raises:
        Unable: they are there in earnest.
    """
    if not partner.is_test:
        problem = _("{name} er ikke bare for prøving. Lag en slik med: {command} --test")
        another = shlex.quote(_("{name} prøve").format(name=partner.name))
        command = f"{program()} partner add {another}"
        raise Unable(problem.format(name=partner.name, command=command))


def _columns() -> list[Column]:
    return [
        Column("sent", _("Sendt")),
        Column("expected", _("Ventet")),
        Column("status", _("Svar"), _answer),
        Column(
            "is_expected", _("Som ventet"), lambda row: _("ja") if row["is_expected"] else _("NEI")
        ),
    ]
