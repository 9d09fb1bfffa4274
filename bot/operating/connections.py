"""How much of the web server anybody may take, as long as no signature has been looked at.

What has been waited for too long is let go, and where there are too many or too much, whoever has
kept the bot waiting longest gives way to who comes. A request of Slack's is here within
milliseconds, and is never that one.
"""

import logging
import resource
import time
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from bot.logs import Seldom

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 500
MOST_BYTES = 8_000_000
"""Of all requests together that are not whole yet."""


class Waiting(Enum):
    """What a connection waits for, and we with it."""

    FOR_REQUEST = "request"
    FOR_ANSWER = "answer"
    FOR_NEXT = "next"


SECONDS = {Waiting.FOR_REQUEST: 10.0, Waiting.FOR_ANSWER: 30.0, Waiting.FOR_NEXT: 75.0}
"""How long at most. Slack sends in a moment and waits three seconds for an answer. What keeps
connections open for the next request, as a proxy does, lets go of them after a minute, and has to
be the first to do so: else it sends on one that is closed just then."""


class Connection(Protocol):
    waiting: Waiting
    held: int
    """Bytes of a request that is not whole yet."""

    def drop(self) -> None: ...


class Connections:
    """All that are open, by what they wait for, each since when; the longest first."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._waiting: dict[Waiting, dict[Connection, float]] = {each: {} for each in Waiting}
        self._held = 0
        self._most = _most_connections()
        self._seldom = Seldom(log)

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def admit(self, connection: Connection) -> None:
        """One that was just opened, in the place of another when there are too many."""
        if len(self) >= self._most:
            self._drop_longest("too_many", Waiting.FOR_REQUEST, Waiting.FOR_NEXT)
        if len(self) < self._most:
            self.waits(connection, Waiting.FOR_REQUEST)
        else:
            self._drop(connection, "too_many")

    def waits(self, connection: Connection, what: Waiting) -> None:
        self.forget(connection)
        connection.waiting = what
        self._waiting[what][connection] = self._now()

    def forget(self, connection: Connection) -> None:
        self._waiting[connection.waiting].pop(connection, None)
        self.free(connection)

    def hold(self, connection: Connection, size: int) -> None:
        """So many bytes more of a request that is not whole."""
        connection.held += size
        self._held += size
        while self._held > MOST_BYTES and self._waiting[Waiting.FOR_REQUEST]:
            self._drop_longest("too_much", Waiting.FOR_REQUEST)

    def free(self, connection: Connection) -> None:
        """What has come of its request is not kept any more, or is in hand."""
        self._held -= connection.held
        connection.held = 0

    def drop_late(self) -> None:
        """Let go of all that have been waited for too long."""
        now = self._now()
        for what, waiting in self._waiting.items():
            for connection in [
                each for each, since in waiting.items() if now - since > SECONDS[what]
            ]:
                self._drop(connection, "too_late")

    def _drop_longest(self, reason: str, *among: Waiting) -> None:
        longest = next((each for what in among for each in self._waiting[what]), None)
        if longest is not None:
            self._drop(longest, reason)

    def _drop(self, connection: Connection, reason: str) -> None:
        if connection.waiting is not Waiting.FOR_NEXT:
            self._seldom.warn("connection_dropped", reason, waited_for=connection.waiting.value)
        self.forget(connection)
        connection.drop()


def _most_connections() -> int:
    """Half of the files that the process may open are for other things."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if allowed < 0 else min(MOST_CONNECTIONS, allowed // 2)
