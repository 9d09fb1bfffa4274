"""The composition root: everything is put together here, started, and stopped."""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import aiohttp
import uvicorn
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.delivering.agent_sessions import AgentSessions
from bot.delivering.courier import Courier
from bot.delivering.dispatcher import Dispatcher
from bot.delivering.pace import TokenBucket
from bot.operating.words import _
from bot.settings import BadSetting, Settings
from bot.slack.background import Background
from bot.slack.bolt import Installation, SlackApp
from bot.slack.http import SlackEvents, web_app
from bot.slack.socket_mode import SocketMode
from handlers.directory import Directory
from handlers.faq import learning
from handlers.faq.matcher import Matcher
from handlers.services import QUIET, Services
from handlers.slack_errors import error_name, is_refusal
from storage import organisations
from storage.database import Clock, Database, open_database, utc_now
from storage.keys import Keyring
from storage.migrate import is_current, migrate
from storage.refusals import NoOrganisation
from storage.rotate import can_open_newest
from templates.words import Words

log = logging.getLogger(__name__)

CALL_SECONDS = 7.0
"""How long one call of Slack's Web API may take."""

BURST = 100
PER_SECOND = 5.0
"""Messages to one workspace: Slack takes a few hundred a minute."""

FINISH_SECONDS = 7.5
"""How long the bot may go on with what is in hand when it is told to stop."""

STOP_SECONDS = 9.0
"""How long all of the stopping may take."""

AGENT_SCOPE = "assistant:write"
"""What Slack grants with its place for agents."""

REFUSED_TOKEN = frozenset(
    {"invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_authed"}
)


class Lobby:
    """Where Slack's requests come in: refused with 503 until the bot is ready."""

    def __init__(self) -> None:
        self.inner: ASGIApp = Response(status_code=503, headers={"retry-after": "1"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.inner(scope, receive, send)


class Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: it would die of the signal it has handled."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Bot:
    """The bot of one workspace, running between `start` and `stop`."""

    def __init__(self, settings: Settings, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._lobby = Lobby()
        self._background = Background()
        self._resources = AsyncExitStack()
        self._database: Database | None = None
        self._dispatcher: Dispatcher | None = None
        self._dispatching: asyncio.Task[None] | None = None
        self._socket_mode: SocketMode | None = None
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self.port = settings.port

    async def start(self) -> None:
        """
        Raises:
            BadSetting: a setting turned out wrong: the port is taken, the token refused.
            DatabaseUnavailable: the database cannot be opened.
            BadPhrasings, CannotLearn: the assistant has nothing to answer by.
        """
        await self._serve()
        reading = asyncio.create_task(asyncio.to_thread(learning.matcher))
        database = await self._open_database()
        client, courier_client = await self._clients()
        installation = await self._ask_installation(client)
        await self._follow_settings(database, installation)
        services = self._assemble(database, client, courier_client, installation, await reading)
        await self._take_requests(SlackApp(services, installation), client)
        log.info("ready", extra={"team": installation.team_id, "port": self.port})

    async def stop(self) -> None:
        """Take nothing new, finish what is in hand, let go of everything."""
        if self._socket_mode is not None:
            self._socket_mode.take_nothing_new()
        if self._dispatcher is not None:
            self._dispatcher.stop()
        if self._server is not None:
            self._server.should_exit = True
        tasks = [task for task in (self._serving, self._dispatching) if task is not None]
        tasks.append(asyncio.create_task(self._background.finish(FINISH_SECONDS - 0.5)))
        _, late = await asyncio.wait(tasks, timeout=FINISH_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._background.finish(0.5)  # what the last requests have left to do
        if self._socket_mode is not None:
            await self._socket_mode.close()
        await self._resources.aclose()
        log.info("stopped")

    def wake(self) -> None:
        """Look at once at what is due, as after the clock was moved."""
        if self._dispatcher is not None:
            self._dispatcher.wake()

    async def is_ready(self) -> dict[str, bool]:
        """The parts that must work, and whether they do."""
        parts = {
            "database": await self._is_database_ready(),
            "dispatcher": self._dispatcher is not None and self._dispatcher.is_running,
        }
        if self._settings.uses_socket_mode:
            socket_mode = self._socket_mode
            parts["socket_mode"] = socket_mode is not None and await socket_mode.is_connected()
        else:
            parts["slack"] = isinstance(self._lobby.inner, SlackEvents)
        return parts

    async def _is_database_ready(self) -> bool:
        """Whether it can be read and is migrated; whatever keeps it from that, it is not ready."""
        try:
            return self._database is not None and await is_current(self._database)
        except Exception as error:
            log.warning("database_unavailable", extra={"error": type(error).__name__})
            return False

    async def _serve(self) -> None:
        settings = self._settings
        listener = listen(settings.host, settings.port)
        self.port = listener.getsockname()[1]
        events = None if settings.uses_socket_mode else self._lobby
        self._server = Server(
            uvicorn.Config(
                web_app(self.is_ready, events),
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=int(FINISH_SECONDS) - 2,
            )
        )
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        log.info("listening", extra={"host": settings.host, "port": self.port})

    async def _open_database(self) -> Database:
        url = self._settings.database_url
        database = await open_database(url, self._clock)
        if not await is_current(database):
            await database.close()
            await migrate(url)
            database = await open_database(url, self._clock)
        self._resources.push_async_callback(database.close)
        await self._require_the_right_key(database)
        self._database = database
        return database

    async def _require_the_right_key(self, database: Database) -> None:
        """A bot that cannot read the codes there are must not make new ones with another key."""
        async with database.reading() as transaction:
            readable = await can_open_newest(transaction, Keyring(self._settings.secret_keys))
        if not readable:
            raise BadSetting(
                "SECRET_KEY",
                _("kodene kan ikke leses med denne nøkkelen. Legg til nøkkelen de ble laget med."),
            )

    async def _clients(self) -> tuple[AsyncWebClient, AsyncWebClient]:
        """One that tries again for people who wait, and one that leaves that to the outbox."""
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS))
        self._resources.push_async_callback(session.close)
        retrying = [
            AsyncConnectionErrorRetryHandler(max_retry_count=1),
            AsyncRateLimitErrorRetryHandler(max_retry_count=1),
            AsyncServerErrorRetryHandler(max_retry_count=1),
        ]
        first, second = (
            AsyncWebClient(
                self._settings.bot_token,
                base_url=self._settings.slack_api_url,
                session=session,
                logger=QUIET,
                retry_handlers=handlers,
            )
            for handlers in (retrying, [])
        )
        return first, second

    async def _ask_installation(self, client: AsyncWebClient) -> Installation:
        """Who we are to Slack; asked again until Slack answers."""
        wait = 1.0
        while True:
            try:
                return await Installation.ask(client)
            except SlackApiError as error:
                name = error_name(error)
                if name in REFUSED_TOKEN:
                    raise _refused_token("SLACK_BOT_TOKEN", name) from None
                log.warning("slack_unavailable", extra={"error": name})
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("slack_unavailable", extra={"error": type(error).__name__})
            await asyncio.sleep(wait)
            wait = min(30.0, wait * 2)

    async def _require_app_token(self, client: AsyncWebClient, app_token: str) -> None:
        """Asked once before the client asks again and again, which would tell nobody."""
        try:
            await client.apps_connections_open(app_token=app_token)
        except SlackApiError as error:
            if is_refusal(error):
                raise _refused_token("SLACK_APP_TOKEN", error_name(error)) from None
        except (aiohttp.ClientError, OSError, TimeoutError, AttributeError):
            pass  # Slack is away: the client goes on trying

    async def _follow_settings(self, database: Database, installation: Installation) -> None:
        settings = self._settings
        if settings.organisation_name is None and settings.account_holders is None:
            await self._warn_without_organisation(database, installation.team_id)
            return
        async with database.transaction() as transaction:
            standing = await organisations.follow_settings(
                transaction,
                installation.team_id,
                settings.organisation_name or installation.team_name,
                settings.issuer,
                settings.account_holders,
            )
        if not standing.holders:
            log.warning("organisation_without_account_holder")

    async def _warn_without_organisation(self, database: Database, team_id: str) -> None:
        try:
            async with database.reading() as transaction:
                await organisations.standing_of_team(transaction, team_id)
        except NoOrganisation:
            log.warning("workspace_without_organisation", extra={"team": team_id})

    def _assemble(
        self,
        database: Database,
        client: AsyncWebClient,
        courier_client: AsyncWebClient,
        installation: Installation,
        matcher: Matcher,
    ) -> Services:
        words = Words.of("nb")
        is_agent = AGENT_SCOPE in installation.scopes
        directory = Directory(client, installation.team_id, self._clock)
        sessions = AgentSessions(courier_client, is_agent=is_agent)
        courier = Courier(database, directory, courier_client, words, sessions)
        bucket = TokenBucket(burst=BURST, per_second=PER_SECOND, monotonic=time.monotonic)
        self._dispatcher = Dispatcher(database, courier, bucket, installation.team_id)
        self._dispatching = asyncio.create_task(self._dispatcher.run())
        return Services(
            database=database,
            keyring=Keyring(self._settings.secret_keys),
            client=client,
            directory=directory,
            words=words,
            matcher=matcher,
            team_id=installation.team_id,
            is_agent=is_agent,
            wake=self._dispatcher.wake,
        )

    async def _take_requests(self, app: SlackApp, client: AsyncWebClient) -> None:
        settings = self._settings
        if settings.app_token is not None:
            await self._require_app_token(client, settings.app_token)
            self._socket_mode = SocketMode(app, settings.app_token, client, self._background)
            await self._socket_mode.open()
        else:
            assert settings.signing_secret is not None
            self._lobby.inner = SlackEvents(app, settings.signing_secret, self._background)


def _refused_token(variable: str, name: str) -> BadSetting:
    advice = _("Slack avviser den ({name}). Hent den på nytt fra Slack-appen.")
    return BadSetting(variable, advice.format(name=name))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        BadSetting: the address is none of this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except socket.gaierror:
        raise BadSetting("HOST", _("er ingen adresse på denne maskinen.")) from None
    except OSError as error:
        problem = _("kan ikke lytte på {host}:{port} ({error}). Velg en annen port.")
        raise BadSetting(
            "PORT", problem.format(host=host, port=port, error=error.strerror)
        ) from None
    # asyncio, unlike uvloop, would let the body of each answer wait 40 ms for its head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@asynccontextmanager
async def running(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Bot]:
    """A bot that is started, and stopped at the end whatever happens."""
    bot = Bot(settings, clock)
    try:
        await bot.start()
        yield bot
    finally:
        await bot.stop()


async def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    bot = Bot(settings)
    try:
        starting = asyncio.create_task(bot.start())
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            await stopping
        else:
            starting.cancel()
    finally:
        await _stop_in_time(bot)


async def _stop_in_time(bot: Bot) -> None:
    """Within ten seconds, whatever happens.

    A database that another process holds cannot be waited for longer: what has not been committed
    has not been acknowledged either, so nothing is lost by going.
    """
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await bot.stop()
    except TimeoutError:
        log.warning("stopped_in_the_middle")
        logging.shutdown()
        os._exit(0)
