"""Whatever is sent to it, signed or not: the bot answers, fails nowhere, and answers others."""

import itertools
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError

from tests.conftest import TravellingClock
from tests.faults.malformed import Malformed, Sample
from tests.faults.sending import ON_PURPOSE, malformed, send
from tests.slack.stage import COMMAND, Stage, stage

REQUESTS = 400


def is_failure(record: logging.LogRecord) -> bool:
    """An error of ours: what Slack refuses, as a trigger that is none, is no fault of the bot's."""
    error = record.exc_info[1] if record.exc_info else None
    is_ours = record.levelno >= logging.ERROR and record.message not in ON_PURPOSE
    return is_ours and not isinstance(error, SlackApiError)


@pytest.fixture
async def play(tmp_path: Path, clock: TravellingClock, migrated_url: str) -> AsyncIterator[Stage]:
    async with stage(tmp_path, clock=clock, url=migrated_url, strict=False) as ready:
        yield ready


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_that_is_sent_makes_the_bot_fail(
    play: Stage, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    for request in itertools.islice(await malformed(play, seed), REQUESTS):
        caplog.clear()
        assert await send(play.bot.port, request) < 500, request
        assert [each for each in caplog.records if is_failure(each)] == [], request
    assert await play.anne.types(f"{COMMAND} hjelp") is not None


def test_the_same_seed_makes_the_same_requests() -> None:
    command: Sample = ("command", {"command": COMMAND, "text": "hjelp"})

    def lengths(seed: int) -> list[int]:
        """Each has the time of its signing, too."""
        drawn = itertools.islice(Malformed(seed, [command], "x", str), 50)
        return [len(each.raw) for each in drawn]

    assert lengths(1) == lengths(1)
    assert lengths(1) != lengths(2)
