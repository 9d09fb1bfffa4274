from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import TravellingClock
from tests.slack.stage import Stage, stage


@pytest.fixture(params=["http", "socket_mode"])
async def play(
    request: pytest.FixtureRequest, tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    """The whole stage, with somebody who counts, over both ways in turn."""
    async with stage(tmp_path, mode=request.param, clock=clock, has_metrics=True) as ready:
        yield ready


@pytest.fixture
async def http_play(tmp_path: Path, clock: TravellingClock) -> AsyncIterator[Stage]:
    async with stage(tmp_path, clock=clock, has_metrics=True) as ready:
        yield ready
