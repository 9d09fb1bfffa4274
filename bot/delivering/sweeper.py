"""The sweeper: what time brings becomes notices, beside whatever is being delivered."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from storage import due
from storage.desk import Ledger

log = logging.getLogger(__name__)

REST_SECONDS = 5.0
"""Between sweeps: what falls due is told so much later at most."""


class Sweeper:
    """Sweeps the whole ledger, for all workspaces together, while the clock is right: what a sweep
    does cannot be undone."""

    def __init__(self, ledger: Ledger, is_time_right: Callable[[], Awaitable[bool]]) -> None:
        self._ledger = ledger
        self._is_time_right = is_time_right
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_running = False

    async def is_running(self) -> bool:
        return self._is_running

    def wake(self) -> None:
        """Sweep at once, as after the clock was moved."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the sweep in hand, and begin none."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        self._is_running = True
        try:
            while not self._stopping:
                self._woken.clear()
                await self._sweep()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(REST_SECONDS):
                        await self._woken.wait()
        finally:
            self._is_running = False

    async def _sweep(self) -> None:
        """The broad catch: a sweep that fails is logged, and the next one tries again."""
        try:
            if await self._is_time_right():
                await due.sweep(self._ledger)
        except Exception:
            log.exception("sweep_failed")
