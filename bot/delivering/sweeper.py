"""The sweeper: what time brings becomes notices, beside whatever is being delivered."""

import logging
from collections.abc import Awaitable, Callable
from time import monotonic

from bot.delivering.rounds import Rounds
from bot.observing import UNOBSERVED, Observer
from storage import due
from storage.desk import Ledger

log = logging.getLogger(__name__)

REST_SECONDS = 5.0
"""Between sweeps: what falls due is told so much later at most."""


class Sweeper(Rounds):
    """Sweeps the whole ledger, for all workspaces together, while the clock is right: what a sweep
    does cannot be undone."""

    def __init__(
        self,
        ledger: Ledger,
        is_time_right: Callable[[], Awaitable[bool]],
        observer: Observer = UNOBSERVED,
    ) -> None:
        super().__init__()
        self._ledger = ledger
        self._is_time_right = is_time_right
        self._observer = observer

    async def _round(self) -> None:
        """The broad catch: a sweep that fails is logged, and the next one tries again."""
        began = monotonic()
        try:
            if await self._is_time_right():
                await due.sweep(self._ledger)
                self._observer.swept(monotonic() - began)
        except Exception:
            log.exception("sweep_failed")

    async def _seconds_to_rest(self) -> float:
        return REST_SECONDS
