"""Where many workspaces share the bot, it is added from a page of its own: where that is in the
room, and who has added it when the room is opened."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from aiohttp import ClientSession, DummyCookieJar
from starlette.requests import Request
from starlette.responses import Response

from bot.operating.keys import keyring_for
from bot.operating.signpost import BACK, FRONT
from bot.settings import Settings
from bot.trial.room.cast import PER, Troupe
from bot.trial.sandbox import Sandbox
from bot.trial.sandbox.workspace import PlayedWorkspace
from storage import installations, organisations
from storage.database import Clock
from storage.desk import Ledger
from storage.installations import Granted, Installed
from storage.migrate import opened
from storage.records import Issuer

PAGE = "/legg-til"
"""Where in the room the bot's own page is: as behind a proxy, its address is not the bot's own."""

PASSED_BACK = ("content-type", "location", "set-cookie")


def own_app(slack: Sandbox, address: str) -> dict[str, str]:
    """What the bot is told of the app that people add, at this address of the room's."""
    bot, public_url = slack.workspace.installation, f"{address}{PAGE}"
    bot.redirect_uris.add(f"{public_url}{BACK}")
    return {
        "SLACK_CLIENT_ID": bot.client_id,
        "SLACK_CLIENT_SECRET": bot.client_secret,
        "PUBLIC_URL": public_url,
    }


def front(address: str) -> str:
    return f"{address}{PAGE}{FRONT}"


async def agree(
    chosen: Settings, clock: Clock, slacks: Sequence[Sandbox], troupe: Troupe, issuer: Issuer
) -> None:
    """Slack and the ledger, on where the bot has been added: at first in the first workspace, whose
    organisation has been approved."""
    workspaces = {each.workspace.team_id: each.workspace for each in slacks}
    async with opened(chosen.database_url, clock) as database:
        ledger = Ledger(database, await keyring_for(chosen, database))
        async with database.reading() as reading:
            there = await installations.living(reading, ledger.keys)
        if not there:
            await _add(ledger, workspaces[troupe.team_id], troupe, issuer)
    for each in there:
        _grant(workspaces[each.granted.id], each)


async def _add(ledger: Ledger, workspace: PlayedWorkspace, troupe: Troupe, issuer: Issuer) -> None:
    """So long ago that whoever did has been welcomed. That it is there is written last: until then
    all is done over."""
    holders = [each.user_id for each in troupe.account_holders]
    await organisations.follow_settings(ledger, troupe.team_id, troupe.name, issuer, holders)
    async with ledger.database.transaction() as transaction:
        await installations.keep(transaction, ledger.keys, _granted(workspace))
        for each in await installations.claim_welcome(transaction, most=1, lease=timedelta(1)):
            await installations.told(transaction, each)


def _granted(workspace: PlayedWorkspace) -> Granted:
    bot = workspace.installation
    said = {
        "bot_token": bot.bot_token,
        "bot_id": bot.bot_id,
        "bot_user_id": bot.bot_user_id,
        "bot_scopes": sorted(bot.scopes),
    }
    return Granted(
        id=workspace.team_id,
        enterprise_id=None,
        team_name=workspace.name,
        installed_by=PER.user_id,
        said=said,
        token_expires_at=None,
    )


def _grant(workspace: PlayedWorkspace, there: Installed) -> None:
    """What was granted before the room was closed is good still."""
    bot, said = workspace.installation, there.granted.said
    bot.bot_token, bot.scopes = said["bot_token"], set(said["bot_scopes"])
    bot.uninstalled = False


async def passed_on(request: Request, port: int) -> Response:
    """What the bot's page answers at its port, as a proxy passes it on that takes care of what is
    secret on the way: this machine alone is none, and not every browser would keep the cookie."""
    url = f"http://127.0.0.1:{port}{FRONT}{request.path_params['path']}?{request.url.query}"
    kept = {name: text for name, text in request.headers.items() if name == "cookie"}
    async with (
        ClientSession(cookie_jar=DummyCookieJar()) as http,
        http.get(url, headers=kept, allow_redirects=False) as answer,
    ):
        return Response(await answer.read(), answer.status, _passed_back(answer.headers))


def _passed_back(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name.lower(): text for name, text in headers.items()}
    found["set-cookie"] = found.get("set-cookie", "").replace("; Secure", "")
    return {name: found[name] for name in PASSED_BACK if found.get(name)}
