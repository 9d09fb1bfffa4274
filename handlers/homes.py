"""Who has the Home tab open, as far as Slack tells, and what it showed last.

Slack tells when somebody opens it, and not when they leave it. So it is brought up to date for a
while, where what it shows has changed: seldom enough that nobody is drowned in it, and Slack not
by a thousand who look.
"""

from collections.abc import Callable, Iterable
from time import monotonic as now_of_this_machine

from msgspec import Struct

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

LOOKS_A_SECOND = 10.0
"""How many are read anew, most of which show what they showed."""


class Shown(Struct):
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

    is_opening: bool = False
    """It is being read what it is to show: whatever changes meanwhile may be left out."""


class Homes:
    """Of one workspace. `monotonic` is the clock, in seconds."""

    def __init__(self, monotonic: Callable[[], float] = now_of_this_machine) -> None:
        self._monotonic = monotonic
        self._kept: Recent[Shown] = Recent(MOST)
        self._pace = TokenBucket(AT_ONCE, A_SECOND, monotonic)
        self._looks = TokenBucket(AT_ONCE, LOOKS_A_SECOND, monotonic)

    def opened(self, user_id: str) -> None:
        before = self._kept.get(user_id)
        shown = before or Shown(user_id, self._monotonic())
        shown.opened_at, shown.is_opening = self._monotonic(), True
        self._kept.keep(user_id, shown)

    def forget(self, user_id: str) -> None:
        self._kept.forget(user_id)

    def keep(self, user_id: str, digest: str, view_hash: str, *, is_account_holder: bool) -> None:
        """It has just been published."""
        if shown := self._kept.get(user_id):
            shown.digest, shown.hash = digest, view_hash
            shown.is_account_holder, shown.is_opening = is_account_holder, False
            shown.shown_at = self._monotonic()

    def is_as_it_was(self) -> None:
        """What was looked at last shows nothing new: there was nothing to publish."""
        self._pace.give_back(1)

    def pause(self, seconds: float) -> None:
        """Slack wants nothing for so long."""
        self._pace.pause(seconds)

    def concern(self, user_ids: Iterable[str] | None) -> None:
        """Something has changed that is about these people, or about who knows whom: then it may
        be about all. Whoever looks after everything is always meant."""
        meant = None if user_ids is None else set(user_ids)
        for shown in self._kept.all():
            is_meant = meant is None or shown.user_id in meant
            if is_meant or shown.is_account_holder or shown.is_opening:
                shown.has_changed = True

    def next_due(self) -> Shown | None:
        """Whose is to be looked at now, the one that was looked at longest ago; it counts as looked
        at."""
        now = self._monotonic()
        for shown in self._kept.all():
            if now - shown.opened_at > OPEN_SECONDS:
                self._kept.forget(shown.user_id)
        due = [each for each in self._changed() if now - each.shown_at >= BETWEEN_SECONDS]
        if not due or self._wait_seconds():
            return None
        shown = min(due, key=lambda each: each.shown_at)
        shown.has_changed, shown.shown_at = False, now
        self._pace.take(1)
        self._looks.take(1)
        return shown

    def _changed(self) -> list[Shown]:
        return [each for each in self._kept.all() if each.has_changed and not each.is_opening]

    def _wait_seconds(self) -> float:
        return max(self._pace.wait_seconds(), self._looks.wait_seconds())

    def seconds_to_next(self) -> float | None:
        """Until there is something to look at; None when nothing has changed."""
        now = self._monotonic()
        waits = [
            shown.shown_at + BETWEEN_SECONDS - now
            for shown in self._changed()
            if now - shown.opened_at <= OPEN_SECONDS
        ]
        return max(0.0, min(waits), self._wait_seconds()) if waits else None
