"""What goes on in rounds, and rests between them."""

import asyncio
from abc import ABC, abstractmethod

from handlers.resting import rest_until


class Rounds(ABC):
    """One round after the other, until it is told to stop."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_running = False

    async def is_running(self) -> bool:
        return self._is_running

    def wake(self) -> None:
        """Go round at once, as after the clock was moved."""
        self._woken.set()

    def stop(self) -> None:
        """Finish what is in hand, and begin nothing new."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        self._is_running = True
        try:
            while not self._stopping:
                self._woken.clear()
                await self._round()
                if not self._stopping:  # a round may have taken that word for another
                    await rest_until(self._woken, await self._seconds_to_rest())
        finally:
            self._is_running = False

    @abstractmethod
    async def _round(self) -> None:
        """All that there is to do now. It raises nothing: what fails is logged, and tried again."""

    @abstractmethod
    async def _seconds_to_rest(self) -> float:
        """Until the next round, unless it is woken."""
