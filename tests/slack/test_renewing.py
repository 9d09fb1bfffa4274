"""Tokens that run out are renewed ahead of time, each once."""

import asyncio
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.installation_store import LedgerStore
from bot.slack.renewing import AHEAD, LEASE, renew_all
from bot.trial.sandbox import Dropped, SlackError
from handlers.house import QUIET
from tests.conftest import TravellingClock
from tests.slack.door import Door

REFRESH = "oauth.v2.access"


async def installed(door: Door) -> None:
    door.slack.workspace.installation.rotates = True
    asked, cookie = await door.goes_to_slack()
    assert (await door.get(await door.says_yes(asked), cookie)).status == 200


async def renew(door: Door) -> int:
    """How many were."""
    client = AsyncWebClient(base_url=door.slack.api_url, logger=QUIET)
    app = door.app
    return len(await renew_all(door.ledger, client, app.client_id, app.client_secret))


async def token(door: Door) -> str | None:
    store = LedgerStore(door.ledger)
    bot = await store.async_find_bot(enterprise_id=None, team_id="T0ORG")
    return bot.bot_token if bot else None


def count(door: Door) -> int:
    return sum(call.method == REFRESH for call in door.slack.workspace.calls) - 1


async def test_it_is_renewed_two_hours_before_and_not_sooner(
    door: Door,
    clock: TravellingClock,
) -> None:
    await installed(door)
    first = await token(door)
    clock.now = clock() + timedelta(hours=12) - AHEAD - timedelta(seconds=5)
    assert await renew(door) == 0
    clock.forward(seconds=10)
    assert await renew(door) == 1
    assert await token(door) == door.slack.bot_token != first
    assert await renew(door) == 0


async def test_of_many_at_once_one_spends_the_refresh_token(
    door: Door,
    clock: TravellingClock,
) -> None:
    await installed(door)
    clock.forward(hours=11)
    assert sum(await asyncio.gather(*(renew(door) for _ in range(6)))) == 1
    assert count(door) == 1
    assert await token(door) == door.slack.bot_token


@pytest.mark.parametrize("fault", [Dropped(before=True), SlackError("internal_error")], ids=str)
async def test_what_slack_does_not_renew_is_good_meanwhile_and_tried_again(
    door: Door,
    clock: TravellingClock,
    fault: Dropped | SlackError,
) -> None:
    await installed(door)
    first = await token(door)
    clock.forward(hours=11)
    door.slack.workspace.fail(REFRESH, fault, times=3)
    assert await renew(door) == 0
    assert await token(door) == first
    door.slack.workspace.faults.clear()
    clock.now = clock() + LEASE
    assert await renew(door) == 1
    assert await token(door) == door.slack.bot_token
