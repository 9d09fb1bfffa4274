"""The command `doctor`: one line for each thing that must be right, with how to mend it."""

import shlex
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import settings
from bot.operating import asking
from bot.operating.failing import told_of_database
from bot.operating.keys import keys_at_hand, unreadable
from bot.settings import Settings
from bot.slack.installing import Installation, OddAnswer, refused_token
from bot.words import _, program
from handlers.house import QUIET
from handlers.slack_errors import NETWORK, SLACK_FAILED, error_name, is_refusal
from storage import key_file, outbox
from storage.database import (
    Database,
    DatabaseUnavailable,
    beside,
    open_to_look,
    sqlite_path,
)
from storage.desk import Ledger
from storage.migrate import CURRENT, require_shape, revision
from storage.needed_keys import open_all
from storage.patience import waiting_at_most
from storage.pulse import WAIT_SECONDS
from storage.records import NoticeState, OrganisationState
from storage.refusals import NoOrganisation
from storage.trying import require_writable

SCOPES = frozenset(
    {
        "app_mentions:read",
        "chat:write",
        "commands",
        "im:history",
        "im:write",
        "users:read",
        "users:read.email",
    }
)
"""What the bot needs. `app.yaml` asks for these and for what an agent may have besides; a test
holds the two together."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    problem: str = ""
    """Empty when all is well; else what is wrong and what to do."""

    keeps_it_from_starting: bool = False
    """Whether `run` would end at once because of it."""

    @property
    def exit_code(self) -> int:
        """As `run` has it, where that would end; else 1 for what is to be mended."""
        return 0 if not self.problem else 2 if self.keeps_it_from_starting else 1

    def __str__(self) -> str:
        return f"✗ {self.what}: {self.problem}" if self.problem else f"✓ {self.what}"


async def examine(say: Say) -> int:
    """Say each finding as it is found; the exit code of the worst."""
    worst = 0
    async for finding in _findings():
        say(str(finding))
        worst = max(worst, finding.exit_code)
    return worst


async def _findings() -> AsyncIterator[Finding]:
    try:
        read = settings.read()
    except settings.BadSetting as problem:
        yield Finding(_("Innstillinger"), str(problem), keeps_it_from_starting=True)
        return
    yield Finding(_settings_told(read))
    installation, finding = await _slack(read)
    yield finding
    if installation is not None:
        yield _scopes(installation)
    async for finding in _database(read, installation):
        yield finding
    complaint = await asking.complaint(read)
    if complaint is not None:
        yield Finding(_("Boten som kjører"), complaint)


def _settings_told(read: Settings) -> str:
    if not read.unquoted:
        return _("Innstillinger")
    text = _("Innstillinger, uten anførselstegnene som sto rundt {variables}")
    return text.format(variables=", ".join(read.unquoted))


async def _database(read: Settings, installation: Installation | None) -> AsyncIterator[Finding]:
    path = sqlite_path(read.database_url)
    if path is not None and path.exists():
        yield _permissions(path)
    elif path is not None and path.parent.is_dir():
        yield Finding(_("Database"), _not_set_up())
        return
    try:
        with waiting_at_most(WAIT_SECONDS):
            database = await open_to_look(read.database_url)
    except DatabaseUnavailable as problem:
        yield Finding(_("Database"), told_of_database(problem), keeps_it_from_starting=True)
        return
    try:
        async for finding in _ledger(database, read, installation):
            yield finding
    except DatabaseUnavailable as problem:
        yield Finding(_("Database"), told_of_database(problem), keeps_it_from_starting=True)
    finally:
        await database.close()


def _not_set_up() -> str:
    return _("er ikke satt opp ennå. Det skjer ved første «run».")


def _permissions(database: Path) -> Finding:
    """Names and addresses, and the key to the codes, are for the bot's own user."""
    files = (database, *beside(database), key_file.beside(database))
    names = [str(each) for each in files if each.exists() and each.stat().st_mode & 0o077]
    if not names:
        return Finding(_("Filrettigheter"))
    advice = _("andre på maskinen kan lese navn, adresser eller nøkkelen. Bruk: chmod 600 {names}")
    return Finding(_("Filrettigheter"), advice.format(names=shlex.join(names)))


async def _slack(read: Settings) -> tuple[Installation | None, Finding]:
    what = _("Slack")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        client = AsyncWebClient(
            read.bot_token, base_url=read.slack_api_url, session=session, logger=QUIET
        )
        variable = "SLACK_BOT_TOKEN"
        try:
            installation = await Installation.ask(client)
            if read.app_token is not None:
                variable = "SLACK_APP_TOKEN"
                await client.apps_connections_open(app_token=read.app_token)
        except (*SLACK_FAILED, AttributeError) as error:
            return None, Finding(what, _slack_problem(read, variable, error))
        return installation, Finding(what)


def _slack_problem(read: Settings, variable: str, error: Exception) -> str:
    """Whose it is: the token's, the network's, or that of whatever answers in Slack's place."""
    if isinstance(error, SlackApiError) and is_refusal(error):
        problem = str(refused_token(variable, error_name(error)))
    elif isinstance(error, NETWORK) and not isinstance(error, OddAnswer):
        problem = _("får ikke kontakt. Sjekk nettet.")
    else:
        problem = _("svaret er ikke slik Slack svarer. Prøv igjen om litt, og sjekk nettet.")
    if read.slack_api_url != settings.SLACK_API_URL:
        problem += " " + _(
            "SLACK_API_URL peker et annet sted enn til Slack: er det ikke meningen, så ta den bort."
        )
    return problem


def _scopes(installation: Installation) -> Finding:
    missing = ", ".join(sorted(SCOPES - installation.scopes))
    if not missing:
        return Finding(_("Rettigheter"))
    advice = _("mangler {missing}. Legg inn app.yaml i Slack-appen og installer den på nytt.")
    return Finding(_("Rettigheter"), advice.format(missing=missing))


async def _ledger(
    database: Database, read: Settings, installation: Installation | None
) -> AsyncIterator[Finding]:
    found = await revision(database)
    if found != CURRENT:
        yield _version(found)
        return
    await require_shape(database)
    await require_writable(read.database_url, database)
    yield Finding(_("Database"))
    yield await _keys(database, read)
    if installation is not None:
        yield await _organisation(database, read, installation)
    yield await _outbox(database)


def _version(found: str | None) -> Finding:
    if found is None:
        return Finding(_("Database"), _not_set_up())
    if found < CURRENT:
        advice = _("er laget av en eldre versjon av boten. Neste «run» gjør den klar.")
        return Finding(_("Database"), advice)
    advice = _("er laget av en nyere versjon av boten. Oppdater boten.")
    return Finding(_("Database"), advice, keeps_it_from_starting=True)


async def _keys(database: Database, read: Settings) -> Finding:
    what = _("Nøkler")
    try:
        keyring = await keys_at_hand(read, database)
    except settings.BadSetting as problem:
        return Finding(what, str(problem))
    async with database.reading() as transaction:
        if keyring is None or await open_all(transaction, keyring):
            return Finding(what)
    return Finding(what, unreadable())


async def _organisation(database: Database, read: Settings, installation: Installation) -> Finding:
    what = _("Organisasjon")
    try:
        async with Ledger(database).looking(installation.team_id) as desk:
            standing = desk.standing
    except NoOrganisation:
        advice = _(
            'finnes ikke. Sett ACCOUNT_HOLDERS, eller: {program} organisation add {team} "Navn"'
        )
        return Finding(what, advice.format(program=program(), team=installation.team_id))
    if standing.organisation.state is OrganisationState.SUSPENDED:
        advice = _("er stengt. Åpne den igjen med: {program} organisation approve {team}")
        return Finding(what, advice.format(program=program(), team=installation.team_id))
    if standing.organisation.state is not OrganisationState.APPROVED:
        advice = _("er ikke godkjent. Godkjenn med: {program} organisation approve {team}")
        return Finding(what, advice.format(program=program(), team=installation.team_id))
    ignored = sorted(set(read.account_holders or ()) - set(standing.holders))
    if not standing.holders:
        advice = _("ingen er kontoholder. Bruk: {program} account-holder add")
        return Finding(what, advice.format(program=program()))
    if ignored:
        advice = _(
            "{users} står i ACCOUNT_HOLDERS, men er fjernet. "
            "Bruk: {program} account-holder add {first}"
        )
        users = ", ".join(ignored)
        return Finding(what, advice.format(users=users, program=program(), first=ignored[0]))
    return Finding(what)


async def _outbox(database: Database) -> Finding:
    async with database.reading() as transaction:
        waiting = await outbox.undelivered(transaction)
    parked = sum(notice.state is NoticeState.PARKED for notice in waiting)
    if not parked:
        return Finding(_("Utboks"))
    advice = _("{count} meldinger kunne ikke leveres. Se: {program} outbox list")
    return Finding(_("Utboks"), advice.format(count=parked, program=program()))
