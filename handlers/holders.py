"""Who decides here, as far as it is known without a look at the ledger.

For what decides nothing and is wanted at once, as which help somebody gets. Whatever gives rights
looks itself.
"""

from collections.abc import Callable
from time import monotonic as now_of_this_machine

KEPT_SECONDS = 2.0
"""Other processes change it too, and do not always say so."""


class Holders:
    """Of one workspace. `monotonic` is the clock, in seconds."""

    def __init__(self, monotonic: Callable[[], float] = now_of_this_machine) -> None:
        self._monotonic = monotonic
        self._user_ids: frozenset[str] = frozenset()
        self._kept_until = float("-inf")

    def known(self) -> frozenset[str] | None:
        """Their Slack user ids; None when that has to be looked up."""
        return self._user_ids if self._monotonic() < self._kept_until else None

    def keep(self, user_ids: frozenset[str]) -> None:
        self._user_ids = user_ids
        self._kept_until = self._monotonic() + KEPT_SECONDS

    def forget(self) -> None:
        """It may have changed."""
        self._kept_until = float("-inf")
