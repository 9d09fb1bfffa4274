from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import TravellingClock
from tests.slack.conftest import http_play, way
from tests.slack.stage import Mode, Stage, stage

__all__ = ["http_play", "play", "way"]


@pytest.fixture
async def play(
    way: tuple[Mode, str], tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    """Over both ways and on both databases, with the token in the settings: how the bot is hangs on
    that one workspace."""
    mode, url = way
    async with stage(tmp_path, mode=mode, clock=clock, url=url) as ready:
        yield ready
