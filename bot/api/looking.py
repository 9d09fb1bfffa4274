"""What stands in the ledger, kept in mind for a moment."""

import asyncio
from collections.abc import Awaitable, Callable


class Look:
    """At the ledger, every so many seconds where somebody asks: one looks, and the others wait for
    them. `monotonic` is the clock, in seconds."""

    def __init__(
        self, look: Callable[[], Awaitable[None]], every: float, monotonic: Callable[[], float]
    ) -> None:
        self._look = look
        self._every = every
        self._monotonic = monotonic
        self._looks_again_at = 0.0
        self._looking = asyncio.Lock()

    async def again(self) -> None:
        """Unless it was a moment ago. What the look raises is raised, and it is looked anew."""
        if not self._is_due():
            return
        async with self._looking:
            if self._is_due():
                await self._look()
                self._looks_again_at = self._monotonic() + self._every

    def _is_due(self) -> bool:
        return self._monotonic() >= self._looks_again_at
