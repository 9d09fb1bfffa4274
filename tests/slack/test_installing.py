"""Somebody installs the bot from its page: to Slack, and back."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot.installing.flow import BACK, SlackApp
from bot.installing.site import GUARDED, Site
from bot.slack.installation_store import LedgerStore
from bot.trial.sandbox import Dropped, Human, Sandbox
from bot.trial.sandbox.web_server import WebServer
from handlers.house import QUIET
from storage.database import Database
from storage.desk import Ledger
from storage.keys import Keyring, new_key
from templates.words import Words
from tests.conftest import TravellingClock

SCOPES = ("chat:write", "commands", "users:read")


@dataclass
class Door:
    """The pages, and Slack behind them."""

    slack: Sandbox
    ledger: Ledger
    app: SlackApp
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
    app = SlackApp(bot.client_id, bot.client_secret, server.url, SCOPES, slack.authorize_url)
    client = AsyncWebClient(base_url=slack.api_url, logger=QUIET)
    site = Site(app, ledger, client, Words.of("nb"))
    await server.start(Starlette(routes=site.routes))
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield Door(slack, ledger, app, http, slack.person("Kari"))
    await server.stop()


@pytest.fixture
async def door(database: Database, clock: TravellingClock) -> AsyncIterator[Door]:
    ledger = Ledger(database, Keyring([new_key()]))
    async with Sandbox(clock=clock) as slack, door_of(slack, ledger) as ready:
        yield ready


async def test_the_front_says_what_it_is_and_what_it_may_see(door: Door) -> None:
    front = await door.get("/")
    page = await front.text()
    assert front.status == 200
    for scope in SCOPES:
        assert f"<code>{scope}</code>" in page
    assert f'href="{door.app.public_url}/slack/install"' in page
    assert "<script" not in page
    style = await door.get("/site.css")
    assert style.content_type == "text/css"
    for answer in (front, style):
        assert {name: answer.headers[name] for name in GUARDED} == GUARDED


async def test_slack_is_asked_for_what_the_app_needs_and_nothing_slips_in(door: Door) -> None:
    asked, cookie = await door.goes_to_slack()
    assert asked == {
        "client_id": door.app.client_id,
        "scope": ",".join(SCOPES),
        "redirect_uri": f"{door.app.public_url}/slack/oauth_redirect",
        "state": cookie.partition("=")[2],
    }


async def test_from_the_button_to_the_bot(door: Door) -> None:
    asked, cookie = await door.goes_to_slack()
    back = await door.get(await door.says_yes(asked), cookie)
    page = await back.text()
    assert back.status == 200
    assert "Godkjenningsbot er nå i arbeidsområdet Organisasjonen." in page
    assert "https://slack.com/app_redirect?app=A0SANDBOX&amp;team=T0ORG" in page
    assert await door.is_installed()


async def test_installed_anew_the_newest_counts(door: Door) -> None:
    door.slack.workspace.installation.rotates = True
    tokens = []
    for _ in range(2):
        asked, cookie = await door.goes_to_slack()
        await door.get(await door.says_yes(asked), cookie)
        store = LedgerStore(door.ledger)
        bot = await store.async_find_bot(enterprise_id=None, team_id="T0ORG")
        assert bot
        tokens.append(bot.bot_token)
    assert tokens[1] == door.slack.bot_token != tokens[0]


async def test_a_no_is_a_no(door: Door) -> None:
    asked, cookie = await door.goes_to_slack()
    back = await door.get(await door.decides(asked, ""), cookie)
    page = await back.text()
    assert "Du svarte nei i Slack, og ingenting er gjort." in page
    assert f'href="{door.app.public_url}/"' in page
    assert not await door.is_installed()


async def told(door: Door, path: str, cookie: str = "") -> tuple[int, str]:
    back = await door.get(path, cookie)
    found = re.search(r"<h1>(.*?)</h1>", await back.text())
    assert found
    return back.status, found[1]


async def test_whoever_comes_back_late_or_twice_begins_anew(
    door: Door, clock: TravellingClock
) -> None:
    asked, cookie = await door.goes_to_slack()
    path = await door.says_yes(asked)
    clock.forward(minutes=10)
    assert await told(door, path, cookie) == (400, "Det gikk for lang tid")
    asked, cookie = await door.goes_to_slack()
    path = await door.says_yes(asked)
    assert (await door.get(path, cookie)).status == 200
    assert await told(door, path, cookie) == (400, "Det gikk for lang tid")


async def test_another_browser_is_another_browser(door: Door) -> None:
    """Nobody is made to install for somebody else."""
    asked, _ = await door.goes_to_slack()
    _, theirs = await door.goes_to_slack()
    path = await door.says_yes(asked)
    for cookie in ("", theirs):
        status, title = await told(door, path, cookie)
        assert (status, title) == (400, "Du kom tilbake i en annen nettleser")
    assert not await door.is_installed()


@pytest.mark.parametrize("query", ["", "state={state}", "code=made-up&state={state}", "error=<b>"])
async def test_what_slack_does_not_take_is_said(door: Door, query: str) -> None:
    asked, cookie = await door.goes_to_slack()
    status, title = await told(door, f"{BACK}?{query.format(**asked)}", cookie)
    assert status == 400
    assert title in ("Slack tok ikke imot svaret", "Du kom tilbake i en annen nettleser")
    assert not await door.is_installed()


async def test_while_slack_is_away_one_is_told_to_wait(door: Door) -> None:
    asked, cookie = await door.goes_to_slack()
    door.slack.workspace.fail("oauth.v2.access", Dropped(before=True), times=9)
    assert await told(door, await door.says_yes(asked), cookie) == (503, "Det gikk ikke nå")


async def test_no_code_and_no_token_is_logged(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked, cookie = await door.goes_to_slack()
    path = await door.says_yes(asked)
    await door.get(path, cookie)
    asked, cookie = await door.goes_to_slack()
    await door.get(f"{BACK}?code=secret-code&state={asked['state']}", cookie)
    code = parse_qs(urlsplit(path).query)["code"][0]
    others = ("aiosqlite", "uvicorn.access")  # which the bot lets nobody hear, and does without
    ours = [each for each in caplog.records if not each.name.startswith(others)]
    said = " ".join(str(vars(each)) for each in ours)
    for secret in (
        "secret-code",
        code,
        door.app.client_secret,
        door.slack.bot_token,
        asked["state"],
    ):
        assert secret not in said, secret
