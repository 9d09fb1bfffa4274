"""Whether the ledger is there, whole, and takes what is written to it."""

import shlex
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot import settings
from bot.operating.examining.finding import Finding
from bot.operating.examining.installations import examine_installations
from bot.operating.examining.organisation import (
    Answering,
    examine_account_holders,
    examine_organisations,
)
from bot.operating.failing import told_of_database
from bot.operating.keys import keys_at_hand, unreadable
from bot.operating.opening import told_if_gone
from bot.words import _, ngettext, program
from storage import key_file, organisations, outbox, webhooks
from storage.addresses import beside, sqlite_path
from storage.database import Database, DatabaseUnavailable
from storage.keys import Keyring
from storage.migrate import CURRENT, require_ours, require_shape, revision
from storage.needed_keys import open_all
from storage.opening import open_to_look
from storage.outbox import ORGANISATION_REGISTERED
from storage.patience import waiting_at_most
from storage.pulse import WAIT_SECONDS
from storage.records import Notice, NoticeState
from storage.row_security import is_past_it
from storage.shape import shape
from storage.trying import require_whole, require_writable

NOT_LET_IN = frozenset(("not_in_channel", "channel_not_found", "is_archived"))
"""Why nothing can be told in a channel."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to go by; not all of it may be right, or there."""

    url: str = field(repr=False)
    keys: tuple[str, ...] | None = field(repr=False)
    named: tuple[str, ...] | None
    """The account holders of the settings. These and the keys are None where they are what is wrong
    there."""

    slack: Answering | None
    asks_at: str | None = None
    """Where Slack is asked about each workspace, where people install the bot from a page."""


async def examine_database(known: Known) -> AsyncIterator[Finding]:
    path = sqlite_path(known.url)
    if path is not None and path.exists():
        yield _permissions(path)
    elif path is not None and path.parent.is_dir():
        async for finding in _without_file(path, known):
            yield finding
        return
    try:
        if path is not None:
            require_ours(path)
        with waiting_at_most(WAIT_SECONDS):
            database = await open_to_look(known.url)
    except DatabaseUnavailable as problem:
        yield Finding(_("Database"), told_of_database(problem), keeps_it_from_starting=True)
        return
    try:
        async for finding in _ledger(database, known):
            yield finding
    except DatabaseUnavailable as problem:
        yield Finding(_("Database"), told_of_database(problem), keeps_it_from_starting=True)
    finally:
        await database.close()


async def _without_file(path: Path | None, known: Known) -> AsyncIterator[Finding]:
    gone = told_if_gone(path) if path is not None else None
    if gone is not None:
        yield Finding(_("Database"), gone)
        return
    async for finding in _before_the_first_run(known):
        yield finding


async def _before_the_first_run(known: Known) -> AsyncIterator[Finding]:
    advice = _("er ikke satt opp ennå. Det skjer ved første «run».")
    yield Finding(_("Database"), advice, is_expected=True)
    if known.named is not None and known.asks_at is None:
        yield await examine_account_holders(known.named, known.slack)


def _permissions(database: Path) -> Finding:
    """Names and addresses, and the key to the codes, are for the bot's own user."""
    files = (database, *beside(database), key_file.beside(database))
    names = [str(each) for each in files if each.exists() and each.stat().st_mode & 0o077]
    if not names:
        return Finding(_("Filrettigheter"))
    advice = _("andre på maskinen kan lese navn, adresser eller nøkkelen. Bruk: chmod 600 {names}")
    return Finding(_("Filrettigheter"), advice.format(names=shlex.join(names)))


async def _ledger(database: Database, known: Known) -> AsyncIterator[Finding]:
    found = await revision(database)
    if found is None and await shape(database):
        advice = _("har tabeller som boten ikke har laget. Sjekk DATABASE_URL.")
        yield Finding(_("Database"), advice, keeps_it_from_starting=True)
        return
    if found is None:
        async for finding in _without_file(sqlite_path(known.url), known):
            yield finding
        return
    if found != CURRENT:
        yield _version(found)
        return
    await require_shape(database)
    await require_writable(known.url, database)
    await require_whole(known.url)
    yield Finding(_("Database"))
    if known.keys is not None:
        yield await _keys(database, known.keys, known.url)
    if sqlite_path(known.url) is None:
        yield await _kept_apart(database, is_for_many=known.asks_at is not None)
    if known.asks_at is not None:
        keyring = Keyring(known.keys) if known.keys else None
        async for finding in examine_installations(database, keyring, known.asks_at):
            yield finding
    else:
        async for finding in examine_organisations(database, known.named or (), known.slack):
            yield finding
    yield await _outbox(database)
    yield await _webhooks(database)


async def _kept_apart(database: Database, *, is_for_many: bool) -> Finding:
    """Where there are many, what belongs to one is kept from the others by PostgreSQL, too. Where
    there is one, nobody has to do anything about it yet."""
    what = _("Skille mellom organisasjonene")
    async with database.reading() as reading:
        if not await is_past_it(reading):
            return Finding(what)
        is_alone = not is_for_many and len(await organisations.list_all(reading)) < 2
    advice = _(
        "boten er superbruker i databasen eller har BYPASSRLS, og da holder PostgreSQL ingenting "
        "fra hverandre. Gi den en egen bruker som eier databasen."
    )
    return Finding(what, advice, is_expected=is_alone)


def _version(found: str) -> Finding:
    if found < CURRENT:
        advice = _("er laget av en eldre versjon av boten. Neste «run» gjør den klar.")
        return Finding(_("Database"), advice, is_expected=True)
    advice = _("er laget av en nyere versjon av boten. Oppdater boten.")
    return Finding(_("Database"), advice, keeps_it_from_starting=True)


async def _keys(database: Database, keys: tuple[str, ...], url: str) -> Finding:
    what = _("Nøkler")
    try:
        keyring = await keys_at_hand(keys, url, database)
    except settings.BadSetting as problem:
        return Finding(what, str(problem), keeps_it_from_starting=True)
    async with database.reading() as transaction:
        if keyring is None or await open_all(transaction, keyring):
            return Finding(what)
    return Finding(what, unreadable(), keeps_it_from_starting=True)


async def _outbox(database: Database) -> Finding:
    async with database.reading() as transaction:
        waiting = await outbox.undelivered(transaction)
    parked = sum(notice.state is NoticeState.PARKED for notice in waiting)
    if not parked:
        return Finding(_("Utboks"))
    told = ngettext(
        "%(count)d melding kunne ikke leveres.", "%(count)d meldinger kunne ikke leveres.", parked
    )
    see = _("Se: {program} outbox list").format(program=program())
    invite = _("Inviter boten til kanalen OPERATOR_CHANNEL.") if _is_shut_out(waiting) else ""
    return Finding(_("Utboks"), " ".join(filter(None, (told, invite, see))))


async def _webhooks(database: Database) -> Finding:
    """Of the partners each by name, as the commands take it."""
    what = _("Beskjeder til partnerne")
    async with database.reading() as reading:
        parked = await webhooks.parked(reading)
    if not parked:
        return Finding(what)
    told = ngettext(
        "%(count)d beskjed ble ikke tatt imot, og prøves ikke mer.",
        "%(count)d beskjeder ble ikke tatt imot, og prøves ikke mer.",
        sum(parked.values()),
    )
    see = [f"{program()} partner deliveries {shlex.quote(name)}" for name in parked]
    text = _("Se: {commands}. Send på nytt: {program} partner resend ID")
    advice = text.format(commands=", ".join(see), program=program())
    return Finding(what, f"{told} {advice}")


def _is_shut_out(waiting: Sequence[Notice]) -> bool:
    """Whether the operator could not be told in their channel."""
    return any(
        notice.kind == ORGANISATION_REGISTERED and notice.error in NOT_LET_IN for notice in waiting
    )
