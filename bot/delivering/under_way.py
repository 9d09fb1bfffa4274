"""The deliveries on their way, and how many places they take."""

import asyncio
import time
from collections.abc import Callable, Iterable

SLOW_SECONDS = 2.5
"""More than a delivery takes where Slack is well."""

MOST_SET_ASIDE = 20
"""Slow ones whose places others may have, so that a workspace where nothing is answered keeps back
nobody elsewhere. Where all are slow, it is no more than these that go beside the others."""


class UnderWay:
    """All workspaces' deliveries, each from when it was begun."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._begun: dict[asyncio.Task[None], float] = {}

    def __bool__(self) -> bool:
        return bool(self._begun)

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        return set(self._begun)

    def add(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        self._begun |= dict.fromkeys(tasks, self._monotonic())

    def forget_ended(self) -> None:
        self._begun = {task: begun for task, begun in self._begun.items() if not task.done()}

    def places(self) -> int:
        """How many are taken: those that are slow are set aside."""
        return len(self._begun) - min(self._slow(), MOST_SET_ASIDE)

    def seconds_to_next_place(self) -> float | None:
        """Until one more is set aside, if none ends before."""
        slow = self._slow()
        if slow == len(self._begun) or slow >= MOST_SET_ASIDE:
            return None
        began = sorted(self._begun.values())[slow]
        return began + SLOW_SECONDS - self._monotonic()

    def _slow(self) -> int:
        since = self._monotonic() - SLOW_SECONDS
        return sum(begun <= since for begun in self._begun.values())
