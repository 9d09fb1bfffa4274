"""Who has the Home tab open, as far as Slack tells, and what it showed last.

Slack tells when somebody opens it, and not when they leave it. So it is brought up to date for a
while, where what it shows has changed: seldom enough that nobody is drowned in it, and Slack not
by a thousand who look.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic as now_of_this_machine

from handlers.pace import TokenBucket
from handlers.recent import Recent

MOST = 1_000
"""People who opened it last."""

OPEN_SECONDS = 3_600.0
"""How long it is thought to be open."""

BETWEEN_SECONDS = 3.0
"""Between two of one person's."""

AT_ONCE, A_SECOND = 20, 1.0
"""Slack takes some hundred a minute, and whoever opens theirs comes first."""


@dataclass(slots=True)
class Shown:
    """What somebody has before them."""

    user_id: str
    opened_at: float
    is_account_holder: bool = False
    """Whose Home shows what is everybody's."""

    digest: str = ""
    """Of what it showed last."""

    hash: str = ""
    """By which Slack knows it."""

    shown_at: float = float("-inf")
    has_changed: bool = False
    """What it shows, perhaps."""


class Homes:
    """Of one workspace. `monotonic` is the clock, in seconds."""

    def __init__(self, monotonic: Callable[[], float] = now_of_this_machine) -> None:
        self._monotonic = monotonic
        self._kept: Recent[Shown] = Recent(MOST)
        self._pace = TokenBucket(AT_ONCE, A_SECOND, monotonic)

    def opened(self, user_id: str) -> None:
        before = self._kept.get(user_id)
        shown = before or Shown(user_id, self._monotonic())
        shown.opened_at = self._monotonic()
        self._kept.keep(user_id, shown)

    def forget(self, user_id: str) -> None:
        self._kept.forget(user_id)

    def keep(self, user_id: str, digest: str, view_hash: str, *, is_account_holder: bool) -> None:
        """It has just been published."""
        if shown := self._kept.get(user_id):
            shown.digest, shown.hash = digest, view_hash
            shown.is_account_holder = is_account_holder
            shown.shown_at = self._monotonic()

    def concern(self, user_ids: Iterable[str] | None) -> None:
        """Something has changed that is about these people, or about who knows whom: then it may
        be about all. Whoever looks after everything is always meant."""
        meant = None if user_ids is None else set(user_ids)
        for shown in self._kept.all():
            if meant is None or shown.is_account_holder or shown.user_id in meant:
                shown.has_changed = True

    def next_due(self) -> Shown | None:
        """Whose is to be looked at now; it counts as looked at."""
        now = self._monotonic()
        if self._pace.wait_seconds():
            return None
        for shown in reversed(self._kept.all()):
            if now - shown.opened_at > OPEN_SECONDS:
                self._kept.forget(shown.user_id)
            elif shown.has_changed and now - shown.shown_at >= BETWEEN_SECONDS:
                shown.has_changed, shown.shown_at = False, now
                self._pace.take(1)
                return shown
        return None

    def seconds_to_next(self) -> float | None:
        """Until there is something to look at; None when nothing has changed."""
        now = self._monotonic()
        waits = [
            shown.shown_at + BETWEEN_SECONDS - now
            for shown in self._kept.all()
            if shown.has_changed and now - shown.opened_at <= OPEN_SECONDS
        ]
        return max(0.0, min(waits), self._pace.wait_seconds()) if waits else None
