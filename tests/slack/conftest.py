from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import TravellingClock
from tests.slack.stage import Stage, stage


@pytest.fixture(params=["http", "socket_mode"])
async def play(
    request: pytest.FixtureRequest, tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    """The whole stage, over HTTP and over Socket Mode in turn."""
    async with stage(tmp_path, mode=request.param, clock=clock) as ready:
        yield ready


@pytest.fixture
async def http_play(tmp_path: Path, clock: TravellingClock) -> AsyncIterator[Stage]:
    """For what does not depend on the way the requests come."""
    async with stage(tmp_path, clock=clock) as ready:
        yield ready
