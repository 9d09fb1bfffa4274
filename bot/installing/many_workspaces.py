"""The workspaces that have installed the bot from its page: they are served when they call, or
when something is due there, and what has to be done about them is done."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urljoin

from starlette.applications import Starlette

from bot.installing.awake import AwakeRegistry
from bot.installing.flow import AUTHORIZE_PATH, PublicApp
from bot.installing.served import Served, show_what_waits, workspace
from bot.installing.site import Site
from bot.installing.upkeep import (
    Farewells,
    Renewing,
    RollCalling,
    Round,
    TiesKeeper,
    Welcoming,
)
from bot.living import Life
from bot.operating.examining.slack import SCOPES
from bot.operating.web import Lobby
from bot.settings import OwnApp, Settings
from bot.slack.installing import AGENT_SCOPE, Installation, Line
from bot.slack.renewing import renew_all
from handlers.house import House, Seat, Workspace
from storage.installations import Installed


@asynccontextmanager
async def many_workspaces(
    settings: Settings, house: House, to_slack: Line, pages: Lobby, life: Life
) -> AsyncIterator[Served]:
    """While they are served."""
    own_app = settings.own_app
    assert own_app is not None
    ledger = house.ledger
    slack = to_slack.clients(None)

    def wake(team_id: str, found: Installed) -> Workspace:
        clients = to_slack.clients(found.granted.said["bot_token"])
        return workspace(house, _installation(team_id, found), clients, _seat(found))

    async def renew() -> list[str]:
        return await renew_all(ledger, slack.courier, own_app.client_id, own_app.client_secret)

    registry = AwakeRegistry(ledger, wake)
    upkeep: dict[str, Round] = {
        "renewing": Renewing(registry, renew),
        "ties": TiesKeeper(registry),
        "welcoming": Welcoming(ledger, registry),
        "farewells": Farewells(ledger, registry, house.operator_channel),
        "roll_call": RollCalling(ledger, registry),
    }

    def wake_all() -> None:
        for each in upkeep.values():
            each.wake()

    def heard(installation_id: str) -> None:
        registry.changed(installation_id)
        wake_all()

    if house.operator_channel:
        await show_what_waits(ledger, house.operator_channel)
    site = Site(_app(settings, own_app), ledger, slack.patient, house.words, heard)
    async with AsyncExitStack() as parts:
        for name, rounds in upkeep.items():
            await parts.enter_async_context(life.lives(name, rounds.run, rounds.stop))
        await parts.enter_async_context(pages.opened(Starlette(routes=site.routes)))
        yield Served(registry, wake_all)


def _app(settings: Settings, own_app: OwnApp) -> PublicApp:
    scopes = sorted({*SCOPES, AGENT_SCOPE})
    asks_at = urljoin(settings.slack_api_url, AUTHORIZE_PATH)
    return PublicApp(own_app.client_id, own_app.client_secret, own_app.public_url, scopes, asks_at)


def _installation(team_id: str, found: Installed) -> Installation:
    said = found.granted.said
    return Installation(
        team_id=team_id,
        team_name=found.granted.team_name if found.granted.id == team_id else "",
        bot_id=said["bot_id"],
        bot_user_id=said["bot_user_id"],
        scopes=frozenset(said.get("bot_scopes") or ()),
    )


def _seat(found: Installed) -> Seat:
    return Seat(found.granted.id, found.installed_at, found.revision)
