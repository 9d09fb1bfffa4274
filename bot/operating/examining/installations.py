"""Whether Slack takes the bot in each workspace in which it has been installed, and whether the
page on which it is can be reached from outside."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import aiohttp
from msgspec import Struct
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.operating.examining.finding import Finding
from bot.operating.examining.slack import SCOPES, slack_client
from bot.settings import OwnApp
from bot.slack.installing import Installation
from bot.words import _, ngettext, program
from handlers.house import QUIET
from handlers.slack_errors import SLACK_FAILED, error_name, is_refusal
from storage import installations
from storage.database import Database
from storage.installations import Installed
from storage.keys import Keyring, SecretUnreadable

AT_ONCE = 8
MOST_TOLD = 20
"""Workspaces in which something is wrong, each on a line of its own."""

PAGE_SECONDS = 10.0


class _Wrong(Struct, frozen=True):
    team_id: str
    problem: str


async def examine_page(own_app: OwnApp) -> Finding:
    """Whatever stands before the bot has to let people through to it."""
    what = _("Siden der boten legges til")
    try:
        timeout = aiohttp.ClientTimeout(total=PAGE_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{own_app.public_url}/", allow_redirects=False) as answer,
        ):
            status, text = answer.status, await answer.text()
    except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
        told = _("{url} svarer ikke. Sjekk at boten går, og at proxyen slipper folk inn.")
        return Finding(what, told.format(url=own_app.public_url))
    if status == 200 and "/slack/install" in text:
        return Finding(what)
    told = _("{url} svarer {status}, og det er ikke boten som svarer. Sjekk proxyen.")
    return Finding(what, told.format(url=own_app.public_url, status=status))


async def examine_installations(
    database: Database, keyring: Keyring | None, url: str
) -> AsyncIterator[Finding]:
    """One line for all that are well, and one for each that is not."""
    what = _("Arbeidsområder")
    if keyring is None:
        return
    try:
        async with database.reading() as reading:
            there = await installations.living(reading, keyring)
    except SecretUnreadable:
        return  # told of the keys
    if not there:
        told = _("boten er ikke lagt til noe sted ennå. Det gjør folk fra siden.")
        yield Finding(what, told, is_expected=True)
        return
    wrong = await _wrong(there, url)
    well = len(there) - len(wrong)
    told = ngettext("%(count)d arbeidsområde", "%(count)d arbeidsområder", len(there))
    if not wrong:
        yield Finding(told)
        return
    for each in wrong[:MOST_TOLD]:
        yield Finding(each.team_id, each.problem)
    text = _("{well} av {all} er i orden. Se: {program} workspace list")
    yield Finding(what, text.format(well=well, all=len(there), program=program()))


async def _wrong(there: Sequence[Installed], url: str) -> list[_Wrong]:
    room = asyncio.Semaphore(AT_ONCE)
    async with slack_client("", url) as client:
        session = client.session

        async def examined(installed: Installed) -> _Wrong | None:
            async with room:
                token = str(installed.granted.said["bot_token"])
                own = AsyncWebClient(token, base_url=url, session=session, logger=QUIET)
                problem = await _problem(own)
            return _Wrong(installed.granted.id, problem) if problem else None

        found = await asyncio.gather(*(examined(each) for each in there))
    return [each for each in found if each is not None]


async def _problem(client: AsyncWebClient) -> str:
    try:
        installation = await Installation.ask(client)
    except SLACK_FAILED as error:
        if isinstance(error, SlackApiError) and is_refusal(error):
            told = _("Slack tar ikke imot boten her ({name}). Be dem legge den til på nytt.")
            return told.format(name=error_name(error))
        return _("får ikke svar fra Slack.")
    missing = ", ".join(sorted(SCOPES - installation.scopes))
    if not missing:
        return ""
    told = _("mangler {missing}. Be dem legge boten til på nytt fra siden.")
    return told.format(missing=missing)
