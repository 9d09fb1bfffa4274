"""The pages on which the bot is installed, with Slack behind them, over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientResponse, ClientSession, DummyCookieJar
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot.installing.flow import PublicApp
from bot.installing.site import Site
from bot.operating.signpost import BACK
from bot.slack.installation_store import LedgerStore
from bot.trial.sandbox import Human, Sandbox
from bot.trial.sandbox.web_server import WebServer
from handlers.house import QUIET
from storage.desk import Ledger
from templates.words import Words

SCOPES = ("chat:write", "commands", "users:read")


@dataclass
class Door:
    """The pages, and Slack behind them."""

    slack: Sandbox
    ledger: Ledger
    app: PublicApp
    http: ClientSession
    kari: Human

    async def get(self, path: str, cookie: str = "") -> ClientResponse:
        headers = {"cookie": cookie} if cookie else {}
        return await self.http.get(
            f"{self.app.public_url}{path}", headers=headers, allow_redirects=False
        )

    async def goes_to_slack(self) -> tuple[dict[str, str], str]:
        """What Slack is asked for, and the cookie that the browser has from now on."""
        sent = await self.get("/slack/install?team=T0%26scope%3Dadmin")
        assert sent.status == 302
        asked = {
            name: values[0]
            for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()
        }
        (cookie,) = SimpleCookie(sent.headers["set-cookie"]).values()
        assert (cookie["secure"], cookie["httponly"], cookie["max-age"]) == (True, True, "600")
        return asked, f"{cookie.key}={cookie.value}"

    async def decides(self, asked: dict[str, str], user_id: str) -> str:
        """In Slack; with what the browser comes back."""
        shown = await self.http.get(self.slack.authorize_url, params=asked)
        page = await shown.text()
        assert shown.status == 200, page
        assert f'value="{user_id}"' in page
        decided = self.slack.authorize_url.replace("authorize", "decided")
        answer = await self.http.get(
            decided, params={**asked, "user": user_id}, allow_redirects=False
        )
        assert answer.status == 302
        return answer.headers["location"].removeprefix(self.app.public_url)

    async def says_yes(self, asked: dict[str, str]) -> str:
        return await self.decides(asked, self.kari.id)

    async def is_installed(self) -> bool:
        store = LedgerStore(self.ledger)
        team_id = self.slack.workspace.team_id
        return await store.async_find_bot(enterprise_id=None, team_id=team_id) is not None


@asynccontextmanager
async def door_of(slack: Sandbox, ledger: Ledger) -> AsyncIterator[Door]:
    server = WebServer()
    bot = slack.workspace.installation
    bot.redirect_uris = {f"{server.url}{BACK}"}
    app = PublicApp(bot.client_id, bot.client_secret, server.url, SCOPES, slack.authorize_url)
    client = AsyncWebClient(base_url=slack.api_url, logger=QUIET)
    site = Site(app, ledger, client, Words.of("nb"))
    await server.start(Starlette(routes=site.routes))
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield Door(slack, ledger, app, http, slack.person("Kari"))
    await server.stop()
