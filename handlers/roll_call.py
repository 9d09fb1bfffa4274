"""The roll call: what the ledger believes about people is compared with Slack, at start and daily.

Slack tells of those who join, change and leave only while somebody listens. Here it is asked,
gently: about one after the other, and not about those who have been seen meanwhile.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from slack_sdk.errors import SlackApiError

from handlers import coming_and_going
from handlers.directory import NotYet
from handlers.house import Workspace
from handlers.resting import rest_until
from handlers.slack_errors import NETWORK, SLACK_FAILED, Kind, kind_of, name_of
from handlers.telling import people
from storage import meeting
from storage.records import Person
from storage.refusals import NoOrganisation

log = logging.getLogger(__name__)

T = TypeVar("T")

A_DAY = timedelta(days=1)

LOOK_SECONDS = 60.0
"""How often it is looked whether a day has passed; and how soon Slack is asked again about
those of whom it did not tell."""

SECONDS_AT_START = 3.0
"""How long the start waits for Slack to tell of those whom the settings name."""


async def members_among(workspace: Workspace, user_ids: Sequence[str]) -> list[str]:
    """Those of whom Slack does not say that they are no members: nobody else comes to hold the
    account by a setting, and whoever holds it and has left is let go."""
    here = list(user_ids)
    with contextlib.suppress(*SLACK_FAILED, NotYet):
        async with asyncio.timeout(SECONDS_AT_START):
            for user_id in user_ids:
                if not await workspace.directory.is_here(user_id, A_DAY, gently=False):
                    here.remove(user_id)
                    log.warning("account_holder_is_no_member", extra={"user": user_id})
                    await coming_and_going.let_go(workspace, user_id)
    return here


class RollCall:
    """Of one workspace."""

    def __init__(
        self,
        workspace: Workspace,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._workspace = workspace
        self._clock = clock
        self._sleep = sleep
        self._called_at: datetime | None = None
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once whether a day has passed, as after the clock was moved."""
        self._woken.set()

    async def keep(self) -> None:
        """The broad catch: a call that fails is logged, and made again."""
        while True:
            self._woken.clear()
            try:
                if self._called_at is None or self._clock() - self._called_at >= A_DAY:
                    await self.call()
            except Exception:
                log.exception("roll_call_failed")
            await rest_until(self._woken, LOOK_SECONDS)

    async def call(self) -> None:
        """Once through the roll; where Slack does not tell, the rest is for later."""
        began_at = self._clock()
        try:
            async with self._workspace.looking() as desk:
                roll = await meeting.on_the_roll(desk)
                unknown = await meeting.unknown_with_something_living(desk, began_at - A_DAY)
        except NoOrganisation:
            return
        try:
            for user_id in roll:
                await self._patiently(self._look_for, user_id)
            for person in unknown:
                await self._patiently(self._look_up, person)
        except SlackApiError as error:
            if kind_of(error) is Kind.OURS:
                self._workspace.ties.refused(error)
            log.warning("roll_call_put_off", extra={"error": name_of(error)})
        except NETWORK as error:
            log.warning("roll_call_put_off", extra={"error": name_of(error)})
        else:
            self._called_at = began_at

    async def _look_for(self, user_id: str) -> None:
        if not await self._workspace.directory.is_here(user_id, A_DAY, gently=True):
            await coming_and_going.let_go(self._workspace, user_id)

    async def _look_up(self, person: Person) -> None:
        await people.look_up(self._workspace, person, self._clock(), gently=True)

    async def _patiently(self, look: Callable[[T], Awaitable[None]], who: T) -> None:
        """When it is too soon to ask Slack, wait and ask again."""
        while True:
            try:
                return await look(who)
            except NotYet as later:
                await self._sleep(later.seconds)
