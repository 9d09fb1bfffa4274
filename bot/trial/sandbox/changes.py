"""One subscription: whoever shows the workspace is told when something on it changed."""

import asyncio
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Seen = TypeVar("Seen")
Listener = Callable[[frozenset[str]], None]


TRAFFIC = "traffic"
"""Stands for nobody: something went to the bot or came from it, and no screen changed by that."""


class Changes:
    """Listeners get the ids of the people whose screens changed; an empty set means everybody's."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    def announce(self, *user_ids: str) -> None:
        concerned = frozenset(user_ids)
        for listener in list(self.listeners):
            listener(concerned)

    @contextmanager
    def subscription(self, listener: Listener) -> "Iterator[None]":
        self.listeners.append(listener)
        try:
            yield
        finally:
            self.listeners.remove(listener)

    async def until(
        self, look: Callable[[], Seen | None], timeout: float, user_id: str | None = None
    ) -> Seen | None:
        """Look, and look again at each change that concerns `user_id`, and after all traffic.

        None when time is up.
        """
        changed = asyncio.Event()

        def notice(concerned: frozenset[str]) -> None:
            if not concerned or user_id is None or concerned & {user_id, TRAFFIC}:
                changed.set()

        with self.subscription(notice):
            try:
                async with asyncio.timeout(timeout):
                    while (seen := look()) is None:
                        await changed.wait()
                        changed.clear()
            except TimeoutError:
                return look()
        return seen
