"""The dispatcher: what waits in the outbox goes out.

    1. Claim due notices under a lease, as many as Slack's pace allows now: first what somebody
       waits for, then what others are to hear of, and last what time has brought.
    2. Send each, and keep what became of it: delivered, dropped, later, or parked.
    3. Rest until something is due, or until the ledger says that there is.

Any number of processes may do this on one PostgreSQL. A process that dies leaves its claims to
run out; one that comes too late with a claim that is no longer its own changes nothing.
"""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from bot.delivering.courier import Courier, Failed, Outcome, Postponed, Sent
from bot.delivering.lanes import Lane
from bot.delivering.rounds import Rounds
from bot.delivering.under_way import UnderWay
from bot.observing import UNOBSERVED, Fate, Observer
from handlers.house import Registry
from handlers.pace import Backoff
from handlers.telling import Readdressed, Unneeded, given_up
from storage import claiming
from storage.database import Transaction
from storage.desk import Ledger
from storage.records import Notice, Turn

log = logging.getLogger(__name__)

MOST_AT_ONCE = 64
"""Notices claimed in one go, for all workspaces together."""

MOST_UNDER_WAY = {Turn.ANSWER: 200, Turn.DEED: 180, Turn.TIME: 150}
"""Notices on their way at once, to all workspaces together: more would wait for one another, at the
database and at the processor, until their time is over. Each turn leaves room to those before it.
The line to Slack has room for all of them, and for those who press a button meanwhile."""

LEASE = timedelta(seconds=15)
DELIVERY_SECONDS = 12.0
"""Shorter than the lease, so that a slow delivery ends before somebody else begins it."""

SENDING_SECONDS = 5.0
"""Within which the sending has to begin: then there is all the time that a call of Slack's may
take, and none is given up that Slack may still be at."""

SHORTEST_REST = 0.05
LONGEST_REST = 5.0
"""Seconds between looks at the database when nothing is heard: other processes write too."""


class Dispatcher(Rounds):
    """Serves the workspaces of the registry, each at its own pace."""

    def __init__(
        self,
        ledger: Ledger,
        registry: Registry,
        *,
        observer: Observer = UNOBSERVED,
        backoff: Backoff | None = None,
        lease: timedelta = LEASE,
        jitter: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._ledger = ledger
        self._registry = registry
        self._observer = observer
        self._backoff = backoff or Backoff()
        self._lease = lease
        self._jitter = jitter
        self._monotonic = monotonic
        self._lanes: dict[str, Lane] = {}
        self._in_hand: dict[str, Notice] = {}
        """By id, each as it was claimed last."""

    async def _round(self) -> None:
        """The broad catch: a round that fails is logged, and the next one tries again."""
        try:
            await self.deliver_due()
        except Exception:
            log.exception("dispatcher_round_failed")

    async def deliver_due(self) -> None:
        """Send all that is due now, at Slack's pace: each that ends makes room for the next, so
        that one who cannot be reached holds up nobody."""
        under_way = UnderWay()
        try:
            while not self._stopping:
                await self._registry.rouse(self._resting())
                lanes = self._lanes_now()
                waits = [
                    seconds
                    for lane in lanes.values()
                    for turn in Turn
                    if (seconds := lane.wait_seconds(turn))
                ]
                begun = time.monotonic()
                claimed = await self._claim(lanes, under_way.places())
                under_way.add(asyncio.create_task(self._deliver(*each, begun)) for each in claimed)
                if not under_way:
                    break
                await self._until_one_ends(under_way, min(waits, default=LONGEST_REST))
        finally:
            await _end(under_way.tasks)

    def _resting(self) -> dict[Turn, list[str]]:
        """The workspaces to which no more of each turn may go now."""
        return {
            turn: [team for team, lane in self._lanes.items() if not lane.room(turn)]
            for turn in Turn
        }

    async def _until_one_ends(self, under_way: UnderWay, seconds: float) -> None:
        """Or is set aside, or there is something new to send, or the pace of a workspace lets more
        go."""
        woken = asyncio.create_task(self._woken.wait())
        until_set_aside = under_way.seconds_to_next_place()
        if until_set_aside is not None:
            seconds = min(seconds, until_set_aside)
        try:
            await asyncio.wait(
                {*under_way.tasks, woken}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()
        self._woken.clear()
        under_way.forget_ended()

    def _lanes_now(self) -> dict[str, Lane]:
        """By team; a lane stays as long as its workspace is served, or its pace has to recover."""
        served = {workspace.team_id: workspace for workspace in self._registry}
        for team_id, workspace in served.items():
            lane = self._lanes.get(team_id)
            if lane is None:
                self._lanes[team_id] = Lane.to(workspace, self._monotonic)
            elif lane.courier.workspace is workspace:
                continue
            else:
                lane.courier = Courier.of(workspace)
            workspace.ties.when_mended(self.wake)
        for team_id in [team for team, lane in self._lanes.items() if lane.is_idle]:
            if team_id not in served:
                del self._lanes[team_id]
        return self._lanes

    async def _claim(self, lanes: dict[str, Lane], under_way: int) -> list[tuple[Lane, Notice]]:
        """What is due and has room on its lane, in one transaction for all lanes and turns."""
        if self._stopping or not any(lane.room(Turn.ANSWER) for lane in lanes.values()):
            return []
        found: list[tuple[Lane, Notice]] = []
        async with self._ledger.database.transaction() as transaction:
            for turn in Turn:
                left = MOST_UNDER_WAY[turn] - under_way - len(found)
                await self._claim_of(turn, transaction, lanes, found, min(MOST_AT_ONCE, left))
            return [each for each in found if not self._is_in_hand(*each)]

    def _is_in_hand(self, lane: Lane, notice: Notice) -> bool:
        """A clock that jumps may end a lease before its time: what is in hand here stays so, under
        the new claim."""
        if notice.id in self._in_hand:
            self._in_hand[notice.id] = notice
            return True
        lane.pace.take(1)
        return False

    async def _claim_of(
        self,
        turn: Turn,
        transaction: Transaction,
        lanes: dict[str, Lane],
        found: list[tuple[Lane, Notice]],
        most: int,
    ) -> None:
        """Add what is of this turn, no more than `most`, to what was found before. What the claim
        brings too many of for one lane is put back until that one's pace allows."""
        taken = Counter(lane.team_id for lane, _ in found)
        rooms = {
            team_id: room
            for team_id, lane in lanes.items()
            if (room := lane.room(turn) - taken[team_id]) > 0
        }
        most = min(most, sum(rooms.values()))
        if most <= 0:
            return
        for each in await claiming.claim(
            transaction, list(rooms), turn, most=most, lease=self._lease
        ):
            lane = lanes[each.team_id]
            if rooms[each.team_id] > 0:
                rooms[each.team_id] -= 1
                found.append((lane, each))
            else:
                until = transaction.now + timedelta(seconds=max(1.0, lane.wait_seconds(turn)))
                await claiming.put_back(transaction, each, until)

    async def _deliver(self, lane: Lane, notice: Notice, begun: float) -> None:
        self._in_hand[notice.id] = notice
        lane.in_hand += 1
        try:
            while not await self._is_through(lane, self._in_hand[notice.id], begun):
                begun = time.monotonic()
                lane.pace.take(1)
        except Exception:
            # What became of it is not kept: it is due again when the lease ends, and looked for.
            log.exception("notice_not_kept", extra={"notice": notice.id})
        finally:
            lane.in_hand -= 1
            del self._in_hand[notice.id]

    async def _is_through(self, lane: Lane, notice: Notice, begun: float) -> bool:
        """Not when it was due again as soon as it was kept, and was claimed anew before we heard
        that it was: then it stays in hand, and is to be delivered once more."""
        outcome = await self._outcome(lane, notice, begun)
        if _took_no_call(outcome):
            lane.pace.give_back(1)
        kept = await self._keep(lane, notice, outcome)
        return not kept or kept == self._in_hand[notice.id].claim

    async def _outcome(self, lane: Lane, notice: Notice, begun: float) -> Outcome:
        try:
            async with asyncio.timeout(begun + DELIVERY_SECONDS - time.monotonic()):
                return await lane.courier.deliver(notice, begun + SENDING_SECONDS)
        except TimeoutError:
            return Failed("TimeoutError", is_unsure=True, is_passing=True)
        except Exception as error:
            log.exception("delivery_failed", extra={"notice": notice.id, "kind": notice.kind})
            return Failed(type(error).__name__, is_unsure=True)

    async def _keep(self, lane: Lane, notice: Notice, outcome: Outcome) -> str | None:
        """Under the claim that it is in hand by, which is given back if it was. A clock that jumped
        may have let it be claimed anew in this very moment, of which is heard when that is
        through."""
        while True:
            async with self._ledger.database.transaction() as transaction:
                notice = replace(notice, claim=self._in_hand[notice.id].claim)
                fate, is_kept = await self._settled(transaction, lane, notice, outcome)
            if is_kept or notice.claim == self._in_hand[notice.id].claim:
                break
        self._observer.tried(fate)
        if isinstance(outcome, Failed) and not outcome.is_ours:
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
        return notice.claim if is_kept else None

    async def _settled(
        self, transaction: Transaction, lane: Lane, notice: Notice, outcome: Outcome
    ) -> tuple[Fate, bool]:
        """What becomes of the notice, and whether it was still in hand by this claim."""
        match outcome:
            case Sent(channel, ts):
                return Fate.DELIVERED, await claiming.delivered(transaction, notice, channel, ts)
            case Unneeded():
                return Fate.DROPPED, await claiming.drop(transaction, notice)
            case Readdressed():
                return Fate.READDRESSED, True
            case Postponed(seconds):
                until = transaction.now + timedelta(seconds=seconds)
                return Fate.POSTPONED, await claiming.put_back(transaction, notice, until)
            case Failed() if outcome.is_ours:
                is_kept = await claiming.put_back(
                    transaction, notice, transaction.now, outcome.error
                )
                return Fate.HELD, is_kept
            case Failed() if outcome.is_final or self._is_given_up(notice, outcome):
                await given_up(transaction, self._ledger, notice)  # locks what decisions lock
                return Fate.PARKED, await claiming.park(transaction, notice, outcome.error)
            case Failed():
                is_kept = await claiming.postpone(
                    transaction,
                    notice,
                    transaction.now + self._delay(lane, notice, outcome),
                    outcome.error,
                    unsure=notice.unsure or outcome.is_unsure,
                    counts=outcome.retry_after is None,
                )
                return Fate.RETRIED, is_kept

    def _is_given_up(self, notice: Notice, failed: Failed) -> bool:
        return not failed.is_passing and self._backoff.is_exhausted(notice.attempts)

    def _delay(self, lane: Lane, notice: Notice, failed: Failed) -> timedelta:
        if failed.retry_after is not None:
            lane.pace.pause(failed.retry_after)
            return timedelta(seconds=failed.retry_after)
        return self._backoff.delay(notice.attempts, self._jitter())

    async def _seconds_to_rest(self) -> float:
        """Until a pace allows more, or something is due where it does."""
        open_lanes = {
            team_id: lane for team_id, lane in self._lanes_now().items() if not lane.is_closed
        }
        seconds = [LONGEST_REST]
        try:
            async with self._ledger.database.reading() as transaction:
                for turn in Turn:
                    waits = {team: lane.wait_seconds(turn) for team, lane in open_lanes.items()}
                    seconds += filter(None, waits.values())
                    teams = [team for team, wait in waits.items() if not wait]
                    moment = await claiming.next_due(transaction, teams, turn)
                    if moment is not None:
                        seconds.append((moment - transaction.now).total_seconds())
        except Exception:
            log.exception("dispatcher_round_failed")
            return LONGEST_REST
        return max(SHORTEST_REST, min(seconds))


async def _end(under_way: set[asyncio.Task[None]]) -> None:
    """See out what is under way; when that takes longer than there is time, end it."""
    if not under_way:
        return
    try:
        await asyncio.wait(under_way)
    except asyncio.CancelledError:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        raise


def _took_no_call(outcome: Outcome) -> bool:
    if isinstance(outcome, Unneeded):
        return not outcome.took_a_call
    return isinstance(outcome, Readdressed | Postponed)
