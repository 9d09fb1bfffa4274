"""The dispatcher: what time brings, and what waits in the outbox.

    1. Sweep: codes that run out and requests that wait become notices.
    2. Claim due notices under a lease, as many as Slack's pace allows now.
    3. Send each, and keep what became of it: delivered, dropped, later, or parked.
    4. Rest until something is due, or until a handler says that there is.

Any number of processes may do this on one PostgreSQL. A process that dies leaves its claims to
run out; one that comes too late with a claim that is no longer its own changes nothing.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.delivering.courier import Courier, Failed, Outcome, Sent
from bot.delivering.pace import Backoff, TokenBucket
from handlers.house import Registry, Workspace
from handlers.telling import Readdressed, Unneeded, given_up
from storage import due, outbox
from storage.desk import Ledger
from storage.records import Notice

log = logging.getLogger(__name__)

AT_ONCE = 8
LEASE = timedelta(seconds=10)
DELIVERY_SECONDS = 8.0
"""Shorter than the lease, so that a slow delivery ends before somebody else begins it."""

BURST = 100
PER_SECOND = 5.0
"""Messages to one workspace: Slack takes a few hundred a minute."""

LONGEST_PACE_WAIT = 0.5
"""Seconds between looks at the pace: while one waits, one may be told to stop."""

SHORTEST_REST = 0.05
LONGEST_REST = 5.0
"""Seconds between looks at the database when nothing is heard: other processes write too."""


@dataclass(slots=True, eq=False)
class Lane:
    """The way to one workspace: who carries there, and how fast."""

    workspace: Workspace
    courier: Courier
    pace: TokenBucket


class Dispatcher:
    """Serves the workspaces of the registry, each at its own pace."""

    def __init__(
        self,
        ledger: Ledger,
        registry: Registry,
        *,
        backoff: Backoff | None = None,
        lease: timedelta = LEASE,
        jitter: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._registry = registry
        self._backoff = backoff or Backoff()
        self._lease = lease
        self._jitter = jitter
        self._monotonic = monotonic
        self._lanes: dict[str, Lane] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_running = False
        self._in_hand: set[str] = set()
        self._heard_meanwhile = False

    async def is_running(self) -> bool:
        return self._is_running

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        """Finish what is in hand, and begin nothing new."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        self._is_running = True
        try:
            while not self._stopping:
                self._woken.clear()
                await self._round()
                await self._rest()
        finally:
            self._is_running = False

    async def _round(self) -> None:
        """The broad catch: a round that fails is logged, and the next one tries again."""
        try:
            await due.sweep(self._ledger)
            await self.deliver_due()
        except Exception:
            log.exception("dispatcher_round_failed")

    async def deliver_due(self) -> None:
        """Send all that is due now, at Slack's pace: each that ends makes room for the next, so
        that one who cannot be reached holds up nobody."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping:
                lanes = await self._open_lanes()
                claimed = await self._claim(lanes, AT_ONCE - len(under_way))
                under_way |= {asyncio.create_task(self._deliver(*each)) for each in claimed}
                if not under_way:
                    break
                under_way = await self._until_one_ends(under_way)
        finally:
            if under_way:
                await asyncio.wait(under_way)

    async def _until_one_ends(self, under_way: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Those still under way when one has ended, or when there is something new to send."""
        woken = asyncio.create_task(self._woken.wait())
        await asyncio.wait({*under_way, woken}, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        if self._woken.is_set():
            self._woken.clear()
            self._heard_meanwhile = True
        return {task for task in under_way if not task.done()}

    async def _open_lanes(self) -> list[Lane]:
        """Those whose pace lets something go now; waits until there is one."""
        while not self._stopping:
            ready, waits = self._lanes_now()
            if ready or not waits:
                return ready
            await asyncio.sleep(min(LONGEST_PACE_WAIT, *waits))
        return []

    def _lanes_now(self) -> tuple[list[Lane], list[float]]:
        """Those on which something may go now, and how many seconds each of the others waits."""
        lanes = [self._lane(workspace) for workspace in self._registry]
        waits = [(lane.pace.wait_seconds(), lane) for lane in lanes]
        ready = [lane for seconds, lane in waits if seconds <= 0]
        return ready, [seconds for seconds, _ in waits if seconds > 0]

    def _lane(self, workspace: Workspace) -> Lane:
        """The pace goes on when the workspace has been read anew."""
        lane = self._lanes.get(workspace.team_id)
        if lane is None or lane.workspace is not workspace:
            pace = lane.pace if lane else TokenBucket(BURST, PER_SECOND, self._monotonic)
            lane = self._lanes[workspace.team_id] = Lane(workspace, Courier.of(workspace), pace)
        return lane

    async def _claim(self, lanes: list[Lane], room: int) -> list[tuple[Lane, Notice]]:
        most = min(room, sum(lane.pace.available() for lane in lanes))
        if self._stopping or most < 1:
            return []
        by_team = {lane.workspace.team_id: lane for lane in lanes}
        async with self._ledger.database.transaction() as transaction:
            claimed = await outbox.claim(transaction, list(by_team), most=most, lease=self._lease)
        for each in claimed:
            by_team[each.team_id].pace.take(1)
        # A clock that jumps may end a lease before its time: what is in hand here stays so.
        return [
            (by_team[each.team_id], each.notice)
            for each in claimed
            if each.notice.id not in self._in_hand
        ]

    async def _deliver(self, lane: Lane, notice: Notice) -> None:
        self._in_hand.add(notice.id)
        try:
            await self._keep(lane, notice, await self._outcome(lane, notice))
        except Exception:
            # What became of it is not kept: it is due again when the lease ends, and looked for.
            log.exception("notice_not_kept", extra={"notice": notice.id})
        finally:
            self._in_hand.discard(notice.id)

    async def _outcome(self, lane: Lane, notice: Notice) -> Outcome:
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                return await lane.courier.deliver(notice)
        except TimeoutError:
            return Failed("TimeoutError", is_unsure=True)
        except Exception as error:
            log.exception("delivery_failed", extra={"notice": notice.id, "kind": notice.kind})
            return Failed(type(error).__name__, is_unsure=True)

    async def _keep(self, lane: Lane, notice: Notice, outcome: Outcome) -> None:
        async with self._ledger.database.transaction() as transaction:
            match outcome:
                case Sent(channel, ts):
                    await outbox.delivered(transaction, notice, channel, ts)
                case Unneeded():
                    await outbox.drop(transaction, notice)
                case Readdressed():
                    pass
                case Failed() if outcome.is_final or self._backoff.is_exhausted(notice.attempts):
                    await outbox.park(transaction, notice, outcome.error)
                    await given_up(transaction, self._ledger, notice)
                case Failed():
                    await outbox.postpone(
                        transaction,
                        notice,
                        transaction.now + self._delay(lane, notice, outcome),
                        outcome.error,
                        unsure=outcome.is_unsure,
                        counts=outcome.retry_after is None,
                    )
        if isinstance(outcome, Failed):
            log.warning(
                "notice_failed",
                extra={
                    "notice": notice.id,
                    "kind": notice.kind,
                    "attempt": notice.attempts,
                    "error": outcome.error,
                    "final": outcome.is_final,
                },
            )

    def _delay(self, lane: Lane, notice: Notice, failed: Failed) -> timedelta:
        if failed.retry_after is not None:
            lane.pace.pause(failed.retry_after)
            return timedelta(seconds=failed.retry_after)
        return self._backoff.delay(notice.attempts, self._jitter())

    async def _rest(self) -> None:
        """Until something is due, or somebody says that there is."""
        if self._heard_meanwhile:
            self._heard_meanwhile = False  # time itself may have brought something: sweep again
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(await self._seconds_to_next()):
                await self._woken.wait()

    async def _seconds_to_next(self) -> float:
        lanes, waits = self._lanes_now()
        teams = [lane.workspace.team_id for lane in lanes]
        seconds = min((LONGEST_REST, *waits))
        try:
            async with self._ledger.database.reading() as transaction:
                next_due = await outbox.next_due(transaction, teams)
                now = transaction.now
        except Exception:
            log.exception("dispatcher_round_failed")
            return LONGEST_REST
        if next_due is not None:
            seconds = min(seconds, (next_due - now).total_seconds())
        return max(SHORTEST_REST, seconds)
