"""For whom Slack is asked who somebody is, when it must not be asked too often."""

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from handlers.directory import (
    ADDRESSES_A_SECOND,
    ADDRESSES_AT_ONCE,
    ASKED_ANEW,
    Directory,
    NotYet,
    Urgency,
)
from handlers.telling.preparing import SEEN_WITHIN
from tests.conftest import TravellingClock
from tests.unit.handlers.watch import Watch


class Slack(AsyncWebClient):
    """Whoever is asked about is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_about: list[str] = []

    async def users_info(self, *, user: str, **_: object) -> dict[str, object]:  # type: ignore[override]
        self.asked_about.append(user)
        return {"ok": True, "user": {"id": user, "deleted": True}}

    async def users_lookupByEmail(self, *, email: str, **_: object) -> dict[str, object]:  # type: ignore[override]  # noqa: N802
        return {"ok": True, "user": {"id": "U1", "deleted": True, "profile": {"email": email}}}


async def asks(directory: Directory, urgency: Urgency) -> int:
    """How many are asked about before it is too soon, of more than there is room for."""
    for count in range(2 * ADDRESSES_AT_ONCE):
        try:
            await directory.member_with_email("kari@example.org", urgency)
        except NotYet:
            return count
    return 2 * ADDRESSES_AT_ONCE


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def directory(slack: Slack, watch: Watch, clock: TravellingClock) -> Directory:
    return Directory(slack, slack, "T1", clock, watch)


async def test_what_nothing_hangs_on_leaves_half_to_what_is_due(directory: Directory) -> None:
    assert await asks(directory, Urgency.IDLE) == ADDRESSES_AT_ONCE // 2
    assert await asks(directory, Urgency.DUE) == ADDRESSES_AT_ONCE // 2
    assert await asks(directory, Urgency.NOW) == 2 * ADDRESSES_AT_ONCE


async def test_while_there_is_something_due_nothing_else_is_asked(
    directory: Directory, watch: Watch
) -> None:
    await asks(directory, Urgency.DUE)
    for _ in range(20):
        watch.now += 1.5 / ADDRESSES_A_SECOND
        assert await asks(directory, Urgency.IDLE) == 0
        assert await asks(directory, Urgency.DUE) >= 1


async def test_whoever_was_found_to_be_gone_is_not_asked_about_again_at_once(
    directory: Directory, slack: Slack, clock: TravellingClock
) -> None:
    """A hundred notices may be for them."""
    for _ in range(100):
        assert not await directory.is_here("U1", SEEN_WITHIN, Urgency.NOW)
    assert slack.asked_about == ["U1"]
    clock.forward(seconds=61)
    assert not await directory.is_here("U1", SEEN_WITHIN, Urgency.NOW)
    assert slack.asked_about == ["U1"] * 2


@pytest.mark.parametrize("how", ["they do something", "Slack tells of them", "asked anew"])
async def test_whoever_comes_back_is_here_at_once(
    directory: Directory, slack: Slack, how: str
) -> None:
    directory.left("U1")
    within = SEEN_WITHIN
    if how == "they do something":
        directory.saw("U1")
    elif how == "Slack tells of them":
        directory.told_of({"id": "U1", "team_id": "T1"})
    else:
        within = ASKED_ANEW
    assert await directory.is_here("U1", within, Urgency.NOW) is (how == "they do something")
    assert slack.asked_about == ([] if how == "they do something" else ["U1"])


class SlowSlack(Slack):
    """Its answers are on their way until they are let go, and tell how it was before."""

    def __init__(self) -> None:
        super().__init__()
        self.arrives = asyncio.Event()

    async def users_lookupByEmail(self, *, email: str, **_: object) -> dict[str, object]:  # type: ignore[override]  # noqa: N802
        await self.arrives.wait()
        return {"ok": True, "user": {"id": "U1", "team_id": "T1", "profile": {"email": email}}}


@pytest.mark.parametrize("leaves", [True, False])
async def test_whoever_leaves_while_slacks_answer_is_on_its_way_is_no_member(
    watch: Watch, clock: TravellingClock, leaves: bool
) -> None:
    slack = SlowSlack()
    directory = Directory(slack, slack, "T1", clock, watch)
    asking = asyncio.create_task(directory.member_with_email("per@example.org", Urgency.NOW))
    await asyncio.sleep(0)
    if leaves:
        directory.left("U1")
    slack.arrives.set()
    found = await asking
    assert (found is None) is leaves
    assert directory.has_left_since("U1", 0) is leaves
    assert (directory.known("U1") is None) is leaves
    slack.arrives.set()
    assert await directory.member_with_email("per@example.org", Urgency.NOW)  # and is back
