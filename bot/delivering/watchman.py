"""The watchman: the operator reads in their channel who was locked out of the partners' interface,
whichever process did that, also one without Slack.

A lock-out has no organisation, and so no notice in the outbox: it has a row of its own
(`storage.lockouts`).
"""

import asyncio
import logging
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from bot.delivering.rounds import Rounds
from bot.words import program
from handlers.house import House, Registry, Workspace
from handlers.locked_out import tell_operator
from handlers.slack_errors import SLACK_FAILED, Kind, kind_of, name_of, wait_asked_for
from storage import lockouts, organisations
from storage.lockouts import Lockout
from storage.registering import Channel

log = logging.getLogger(__name__)

REST_SECONDS = 5.0
"""Between looks: what is due is told so much later at most."""

MOST_AT_ONCE = 8
SECONDS = 30.0
"""In which one is told: less than its lease."""


class NotServed(OSError):  # noqa: N818 - says what is
    """The bot is not in the operator's workspace, or Slack does not take it there."""


class Watchman(Rounds):
    """Several processes may do this at one ledger: each lock-out is told by one of them."""

    def __init__(self, house: House, registry: Registry, channel: Channel) -> None:
        super().__init__()
        self._house = house
        self._registry = registry
        self._channel = channel

    async def _round(self) -> None:
        """The broad catch: a round that fails is logged, and the next one tries again."""
        try:
            claimed = await self._claimed()
            await asyncio.gather(*(self._see_to(each) for each in claimed))
        except Exception:
            log.exception("watch_failed")

    async def _seconds_to_rest(self) -> float:
        return REST_SECONDS

    async def _claimed(self) -> list[Lockout]:
        """Where nothing is due, nothing is written."""
        database = self._house.ledger.database
        async with database.reading() as reading:
            if not await lockouts.is_any_due(reading):
                return []
        async with database.transaction() as transaction:
            return await lockouts.claim(transaction, MOST_AT_ONCE)

    async def _see_to(self, lockout: Lockout) -> None:
        """It raises nothing: what is not kept is due again when the lease ends."""
        try:
            failed = await self._try(lockout)
            async with self._house.ledger.database.transaction() as transaction:
                if failed is None:
                    await lockouts.told(transaction, lockout)
                else:
                    await lockouts.put_off(transaction, lockout, _asked_for(failed))
        except Exception:
            log.exception("lockout_not_kept")

    async def _try(self, lockout: Lockout) -> Exception | None:
        """Why it could not be told."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._tell(lockout)
        except SLACK_FAILED as error:
            log.warning("lockout_not_told", extra={"error": name_of(error)})
            return error
        return None

    async def _tell(self, lockout: Lockout) -> None:
        """
        Raises:
            NotServed.
            Those of `SLACK_FAILED`: it is not told, or nobody knows.
        """
        workspace = await self._workspace()
        try:
            await tell_operator(workspace, self._channel.id, lockout, program())
        except SlackApiError as error:
            if kind_of(error) is Kind.OURS:
                workspace.ties.refused(error)
            raise

    async def _workspace(self) -> Workspace:
        """
        Raises:
            NotServed.
        """
        team_id = self._channel.team_id
        async with self._house.ledger.database.reading() as reading:
            grids = await organisations.grids(reading, [team_id])
        workspace = await self._registry.called_by(team_id, grids.get(team_id, ""))
        if workspace is None or workspace.ties.trouble:
            raise NotServed
        return workspace


def _asked_for(error: Exception) -> timedelta:
    """How long Slack asks to be left alone."""
    seconds = wait_asked_for(error) if isinstance(error, SlackApiError) else None
    return timedelta(seconds=seconds or 0)
