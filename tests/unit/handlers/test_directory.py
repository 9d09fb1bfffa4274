"""For whom Slack is asked who somebody is, when it must not be asked too often."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from handlers.directory import ADDRESSES_A_SECOND, ADDRESSES_AT_ONCE, Directory, NotYet, Urgency
from tests.conftest import TravellingClock


class Slack(AsyncWebClient):
    """Who has an address: nobody."""

    async def users_lookupByEmail(self, *, email: str, **_: object) -> dict[str, object]:  # type: ignore[override]  # noqa: N802
        return {"ok": True, "user": {"id": "U1", "deleted": True, "profile": {"email": email}}}


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


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
def directory(watch: Watch, clock: TravellingClock) -> Directory:
    slack = Slack()
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
