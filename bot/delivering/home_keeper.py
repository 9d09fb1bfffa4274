"""Keeps the Home tab of those who look at it up to date, beside whatever is being delivered."""

import asyncio
import logging

from bot.delivering.rounds import Rounds
from handlers.home import bring_up_to_date
from handlers.house import Registry, Workspace

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Workspaces whose Homes are brought up to date beside each other."""

REST_SECONDS = 60.0
"""Where nothing has changed; it is woken when something does."""


class HomeKeeper(Rounds):
    """Of all workspaces."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry

    def heard(self, concerned: frozenset[str] | None) -> None:
        """Something was committed that is about these people; None: about nobody knows whom."""
        for workspace in self._registry:
            workspace.homes.concern(concerned)
        self.wake()

    async def _round(self) -> None:
        """The broad catch: a round that fails is logged, and the next one tries again."""
        room = asyncio.Semaphore(AT_ONCE)
        due = [each for each in self._registry if each.homes.seconds_to_next() == 0]
        await asyncio.gather(*(self._keep(each, room) for each in due))

    async def _keep(self, workspace: Workspace, room: asyncio.Semaphore) -> None:
        """One after the other; a workspace that is slow keeps few others waiting."""
        try:
            async with room:
                while not self._stopping and (shown := workspace.homes.next_due()):
                    await bring_up_to_date(workspace, shown)
        except Exception:
            log.exception("homes_not_kept")

    async def _seconds_to_rest(self) -> float:
        waits = (workspace.homes.seconds_to_next() for workspace in self._registry)
        return min((wait for wait in waits if wait is not None), default=REST_SECONDS)
