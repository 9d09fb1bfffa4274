"""The bot's own page in the room with two workspaces: as behind a proxy, and nowhere else."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.trial.room.cast import Beginning
from bot.trial.room.folder import Folder
from bot.trial.room.room import Plan, opened
from bot.trial.room.serving import serving


async def test_it_is_passed_on_so_that_any_browser_keeps_its_cookie(tmp_path: Path) -> None:
    plan = Plan(Folder(tmp_path), begins=Beginning.MANY)
    async with serving(plan, 0) as (_demo, url), aiohttp.ClientSession() as session:
        async with session.get(f"{url}/legg-til/") as page:
            assert page.status == 200
            assert f'href="{url}/legg-til/slack/install"' in await page.text()
            assert "http" not in page.headers["content-security-policy"]
        async with session.get(f"{url}/legg-til/site.css") as style:
            assert style.content_type == "text/css"
        async with session.get(f"{url}/legg-til/slack/install", allow_redirects=False) as sent:
            assert sent.status == 302
            asked = parse_qs(urlsplit(sent.headers["location"]).query)
            assert asked["redirect_uri"] == [f"{url}/legg-til/slack/oauth_redirect"]
            cookie = sent.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "Secure" not in cookie
        async with session.get(f"{url}/legg-til/nothing") as nothing:
            assert nothing.status == 404


@pytest.mark.parametrize("begins", [Beginning.REGISTERED, Beginning.UNREGISTERED])
async def test_one_workspace_has_no_such_page(tmp_path: Path, begins: Beginning) -> None:
    plan = Plan(Folder(tmp_path), begins=begins)
    async with serving(plan, 0) as (_demo, url), aiohttp.ClientSession() as session:
        for path in ("/legg-til/", "/legg-til/slack/install"):
            async with session.get(f"{url}{path}") as answer:
                assert answer.status == 404


async def test_slack_grants_each_time_what_the_ledger_has(tmp_path: Path) -> None:
    plan, tokens = Plan(Folder(tmp_path), begins=Beginning.MANY), []
    for _ in range(2):
        async with opened(plan) as room:
            there, not_yet = (each.workspace.installation for each in room.slacks)
            tokens.append((there.bot_token, not_yet.bot_token))
            assert (there.uninstalled, not_yet.uninstalled) == (False, True)
            await room.people["ola"].sees_message("kontoholder")
    assert tokens[0] == tokens[1]
