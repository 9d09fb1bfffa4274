"""What is in hand: requests under way and work after an acknowledgement, waited for at the end."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


class Background:
    """Holds tasks until they are done (the loop itself holds them only weakly)."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """What the current task does in this block is waited for, too."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def finish(self, seconds: float) -> None:
        """Wait for what is under way and what it leads to, at most so long; then end it."""
        ends_at = asyncio.get_running_loop().time() + seconds
        while self._tasks:
            left = ends_at - asyncio.get_running_loop().time()
            _, late = await asyncio.wait(self._tasks, timeout=max(0.0, left))
            if late and left <= 0:
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)
                return
