"""Our clock beside Slack's: asked when in doubt, and not trusted while Slack tells nothing."""

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.slack_time import SlackTime
from bot.trial.sandbox import Dropped, Sandbox, Silence, SlackError
from handlers.house import QUIET
from tests.conftest import START, TravellingClock


async def nothing() -> None:
    """There is nothing to be put right."""


def beside(slack: Sandbox, clock: TravellingClock, monotonic: TravellingClock) -> SlackTime:
    client = AsyncWebClient(
        slack.bot_token, base_url=slack.api_url, logger=QUIET, retry_handlers=[]
    )
    return SlackTime(client, clock, nothing, lambda: (monotonic.now - START).total_seconds())


async def test_slack_is_asked_at_first_and_when_the_clock_has_moved_by_itself() -> None:
    clock, monotonic = TravellingClock(), TravellingClock()
    async with Sandbox(clock=clock) as slack:
        found = beside(slack, clock, monotonic)
        for _ in range(3):
            assert await found.agrees()
            clock.forward(hours=5)
            monotonic.forward(hours=5)
        assert len(slack.workspace.calls) == 1
        clock.forward(hours=5)
        assert await found.agrees()
        assert len(slack.workspace.calls) == 2


async def test_while_slack_tells_nothing_the_clock_is_not_trusted_nor_blamed() -> None:
    clock, monotonic = TravellingClock(), TravellingClock()
    async with Sandbox(clock=clock) as slack:
        found = beside(slack, clock, monotonic)
        slack.workspace.fail("api.test", Dropped(before=True), times=1)
        assert not await found.agrees()
        assert not await found.agrees()  # it is not asked every time
        assert (len(slack.workspace.calls), found.trouble) == (1, "")
        monotonic.forward(seconds=2)
        clock.forward(seconds=2)
        assert await found.agrees()


async def test_a_refusal_tells_the_time_as_well() -> None:
    clock, monotonic = TravellingClock(), TravellingClock()
    async with Sandbox(clock=TravellingClock()) as slack:
        found = beside(slack, clock, monotonic)
        slack.workspace.fail("api.test", SlackError("ratelimited"), times=1)
        clock.forward(minutes=-10)
        assert not await found.agrees()
        assert found.trouble == "clock_behind"


async def test_a_clock_that_is_moved_while_slack_tells_is_asked_about_again() -> None:
    clock, monotonic = TravellingClock(), TravellingClock()
    async with Sandbox(clock=clock) as slack:
        found = beside(slack, clock, monotonic)
        slack.workspace.fail("api.test", Silence(seconds=0.2, before=False), times=1)
        asked = [asyncio.create_task(found.agrees()) for _ in range(2)]
        for _ in range(500):
            if not slack.workspace.calls:
                await asyncio.sleep(0.01)
        clock.forward(days=7)
        assert await asyncio.gather(*asked) == [True, True]
        assert len(slack.workspace.calls) == 2
