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

from bot.delivery import Courier, Failed, Outcome, Readdressed, Sent, Unneeded
from bot.pace import Backoff, TokenBucket
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
        *,
        backoff: Backoff | None = None,
        lease: timedelta = LEASE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._courier = courier
        self._bucket = bucket
        self._backoff = backoff or Backoff()
        self._lease = lease
        self._jitter = jitter
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_running = False

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

    async def deliver_due(self) -> int:
        """Send all that is due now, at Slack's pace; how many there were."""
        count = 0
        while not self._stopping:
            await self._wait_for_pace()
            claimed = await self._claim()
            if not claimed:
                break
            await asyncio.gather(*(self._deliver(notice) for notice in claimed))
            count += len(claimed)
        return count

    async def _wait_for_pace(self) -> None:
        while not self._stopping and (seconds := self._bucket.wait_seconds()) > 0:
            await self._sleep(seconds, until_woken=False)

    async def _claim(self) -> list[Notice]:
        most = min(AT_ONCE, self._bucket.available())
        if self._stopping or most < 1:
            return []
        async with self._database.transaction() as transaction:
            claimed = await outbox.claim(transaction, most=most, lease=self._lease)
        self._bucket.take(len(claimed))
        return claimed

    async def _deliver(self, notice: Notice) -> None:
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                outcome = await self._courier.deliver(notice)
        except TimeoutError:
            outcome = Failed("TimeoutError", is_unsure=True)
        except Exception as error:
            log.exception("delivery_failed", extra={"notice": notice.id, "kind": notice.kind})
            outcome = Failed(type(error).__name__, is_unsure=True)
        await self._keep(notice, outcome)

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
                case Failed():
                    delay = self._delay(notice, outcome)
                    await outbox.postpone(
                        transaction,
                        notice,
                        transaction.now + delay,
                        outcome.error,
                        unsure=outcome.is_unsure,
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
        if not self._stopping:
            await self._sleep(await self._seconds_to_next(), until_woken=True)

    async def _seconds_to_next(self) -> float:
        try:
            async with self._database.reading() as transaction:
                next_due = await outbox.next_due(transaction)
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
