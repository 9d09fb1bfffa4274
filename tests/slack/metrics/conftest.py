from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import TravellingClock
from tests.slack.stage import Mode, Stage, stage


@pytest.fixture
async def play(
    way: tuple[Mode, str], tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    """The whole stage, with somebody who counts, over both ways and on both databases."""
    mode, url = way
    async with stage(tmp_path, mode=mode, clock=clock, url=url, has_metrics=True) as ready:
        yield ready


@pytest.fixture
async def http_play(tmp_path: Path, clock: TravellingClock) -> AsyncIterator[Stage]:
    async with stage(tmp_path, clock=clock, has_metrics=True) as ready:
        yield ready
