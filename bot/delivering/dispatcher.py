"""The dispatcher: what time brings, and what waits in the outbox.

    1. Sweep: codes that run out and requests that wait become notices.
    2. Claim due notices under a lease, as many as Slack's pace allows now.
    3. Send each, and keep what became of it: delivered, dropped, later, or parked.
    4. Rest until something is due, or until a handler says that there is.

Any number of processes may do this on one PostgreSQL. A process that dies leaves its claims to
run out; one that comes too late with a claim that is no longer its own changes nothing.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import timedelta

from bot.delivering.courier import Courier, Failed, Outcome, Sent
from bot.delivering.pace import Backoff, TokenBucket
from handlers.telling import Readdressed, Unneeded, given_up
from storage import due, outbox
from storage.database import Database
from storage.records import Notice

log = logging.getLogger(__name__)

AT_ONCE = 8
LEASE = timedelta(seconds=10)
DELIVERY_SECONDS = 8.0
"""Shorter than the lease, so that a slow delivery ends before somebody else begins it."""

LONGEST_REST = 5.0
"""Seconds between looks at the database when nothing is heard: other processes write too."""


class Dispatcher:
    def __init__(
        self,
        database: Database,
        courier: Courier,
        bucket: TokenBucket,
        team_id: str,
        *,
        backoff: Backoff | None = None,
        lease: timedelta = LEASE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._courier = courier
        self._bucket = bucket
        self._team_id = team_id
        self._backoff = backoff or Backoff()
        self._lease = lease
        self._jitter = jitter
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_running = False
        self._in_hand: set[str] = set()
        self._heard_meanwhile = False

    @property
    def is_running(self) -> bool:
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
            await due.sweep(self._database)
            await self.deliver_due()
        except Exception:
            log.exception("dispatcher_round_failed")

    async def deliver_due(self) -> None:
        """Send all that is due now, at Slack's pace: each that ends makes room for the next, so
        that one who cannot be reached holds up nobody."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping:
                await self._wait_for_pace()
                claimed = await self._claim(AT_ONCE - len(under_way))
                under_way |= {asyncio.create_task(self._deliver(notice)) for notice in claimed}
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

    async def _wait_for_pace(self) -> None:
        while not self._stopping and (seconds := self._bucket.wait_seconds()) > 0:
            await self._sleep(seconds, until_woken=False)

    async def _claim(self, room: int) -> list[Notice]:
        most = min(room, self._bucket.available())
        if self._stopping or most < 1:
            return []
        async with self._database.transaction() as transaction:
            claimed = await outbox.claim(transaction, self._team_id, most=most, lease=self._lease)
        self._bucket.take(len(claimed))
        # A clock that jumps may end a lease before its time: what is in hand here stays so.
        return [notice for notice in claimed if notice.id not in self._in_hand]

    async def _deliver(self, notice: Notice) -> None:
        self._in_hand.add(notice.id)
        try:
            await self._keep(notice, await self._outcome(notice))
        except Exception:
            # What became of it is not kept: it is due again when the lease ends, and looked for.
            log.exception("notice_not_kept", extra={"notice": notice.id})
        finally:
            self._in_hand.discard(notice.id)

    async def _outcome(self, notice: Notice) -> Outcome:
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                return await self._courier.deliver(notice)
        except TimeoutError:
            return Failed("TimeoutError", is_unsure=True)
        except Exception as error:
            log.exception("delivery_failed", extra={"notice": notice.id, "kind": notice.kind})
            return Failed(type(error).__name__, is_unsure=True)

    async def _keep(self, notice: Notice, outcome: Outcome) -> None:
        async with self._database.transaction() as transaction:
            match outcome:
                case Sent(channel, ts):
                    await outbox.delivered(transaction, notice, channel, ts)
                case Unneeded():
                    await outbox.drop(transaction, notice)
                case Readdressed():
                    pass
                case Failed() if outcome.is_final or self._backoff.is_exhausted(notice.attempts):
                    await outbox.park(transaction, notice, outcome.error)
                    await given_up(transaction, notice)
                case Failed():
                    delay = self._delay(notice, outcome)
                    await outbox.postpone(
                        transaction,
                        notice,
                        transaction.now + delay,
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

    def _delay(self, notice: Notice, failed: Failed) -> timedelta:
        if failed.retry_after is not None:
            self._bucket.pause(failed.retry_after)
            return timedelta(seconds=failed.retry_after)
        return self._backoff.delay(notice.attempts, self._jitter())

    async def _rest(self) -> None:
        if self._heard_meanwhile:
            self._heard_meanwhile = False  # time itself may have brought something: sweep again
        elif not self._stopping:
            await self._sleep(await self._seconds_to_next(), until_woken=True)

    async def _seconds_to_next(self) -> float:
        try:
            async with self._database.reading() as transaction:
                next_due = await outbox.next_due(transaction, self._team_id)
                now = transaction.now
        except Exception:
            log.exception("dispatcher_round_failed")
            return LONGEST_REST
        if next_due is None:
            return LONGEST_REST
        return max(0.05, min(LONGEST_REST, (next_due - now).total_seconds()))

    async def _sleep(self, seconds: float, *, until_woken: bool) -> None:
        if not until_woken and not self._stopping:
            await asyncio.sleep(min(seconds, 0.5))
            return
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass
