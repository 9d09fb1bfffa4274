"""How fast the bot speaks to Slack, and how long it waits before trying again: as values."""

from collections.abc import Callable
from datetime import timedelta

from msgspec import Struct


class Backoff(Struct, frozen=True):
    """Waits that double, with jitter, up to a longest; after so many attempts it gives up.

    With these values a notice is tried for the better part of a day.
    """

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(hours=1)
    attempts: int = 35

    def delay(self, attempt: int, jitter: float) -> timedelta:
        """The wait after attempt number `attempt` (from 1); `jitter` is drawn from 0 to 1."""
        whole = min(self.longest, self.first * float(1 << min(attempt - 1, 20)))
        return whole * (0.5 + jitter / 2)

    def is_exhausted(self, attempt: int) -> bool:
        return attempt >= self.attempts


class TokenBucket:
    """So many at once, then so many a second; a pause when Slack asks for one.

    `monotonic` is the clock, in seconds.
    """

    def __init__(self, burst: int, per_second: float, monotonic: Callable[[], float]) -> None:
        self._burst = burst
        self._per_second = per_second
        self._monotonic = monotonic
        self._tokens = float(burst)
        self._filled_at = monotonic()
        self._paused_until = 0.0

    @property
    def burst(self) -> int:
        """How many at once, at most."""
        return self._burst

    def _fill(self) -> None:
        now = self._monotonic()
        gained = (now - self._filled_at) * self._per_second
        self._tokens = min(self._burst, self._tokens + gained)
        self._filled_at = now

    def pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)

    def pause_seconds(self) -> float:
        """How long Slack wants nothing at all; 0 when there is no pause."""
        return max(0.0, self._paused_until - self._monotonic())

    def wait_seconds(self, *, keeping: int = 0) -> float:
        """How long until the next message may go and so many more could; 0 when it may go now."""
        self._fill()
        lack = (1 + keeping - self._tokens) / self._per_second
        return max(0.0, self.pause_seconds(), lack)

    def available(self, *, keeping: int = 0) -> int:
        """How many messages may go now, if so many more are to be possible."""
        return 0 if self.wait_seconds(keeping=keeping) > 0 else int(self._tokens) - keeping

    def take(self, count: int) -> None:
        self._fill()
        self._tokens -= count

    def give_back(self, count: int) -> None:
        """So many were taken for what then was not sent."""
        self._tokens += count
