"""Who the bot is to Slack: what its token says, and the clients that speak with it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from msgspec import Struct
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.observing import Observer
from bot.settings import BadSetting, Settings
from bot.slack.overheard import Overheard
from bot.slack.strict import ShortWaits, Strict
from bot.words import _
from handlers.house import QUIET
from handlers.slack_errors import (
    NETWORK,
    Kind,
    OddAnswer,
    error_name,
    is_refusal,
    kind_of,
    name_of,
    scopes_of,
)

log = logging.getLogger(__name__)

CALL_SECONDS = 7.0
"""How long one call of Slack's Web API may take."""

CONNECT_SECONDS = 4.0
"""How long of that it may take to reach Slack. Who was not reached by then has heard nothing; when
all of the time has run out, nobody knows."""

CALLS_AT_ONCE = 300
"""Under way to Slack, of all workspaces together; the next one waits. More than notices ever are
(`bot.delivering`): whoever has pressed a button does not wait behind them."""

AGENT_SCOPE = "assistant:write"
"""What Slack grants with its place for agents."""

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0


class Installation(Struct, frozen=True):
    """What Slack says of the bot's token: `auth.test`, asked once at start."""

    team_id: str
    team_name: str
    bot_id: str
    bot_user_id: str
    scopes: frozenset[str]

    @classmethod
    async def ask(cls, client: AsyncWebClient) -> "Installation":
        """
        Raises:
            SlackApiError, and those of `slack_errors.NETWORK`: Slack did not tell.
            OddAnswer: what answers there is not Slack.
        """
        try:
            told = await client.auth_test()
            team_id, user_id = str(told["team_id"] or ""), str(told["user_id"] or "")
        except (AttributeError, KeyError, TypeError, ValueError):
            raise OddAnswer from None
        if not team_id or not user_id:
            raise OddAnswer
        return cls(
            team_id=team_id,
            team_name=told.get("team") or "",
            bot_id=told.get("bot_id") or "",
            bot_user_id=user_id,
            scopes=scopes_of(told),
        )

    @property
    def is_agent(self) -> bool:
        return AGENT_SCOPE in self.scopes


class Clients(Struct, frozen=True):
    """Both ways to speak to Slack with one token."""

    patient: AsyncWebClient
    """Tries again by itself, for people who wait."""

    courier: AsyncWebClient
    """Leaves that to the outbox."""


class Line:
    """To Slack: one session for all calls, whichever token they are made with."""

    def __init__(self, url: str, session: aiohttp.ClientSession, observer: Observer) -> None:
        self._url = url
        self._session = session
        overheard: AsyncRetryHandler = Overheard(observer)
        strict: AsyncRetryHandler = Strict()
        self._patient = [
            overheard,
            AsyncConnectionErrorRetryHandler(max_retry_count=1),
            ShortWaits(max_retry_count=1),
            AsyncServerErrorRetryHandler(max_retry_count=1),
            strict,
        ]
        self._plain = [overheard, strict]

    def clients(self, token: str | None) -> Clients:
        """With this token; without one for what needs none."""
        return Clients(self._client(token, self._patient), self._client(token, self._plain))

    def _client(self, token: str | None, handlers: list[AsyncRetryHandler]) -> AsyncWebClient:
        return AsyncWebClient(
            token,
            base_url=self._url,
            session=self._session,
            logger=QUIET,
            retry_handlers=handlers,
        )


@asynccontextmanager
async def line(settings: Settings, observer: Observer) -> AsyncIterator[Line]:
    """While it lasts; the observer is told which calls fail."""
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS, connect=CONNECT_SECONDS)
    connector = aiohttp.TCPConnector(limit=CALLS_AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield Line(settings.slack_api_url, session, observer)


async def ask_until_told(client: AsyncWebClient) -> Installation:
    """Who we are to Slack; asked again until Slack answers.

    Raises:
        BadSetting: Slack refuses the token.
    """
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            return await Installation.ask(client)
        except SlackApiError as error:
            if kind_of(error) is Kind.OURS:
                raise refused_token("SLACK_BOT_TOKEN", error_name(error)) from None
            _warn_of_silence(error)
        except NETWORK as error:
            _warn_of_silence(error)
        await asyncio.sleep(wait)
        wait = min(LONGEST_WAIT_SECONDS, wait * 2)


def _warn_of_silence(error: Exception) -> None:
    """In words too: who starts a bot at home knows no network by the name of an exception."""
    if is_unreached(error):
        told = _(
            "Får ikke kontakt med Slack. Boten venter, og prøver igjen av seg selv. Sjekk at "
            "maskinen er på nettet."
        )
    else:
        told = _("Slack svarer ikke som vanlig. Boten venter, og prøver igjen av seg selv.")
    log.warning("slack_unavailable", extra={"error": name_of(error), "in_words": told})


def is_unreached(error: Exception) -> bool:
    """Whether it is the network's trouble, and not that of whatever answers in Slack's place."""
    return isinstance(error, NETWORK) and not isinstance(error, OddAnswer)


async def require_app_token(client: AsyncWebClient, app_token: str) -> None:
    """Asked once before the client asks again and again, which would tell nobody.

    Raises:
        BadSetting: Slack refuses the token.
    """
    try:
        await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        if is_refusal(error):
            raise refused_token("SLACK_APP_TOKEN", error_name(error)) from None
    except NETWORK:
        pass  # Slack is away: the client goes on trying


def refused_token(variable: str, name: str) -> BadSetting:
    advice = _("Slack avviser den ({name}). Hent den på nytt fra Slack-appen.")
    return BadSetting(variable, advice.format(name=name))
