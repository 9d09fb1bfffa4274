"""The real bot, whose clock is moved ahead when it is sent SIGUSR1: `python -m
tests.bench.travelling`."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from bot import app
from bot.__main__ import keep_what_is_imported
from bot.app import Bot, running
from bot.operating.running import run
from bot.settings import Settings
from storage.database import utc_now

MOVES = timedelta(minutes=2)
"""Less than what the bot bears of a clock that is not Slack's."""


class Clock:
    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self._ahead

    def move(self) -> None:
        self._ahead += MOVES


@asynccontextmanager
async def _moved(settings: Settings, clock: Clock, **more: Any) -> AsyncIterator[Bot]:
    async with running(settings, clock, **more) as bot:

        def move() -> None:
            clock.move()
            bot.wake()

        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, move)
        yield bot


if __name__ == "__main__":
    app.running = _moved  # type: ignore[assignment]
    keep_what_is_imported()
    run(Clock())
