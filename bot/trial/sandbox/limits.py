"""How often a method may be called, and how much it gives at once, where Slack is strict."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(eq=False)
class Limit:
    """So many calls in so long, and no more than so many records in each.

    https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps
    """

    calls: int
    during: timedelta
    most: int | None
    _taken: list[datetime] = field(default_factory=list)

    def seconds_to_wait(self, now: datetime) -> int:
        """None at all where the call may be made, which is counted then."""
        self._taken = [each for each in self._taken if now - each < self.during]
        if len(self._taken) < self.calls:
            self._taken.append(now)
            return 0
        return max(1, math.ceil((self._taken[0] + self.during - now).total_seconds()))


class Limits:
    """By method."""

    def __init__(self) -> None:
        self._limits: dict[str, Limit] = {}

    def add(self, method: str, limit: Limit) -> None:
        self._limits[method] = limit

    def seconds_to_wait(self, method: str, now: datetime) -> int:
        limit = self._limits.get(method)
        return limit.seconds_to_wait(now) if limit else 0

    def most(self, method: str, wanted: int) -> int:
        """How many records a call of this method gives."""
        limit = self._limits.get(method)
        return wanted if limit is None or limit.most is None else min(wanted, limit.most)
