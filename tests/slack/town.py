"""One deployment and the workspaces round it: the operator's own, and one that may install the bot
from its page, which is reached through a proxy as in earnest."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import Bot, running
from bot.installing.flow import PublicApp
from bot.operating.signpost import BACK
from bot.settings import OwnApp, Settings
from bot.trial.sandbox import Human, Sandbox
from bot.trial.sandbox.records import Channel
from bot.trial.sandbox.web_server import WebServer
from storage.desk import Ledger
from storage.installations import find
from storage.keys import Keyring
from storage.opening import open_database
from storage.records import Issuer
from tests.conftest import TravellingClock
from tests.installed import from_the_page, installed_long_ago
from tests.migrated import migrated_at_once
from tests.slack.door import Door
from tests.slack.stage import BOT_SCOPES, Mode, settings_for

OPERATORS, CLUBS = "T0DRIFT", "T0LAG"


@dataclass
class Town:
    operators: Sandbox
    club: Sandbox
    """Where Kari is administrator, and Ola is a member."""

    bot: Bot
    ledger: Ledger
    clock: TravellingClock
    door: Door
    kari: Human
    ola: Human
    per: Human
    """The operator, who reads in `operations`."""

    operations: Channel

    def travel(self, **by: float) -> None:
        self.clock.forward(**by)
        self.bot.wake()

    async def installs(self) -> int:
        """Kari does, from the page; the status of the answer."""
        asked, cookie = await self.door.goes_to_slack()
        return (await self.door.get(await self.door.says_yes(asked), cookie)).status

    async def is_installed(self) -> bool:
        async with self.ledger.database.reading() as reading:
            return await find(reading, self.ledger.keys, [CLUBS]) is not None

    def posted(self, slack: Sandbox) -> list[str]:
        """To whom the bot has said something there, and Slack has taken it."""
        return [
            str(call.body["channel"])
            for call in slack.workspace.calls
            if call.method == "chat.postMessage" and call.outcome == "ok"
        ]


@asynccontextmanager
async def town(
    folder: Path,
    *,
    mode: Mode = "http",
    clock: TravellingClock | None = None,
    url: str = "",
    rotates: bool = False,
    strict: bool = True,
    has_metrics: bool = False,
) -> AsyncIterator[Town]:
    clock = clock or TravellingClock()
    url = url or migrated_at_once(folder / "bot.sqlite3")
    operators = Sandbox(
        OPERATORS, "Driften", clock=clock, scopes=BOT_SCOPES, retry_delays=(0, 0, 0)
    )
    async with operators, operators.neighbour(CLUBS, "Laget", is_installed=False) as club:
        per = operators.person("Per", "Nordmann")
        operations = operators.channel("drift", per)
        kari, ola = (
            club.person(name, "Nordmann", email=f"{name.lower()}@example.org")
            for name in ("Kari", "Ola")
        )
        kari.record.is_admin = True
        club.workspace.installation.rotates = rotates
        database = await open_database(url, clock)
        proxy, settings = WebServer(), settings_for(operators, mode, url, (), Issuer.BOT)
        settings = _many(settings, operators, proxy.url, operations)
        settings = replace(settings, metrics_port=0 if has_metrics else None)
        ledger = Ledger(database, Keyring(settings.secret_keys))
        await installed_long_ago(database, ledger.keys, operators)
        async with (
            contextlib.AsyncExitStack() as parts,
            running(settings, clock) as bot,
            ClientSession(cookie_jar=DummyCookieJar()) as http,
        ):
            parts.push_async_callback(database.close)
            parts.push_async_callback(proxy.stop)
            if mode == "http":
                for slack in (operators, club):
                    await slack.connect_http(f"http://127.0.0.1:{bot.port}/slack/events")
            await proxy.start(_passing_on(http, f"http://127.0.0.1:{bot.port}"))
            door = Door(operators, ledger, _app(operators, proxy.url), http, kari)
            yield Town(operators, club, bot, ledger, clock, door, kari, ola, per, operations)
            for slack in (operators, club):
                await slack.settles()
                assert not strict or slack.workspace.violations == [], slack.workspace.violations


def _many(settings: Settings, slack: Sandbox, url: str, operations: Channel) -> Settings:
    bot = slack.workspace.installation
    bot.redirect_uris.add(f"{url}{BACK}")
    return replace(
        from_the_page(settings, slack),
        own_app=OwnApp(bot.client_id, bot.client_secret, url),
        operator_team=OPERATORS,
        operator_channel=operations.id,
    )


def _app(slack: Sandbox, url: str) -> PublicApp:
    bot = slack.workspace.installation
    return PublicApp(bot.client_id, bot.client_secret, url, BOT_SCOPES, slack.authorize_url)


def _passing_on(http: ClientSession, inner: str) -> Starlette:
    async def pass_on(request: Request) -> Response:
        """As a proxy does that takes care of the certificate."""
        path = f"{inner}{request.url.path}?{request.url.query}"
        kept = {name: text for name, text in request.headers.items() if name == "cookie"}
        async with http.get(path, headers=kept, allow_redirects=False) as answer:
            headers = {
                name: text
                for name, text in answer.headers.items()
                if name.lower() not in ("content-length", "date")
            }
            return Response(await answer.read(), answer.status, headers)

    return Starlette(routes=[Route("/{path:path}", pass_on)])
