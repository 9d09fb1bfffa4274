"""Whether a process has something in hand: then no time may be left out."""

import time

from tests.chaos.databases import Database
from tests.chaos.keeper import Keeper

LEASE_SECONDS = 17.0
"""A notice is in a process's hands for so long at most, whatever its clock says of the lease."""


class Hands:
    """Of all the processes there are."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen_since: dict[str, float] = {}
        self.keeper: Keeper | None = None

    async def hold_something(self) -> bool:
        """The broad catch: the database may be in any trouble, and then nobody knows."""
        if self.keeper is None or self.keeper.in_hand.locked():
            return True
        try:
            rows = await self._database.rows("SELECT claim FROM outbox WHERE claim IS NOT NULL")
        except Exception:
            return True
        now = time.monotonic()
        since = (self._seen_since.setdefault(row["claim"], now) for row in rows)
        return any(now - seen < LEASE_SECONDS for seen in list(since))
