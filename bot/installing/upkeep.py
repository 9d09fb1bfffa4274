"""What has to be done by itself where the bot has been installed: tokens renewed, installers
welcomed, rolls called, ties looked after. Each thing by one process, under a lease in the ledger;
whoever is slow there keeps nobody else waiting.
"""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from bot.delivering.rounds import Rounds
from bot.installing.awake import AwakeRegistry
from handlers.house import Workspace
from handlers.leaving import look_whether_removed
from handlers.roll_call import A_DAY, RollCall
from handlers.slack_errors import SLACK_FAILED, name_of
from handlers.welcoming import welcome
from storage import installations, leaving, organisations, registering
from storage.database import Reading
from storage.desk import Ledger
from storage.installations import Due
from storage.registering import Channel

log = logging.getLogger(__name__)

REST_SECONDS = 60.0
SHORTEST_REST = 0.2
AT_ONCE = 8
"""Workspaces that are asked or told something at once, of one kind."""

LOOK_SECONDS = 1.0
"""How often it is looked for more while something is under way."""

WELCOME_LEASE = timedelta(seconds=60)
ROLL_CALL_LEASE = timedelta(hours=1)
"""Longer than a roll of a thousand people takes."""

MARGIN = timedelta(seconds=10)
"""So long before the lease ends what is under way is given up: another process may begin it."""

CALLED_AGAIN = timedelta(minutes=10)
"""How soon Slack is asked again, where it did not tell of all."""


Claim = Callable[..., Awaitable[list[Due]]]
NextMoment = Callable[[Reading], Awaitable[datetime | None]]


class Round(Rounds):
    """The broad catch: a round that fails is logged, and the next one tries again."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    async def _round(self) -> None:
        try:
            await self.do()
        except Exception:
            log.exception("upkeep_failed", extra={"part": self._what})

    @abstractmethod
    async def do(self) -> None: ...

    async def _seconds_to_rest(self) -> float:
        return REST_SECONDS


class Renewing(Round):
    """Tokens that run out."""

    def __init__(self, registry: AwakeRegistry, renew: Callable[[], Awaitable[list[str]]]) -> None:
        super().__init__("renewing")
        self._registry = registry
        self._renew = renew

    async def do(self) -> None:
        self._registry.look_again()
        for installation_id in await self._renew():
            self._registry.changed(installation_id)


class TiesKeeper(Round):
    """Where Slack does not take the bot, or that is doubted, it is asked."""

    def __init__(self, registry: AwakeRegistry) -> None:
        super().__init__("ties")
        self._registry = registry

    async def do(self) -> None:
        await at_once(self._look(each) for each in self._registry if _is_in_question(each))

    async def _look(self, workspace: Workspace) -> None:
        """With the token that counts now: another process may have been given one."""
        self._registry.changed(workspace.team_id)
        now = await self._registry.called_by(workspace.team_id, workspace.grid or "")
        if now is workspace:
            await look_whether_removed(workspace, workspace.ties.trouble)


def _is_in_question(workspace: Workspace) -> bool:
    return bool(workspace.ties.trouble) or workspace.ties.is_doubted


class DueOnes(Round):
    """What is due for installations, a few at a time until there are no more."""

    claim: ClassVar[Claim]
    next_moment: ClassVar[NextMoment]
    lease: ClassVar[timedelta]

    def __init__(self, what: str, ledger: Ledger, registry: AwakeRegistry) -> None:
        super().__init__(what)
        self._ledger = ledger
        self._registry = registry

    async def do(self) -> None:
        """Whoever is slow keeps their place, and none of the others."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping:
                if room := AT_ONCE - len(under_way):
                    due = await self._claimed(room)
                    under_way |= {asyncio.create_task(self._seen_to(each)) for each in due}
                if not under_way:
                    return
                _, under_way = await asyncio.wait(
                    under_way, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _seen_to(self, due: Due) -> None:
        """The broad catch: it is due again when the lease ends."""
        try:
            async with asyncio.timeout((self.lease - MARGIN).total_seconds()):
                await self._see_to(due)
        except Exception as error:
            about = {"part": self._what, "team": due.id, "error": type(error).__name__}
            log.warning("upkeep_put_off", exc_info=error, extra=about)

    async def _seconds_to_rest(self) -> float:
        """Until one is due. One that somebody else had in hand was passed over, and is still."""
        try:
            async with self._ledger.database.reading() as reading:
                moment, now = await type(self).next_moment(reading), reading.now
        except Exception:
            log.exception("upkeep_failed", extra={"part": self._what})
            return REST_SECONDS
        if moment is None:
            return REST_SECONDS
        return min(REST_SECONDS, max(SHORTEST_REST, (moment - now).total_seconds()))

    async def _claimed(self, most: int) -> list[Due]:
        async with self._ledger.database.transaction() as transaction:
            return await type(self).claim(transaction, most=most, lease=self.lease)

    @abstractmethod
    async def _see_to(self, due: Due) -> None: ...


class Welcoming(DueOnes):
    """Whoever has installed the bot."""

    claim = installations.claim_welcome
    next_moment = installations.next_notice
    lease = WELCOME_LEASE

    def __init__(self, ledger: Ledger, registry: AwakeRegistry) -> None:
        super().__init__("welcoming", ledger, registry)

    async def _see_to(self, due: Due) -> None:
        workspace = await self._registry.called_by(due.id)
        if workspace is None:
            return
        try:
            await welcome(workspace, due.installed_by)
        except SLACK_FAILED as error:
            log.warning("welcome_put_off", extra={"team": due.id, "error": name_of(error)})
            return
        async with self._ledger.database.transaction() as transaction:
            await installations.told(transaction, due)


class Farewells(DueOnes):
    """The operator is told before all goes that an organisation has here."""

    claim = installations.claim_farewell
    next_moment = installations.next_notice
    lease = WELCOME_LEASE

    def __init__(self, ledger: Ledger, registry: AwakeRegistry, channel: Channel | None) -> None:
        super().__init__("farewells", ledger, registry)
        self._channel = channel

    async def _see_to(self, due: Due) -> None:
        async with self._ledger.database.reading() as reading:
            served = await leaving.served_by(reading, due.id)
        for organisation in served:
            log.warning("organisation_goes_soon", extra={"team": organisation["team_id"]})
            if self._channel:
                async with self._ledger.asking_at(organisation["id"]) as desk:
                    await registering.tell_that_it_goes(desk, self._channel)
        async with self._ledger.database.transaction() as transaction:
            await installations.told(transaction, due)


class RollCalling(DueOnes):
    """Once a day Slack is asked whether the bot is still there, and who is."""

    claim = installations.claim_roll_call
    next_moment = installations.next_roll_call
    lease = ROLL_CALL_LEASE

    def __init__(self, ledger: Ledger, registry: AwakeRegistry) -> None:
        super().__init__("roll_call", ledger, registry)

    async def _see_to(self, due: Due) -> None:
        async with self._ledger.database.reading() as reading:
            teams = [due.id, *await organisations.of_grid(reading, due.id)]
        all_are_told_of = True
        for team_id in teams:
            grid = due.id if team_id != due.id else ""
            workspace = await self._registry.called_by(team_id, grid)
            if workspace is not None:
                all_are_told_of &= await self._is_called(workspace)
        async with self._ledger.database.transaction() as transaction:
            next_at = transaction.now + (A_DAY if all_are_told_of else CALLED_AGAIN)
            await installations.called(transaction, due.id, next_at)

    async def _is_called(self, workspace: Workspace) -> bool:
        if not await look_whether_removed(workspace, "roll_call"):
            return False
        if workspace.ties.trouble:
            return False
        return await RollCall(workspace, self._ledger.database.clock).call()


async def at_once(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """A few at a time; one that fails is logged, and keeps none of the others."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(work: Coroutine[Any, Any, None]) -> None:
        async with room:
            try:
                await work
            except Exception:
                log.exception("upkeep_failed")

    await asyncio.gather(*(one(work) for work in works))
