"""All that can go wrong: each trouble lasts a bounded while, and is over when it returns."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bot.trial.sandbox import Dropped, RateLimited, Sandbox, ServerError, Silence
from bot.trial.sandbox.faults import Fault
from bot.trial.sandbox.records import Json
from tests.chaos.databases import Trouble
from tests.chaos.figures import Figures
from tests.chaos.keeper import Keeper
from tests.chaos.world_clock import WorldClock

PAST_A_LEASE = 16.0
"""Seconds."""

METHODS = (
    "*",
    "chat.postMessage",
    "chat.update",
    "users.info",
    "users.lookupByEmail",
    "views.open",
)
"""Which calls go wrong: all, or those without which nothing arrives."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A trouble, from and until when in the world's time."""

    kind: str
    began: datetime
    ended: datetime


@dataclass
class Troublemaker:
    slack: Sandbox
    keeper: Keeper
    clock: WorldClock
    figures: Figures
    random: Random
    spells: list[Spell] = field(default_factory=list)

    # Slack

    def of_slack(self) -> Mapping[str, Trouble]:
        def going_wrong(fault: Fault) -> Trouble:
            async def trouble(seconds: float) -> None:
                await self._calls_go_wrong(fault, seconds)

            return trouble

        return {
            "Slack answers 429": going_wrong(RateLimited(1)),
            "Slack answers 500": going_wrong(ServerError()),
            "Slack answers 503, having done it": going_wrong(ServerError(503, before=False)),
            "Slack is silent": going_wrong(Silence(6)),
            "Slack is silent, having done it": going_wrong(Silence(12, before=False)),
            "connection dropped": going_wrong(Dropped(before=True)),
            "connection dropped, having done it": going_wrong(Dropped(before=False)),
            "WebSocket dropped": self._websocket_drops,
            "WebSocket refreshed": self._websocket_is_refreshed,
            "token revoked": self._token_is_revoked,
        }

    async def _calls_go_wrong(self, fault: Fault, seconds: float) -> None:
        faults, method = self.slack.workspace.faults, self.random.choice(METHODS)
        share = self.random.uniform(0.3, 1.0)

        def is_meant(body: Json) -> bool:
            return self.random.random() < share

        self.slack.workspace.fail(method, fault, times=1_000_000, when=is_meant)
        planned = faults.planned[-1]
        try:
            await asyncio.sleep(seconds)
        finally:
            with suppress(ValueError):
                faults.planned.remove(planned)

    async def _websocket_drops(self, seconds: float) -> None:
        self.slack.socket_mode.break_connection()

    async def _websocket_is_refreshed(self, seconds: float) -> None:
        await self.slack.socket_mode.refresh()

    async def _token_is_revoked(self, seconds: float) -> None:
        bot = self.slack.workspace.installation
        try:
            if self.random.random() < 0.5:
                await self.slack.revokes_tokens()
            bot.tokens_revoked = True
            await asyncio.sleep(seconds)
        finally:
            bot.tokens_revoked = False

    # The process

    def of_the_process(self, *, past_a_lease: bool) -> Mapping[str, Trouble]:
        found: dict[str, Trouble] = {
            "killed": self._is_killed,
            "stopped for a while": self._is_stopped,
            "terminated and started the other way": self._is_terminated,
        }
        if past_a_lease:
            found["stopped past its lease beside another"] = self._is_replaced
        return found

    async def _is_killed(self, seconds: float) -> None:
        async with self.keeper.in_hand:
            await self.keeper.bot.kill()
            await asyncio.sleep(seconds / 2)
            await self.keeper.start()

    async def _is_terminated(self, seconds: float) -> None:
        async with self.keeper.in_hand:
            await self.keeper.bot.terminate()
            await self.keeper.start_the_other_way()

    async def _is_stopped(self, seconds: float) -> None:
        async with self.keeper.in_hand:
            bot = self.keeper.bot
            if not bot.is_alive:
                return
            bot.send(signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                bot.send(signal.SIGCONT)

    async def _is_replaced(self, seconds: float) -> None:
        """Another is started in its place; it goes on when its lease is over, for a while."""
        async with self.keeper.in_hand:
            first = self.keeper.bot
            if not first.is_alive:
                return
            try:
                async with self.keeper.beside_it_stopped():
                    await asyncio.sleep(PAST_A_LEASE)
                await asyncio.sleep(seconds)
            finally:
                await first.terminate()

    # The clock

    def of_the_clock(self) -> Mapping[str, Trouble]:
        return {"clock jumps forwards": self._is_fast, "clock jumps backwards": self._is_slow}

    async def _is_fast(self, seconds: float) -> None:
        await self._is_wrong(timedelta(minutes=self.random.choice((1, 10, 180))), seconds)

    async def _is_slow(self, seconds: float) -> None:
        await self._is_wrong(timedelta(minutes=-self.random.choice((1, 10, 180))), seconds)

    async def _is_wrong(self, by: timedelta, seconds: float) -> None:
        self.clock.set_wrong(by)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.clock.set_wrong(timedelta())

    # One after the other

    async def make(
        self,
        troubles: Mapping[str, Trouble],
        lasting: tuple[float, float],
        rest: tuple[float, float],
    ) -> None:
        """Each kind in turn, in an order that is drawn anew each time, with a rest before each,
        twice as long at least as what came before it: on a slow machine, where to be killed and
        there again takes long, there is time to do something in between."""
        took = 0.0
        while True:
            for kind in self.random.sample(sorted(troubles), len(troubles)):
                await asyncio.sleep(max(2 * took, self.random.uniform(*rest)))
                self.figures.troubles[kind] += 1
                began = time.monotonic()
                async with self._noted(kind):
                    await troubles[kind](self.random.uniform(*lasting))
                took = time.monotonic() - began

    @asynccontextmanager
    async def _noted(self, kind: str) -> AsyncIterator[None]:
        began = self.clock()
        try:
            yield
        finally:
            self.spells.append(Spell(kind, began, self.clock()))
