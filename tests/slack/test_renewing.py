"""Tokens that run out are renewed ahead of time, each once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.installing.awake import AwakeRegistry
from bot.slack.installation_store import LedgerStore
from bot.slack.renewing import AHEAD, LEASE, renew_all
from bot.trial.sandbox import Dropped, SlackError
from handlers.house import QUIET
from storage import installations, organisations, outbox
from storage.database import DatabaseBusy
from storage.keys import Keyring, new_key
from storage.outbox import HELP, NewNotice
from tests.conftest import TravellingClock
from tests.installed import as_granted
from tests.slack.door import Door
from tests.unit.bot.test_awake import workspace_of

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


async def test_a_ledger_that_does_not_answer_just_then_loses_no_token(
    door: Door, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack has spent the refresh token before."""
    monkeypatch.setattr("bot.slack.renewing.PAUSES", (0.0, 0.0, 0.0))
    await installed(door)
    clock.forward(hours=11)
    renew_kept, times = installations.renew, 0

    async def busy(*arguments: Any) -> bool:
        nonlocal times
        times += 1
        if times < 3:
            raise DatabaseBusy
        return await renew_kept(*arguments)

    monkeypatch.setattr(installations, "renew", busy)
    assert await renew(door) == 1
    assert (times, count(door)) == (3, 1)
    assert await token(door) == door.slack.bot_token


async def test_what_slack_renews_no_more_and_has_run_out_has_ended(
    door: Door, clock: TravellingClock
) -> None:
    await installed(door)
    door.slack.workspace.installation.refresh_token = "another"
    clock.forward(hours=11)
    assert await renew(door) == 0
    assert await token(door) is not None  # it is good for an hour
    clock.forward(hours=2)
    assert await renew(door) == 0
    assert await token(door) is None


async def test_one_whose_token_cannot_be_read_here_keeps_nobody_waiting(
    door: Door, clock: TravellingClock
) -> None:
    """As while the keys are changed, and processes are started anew one by one."""
    ledger, teams = door.ledger, ("T0ONE", "T0SEALED")
    async with ledger.database.transaction() as transaction:
        for team_id, keyring in zip(teams, (ledger.keys, Keyring([new_key()])), strict=True):
            await organisations.add(transaction, team_id, "Laget")
            granted = replace(as_granted(door.slack), id=team_id)
            await installations.keep(transaction, keyring, granted)
    for team_id in teams:
        async with ledger.asking(team_id) as desk:
            await outbox.tell(desk, NewNotice(HELP, "U0KARI", about=team_id))
    registry = AwakeRegistry(ledger, workspace_of)
    await registry.rouse({})
    assert [each.team_id for each in registry] == ["T0ONE"]
