"""Somebody installs the bot from its page: to Slack, and back."""

import logging
import re
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from slack_sdk.oauth.installation_store import Installation

from bot.installing.flow import PublicApp
from bot.installing.site import GUARDED, Site
from bot.operating.signpost import BACK
from bot.slack.installation_store import LedgerStore
from bot.trial.sandbox import Dropped
from storage import installing
from templates.words import Words
from tests.conftest import TravellingClock
from tests.slack.door import SCOPES, Door


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


async def test_when_too_many_have_begun_the_next_is_asked_to_wait(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "MOST_UNDER_WAY", 1)
    await door.goes_to_slack()
    assert await told(door, "/slack/install") == (503, "Det gikk ikke nå")


async def test_from_the_button_to_the_bot(door: Door) -> None:
    asked, cookie = await door.goes_to_slack()
    back = await door.get(await door.says_yes(asked), cookie)
    page = await back.text()
    assert back.status == 200
    assert "Godkjenningsbot er nå i arbeidsområdet Organisasjonen." in page
    slack = door.slack.workspace.base_url
    assert f"{slack}/app_redirect?app=A0SANDBOX&amp;team=T0ORG" in page
    assert await door.is_installed()


def test_the_way_on_is_slacks_own() -> None:
    asks_at = "https://slack.com/oauth/v2/authorize"
    app = PublicApp("1.1", "secret", "https://bot.example.org", SCOPES, asks_at)
    nobody = cast("Any", None)
    site = Site(app, nobody, nobody, Words.of("nb"))
    there = Installation(app_id="A1", team_id="T1", user_id="U1")
    assert site._open_url(there) == "https://slack.com/app_redirect?app=A1&team=T1"


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
