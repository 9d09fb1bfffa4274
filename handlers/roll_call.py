"""The roll call: what the ledger believes about people is compared with Slack, at start and daily.

Slack tells of those who join, change and leave only while somebody listens. Here it is asked,
gently: about one after the other, and not about those who have been seen meanwhile.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from slack_sdk.errors import SlackApiError

from handlers import coming_and_going
from handlers.choosing import at_each
from handlers.directory import NotYet, Urgency
from handlers.house import Workspace
from handlers.resting import rest_until
from handlers.slack_errors import NETWORK, SLACK_FAILED, Kind, kind_of, name_of
from handlers.telling import people
from storage import holding, meeting
from storage.records import Person
from storage.refusals import NoOrganisation

log = logging.getLogger(__name__)

Look = Callable[[], Awaitable[None]]

A_DAY = timedelta(days=1)

LOOK_SECONDS = 60.0
"""How often it is looked whether a day has passed; and how soon Slack is asked again about
those of whom it did not tell."""

MOST_UNTOLD = 3
"""Those in a row of whom Slack does not tell, after which it is not asked about more just now."""

SECONDS_AT_START = 3.0
"""How long the start waits for Slack to tell of those whom the settings name."""


async def members_among(workspace: Workspace, user_ids: Sequence[str]) -> list[str]:
    """Those of whom Slack does not say that they are no members: nobody else comes to hold the
    account by a setting, and whoever holds it and has left is let go."""
    here = list(user_ids)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SECONDS_AT_START):
            for user_id in user_ids:
                if await _is_nobody(workspace, user_id):
                    here.remove(user_id)
                    log.warning("account_holder_is_no_member", extra={"user": user_id})
                    await coming_and_going.let_go(workspace, user_id)
    return here


async def _is_nobody(workspace: Workspace, user_id: str) -> bool:
    try:
        return not await workspace.directory.is_here(user_id, A_DAY, Urgency.NOW)
    except (*SLACK_FAILED, NotYet):
        return False


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
                if not self._was_called_lately():
                    await self.call()
            except Exception:
                log.exception("roll_call_failed")
            await rest_until(self._woken, LOOK_SECONDS)

    def _was_called_lately(self) -> bool:
        """A clock that was ahead for a while would else say so for as long."""
        if self._called_at is None:
            return False
        return timedelta() <= self._clock() - self._called_at < A_DAY

    async def call(self) -> bool:
        """Once through the roll; whether Slack told of all. Those of whom it did not are asked
        about again later."""
        began_at = self._clock()
        told = [await self._call_at(each, began_at) for each in await at_each(self._workspace)]
        if all(told):
            self._called_at = began_at
        return all(told)

    async def _call_at(self, workspace: Workspace, began_at: datetime) -> bool:
        """At one of its organisations."""
        try:
            async with workspace.looking() as desk:
                decide = [each.user_id for each in await holding.there(desk)]
                roll = dict.fromkeys([*decide, *await meeting.on_the_roll(desk)])
                unknown = await meeting.unknown_with_something_living(desk, began_at - A_DAY)
        except NoOrganisation:
            return True
        all_are_told_of, in_a_row = True, 0
        for look in (
            *(partial(self._look_for, user_id) for user_id in roll),
            *(partial(self._look_up, person) for person in unknown),
        ):
            if await self._is_told(look):
                in_a_row = 0
                continue
            all_are_told_of = False
            in_a_row += 1
            if in_a_row >= MOST_UNTOLD or self._workspace.ties.trouble:
                break
        return all_are_told_of

    async def _is_told(self, look: Look) -> bool:
        """Whether Slack tells; that it does not of one says nothing of the others."""
        try:
            await self._patiently(look)
        except SlackApiError as error:
            if kind_of(error) is Kind.OURS:
                self._workspace.ties.refused(error)
            log.warning("roll_call_put_off", extra={"error": name_of(error)})
            return False
        except NETWORK as error:
            log.warning("roll_call_put_off", extra={"error": name_of(error)})
            return False
        return True

    async def _look_for(self, user_id: str) -> None:
        if not await self._workspace.directory.is_here(user_id, A_DAY, Urgency.IDLE):
            await coming_and_going.let_go(self._workspace, user_id)

    async def _look_up(self, person: Person) -> None:
        await people.look_up(self._workspace, person, self._clock(), Urgency.IDLE)

    async def _patiently(self, look: Look) -> None:
        """When it is too soon to ask Slack, wait and ask again."""
        while True:
            try:
                return await look()
            except NotYet as later:
                await self._sleep(later.seconds)
