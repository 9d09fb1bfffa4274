"""People live, everything fails, and then all trouble ends and the bot may settle."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.trial.sandbox import Sandbox
from storage.keys import new_key
from tests.chaos.coming_and_going import come_and_go
from tests.chaos.databases import Database
from tests.chaos.deeds import OF_ACCOUNT_HOLDERS, OF_EVERYBODY
from tests.chaos.figures import Figures
from tests.chaos.gathering import Gatherer
from tests.chaos.hands import Hands
from tests.chaos.keeper import Keeper
from tests.chaos.people import Actor, Town
from tests.chaos.plans import Plan
from tests.chaos.troubles import Troublemaker
from tests.chaos.world_clock import VARIABLE, WorldClock
from tests.faults.process import bot_process
from tests.slack.stage import BOT_SCOPES

RETRIES = (0.5, 2.0, 5.0)
"""Seconds after which Slack brings an event again, in a world where time is short."""

DUE = "SELECT id, due_at FROM outbox WHERE due_at IS NOT NULL"

STANDSTILL_SECONDS = 200.0
"""When it is given up that what waits gets less: the bot keeps to Slack's pace, and when it has
asked about many people it asks about nobody for up to two minutes, whatever the world's clock."""

A_MOMENT = timedelta(seconds=3)

SWEEP_SECONDS = 6.0
"""The bot looks every five seconds at what time has brought."""


LONGEST = 6
"""Times as long as planned, on a machine where hardly anything gets done."""


@dataclass
class World:
    plan: Plan
    database: Database
    clock: WorldClock
    slack: Sandbox
    keeper: Keeper
    town: Town
    figures: Figures
    troublemaker: Troublemaker
    gatherer: Gatherer
    calm_at: list[datetime]

    async def lives(self) -> None:
        """Until the time is over and enough has happened; what people have begun to do then comes
        to its end, or Slack would know nothing of an event that it has brought."""
        under_way = [asyncio.create_task(each) for each in self._all_that_goes_on()]
        self.town.goes_out()
        began, seconds = time.monotonic(), self.plan.seconds
        done, _ = await asyncio.wait(
            under_way, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION
        )
        while not done and self._is_too_little() and time.monotonic() < began + LONGEST * seconds:
            done, _ = await asyncio.wait(under_way, timeout=1, return_when=asyncio.FIRST_EXCEPTION)
        self.town.goes_home()
        await self.town.all_are_done()
        async with self.town.moving:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        for task in done:
            task.result()

    def _is_too_little(self) -> bool:
        return self.figures.deeds["asked for a code"] < self.plan.least_asked

    def _all_that_goes_on(self) -> Iterator[Coroutine[Any, Any, None]]:
        plan, troubles = self.plan, self.troublemaker
        sorts = (
            troubles.of_slack(),
            troubles.of_the_process(past_a_lease=plan.past_a_lease),
            troubles.of_the_clock(),
            self.database.troubles(),
        )
        for sort in sorts:
            yield troubles.make(sort, plan.lasting, plan.rest)
        yield self._people()
        yield self._time()

    async def _people(self) -> None:
        """Those who are there, and those who come."""
        random, living = self.plan.random("coming and going"), set[int]()
        coming = asyncio.create_task(come_and_go(self.town, random, self.plan.comings))
        tasks = {coming}
        try:
            while True:
                for actor in self.town.actors:
                    if id(actor) not in living:
                        living.add(id(actor))
                        tasks.add(asyncio.create_task(actor.live(self.plan.pause)))
                done, _ = await asyncio.wait(tasks, timeout=1, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
                tasks -= done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _time(self) -> None:
        """A few hours now and then; many days when nothing of what people did is on its way, as
        Slack brings no event again after an hour."""
        random = self.plan.random("time")
        while True:
            rest = random.uniform(*self.plan.long_leaps)
            for _ in range(3):
                await asyncio.sleep(rest / 3)
                await self.town.time_passes(timedelta(hours=random.uniform(0.5, 6)))
            await self.town.calm()
            await self.town.time_passes(timedelta(days=random.uniform(2, 12)))
            self.town.goes_out()

    async def settles(self) -> None:
        """All trouble ends; what is late because of it is waited for, or time is moved on to it."""
        self.slack.workspace.faults.clear()
        self.slack.workspace.installation.tokens_revoked = False
        self.clock.set_wrong(timedelta())
        await self.slack.settles()
        await self._until_nothing_waits()
        await self.gatherer.keep_rows()
        for step in self.plan.afterwards:
            await self.town.time_passes(step)
            await asyncio.sleep(SWEEP_SECONDS)
            await self._until_nothing_waits()
            self.calm_at.append(self.clock())

    async def _until_nothing_waits(self) -> None:
        """Time is moved on to what is due later: after a backoff, or by a clock that was wrong."""
        before, changed_at = set[str](), time.monotonic()
        while time.monotonic() < changed_at + STANDSTILL_SECONDS:
            rows = await self.database.rows(DUE)
            if not rows and self.keeper.bot.is_alive:
                return
            waiting = {row["id"] for row in rows}
            if waiting != before:
                before, changed_at = waiting, time.monotonic()
            wait = min((row["due_at"] for row in rows), default=self.clock()) - self.clock()
            if wait > A_MOMENT:
                await self.town.time_passes(wait)
            await asyncio.sleep(0.25)


@asynccontextmanager
async def world(plan: Plan, database: Database, folder: Path) -> AsyncIterator[World]:
    """Made anew: a workspace, its people, and a bot that is ready."""
    clock, figures = WorldClock(folder / "clock"), Figures()
    figures.skipped.update(database.skipped)
    async with Sandbox(clock=clock, scopes=BOT_SCOPES, retry_delays=RETRIES, patience=5.0) as slack:
        square = slack.channel("styret")
        hands = Hands(database)
        town = Town(slack, clock, figures, square, hands.hold_something)
        _people_of(plan, town)
        holders = [actor.human for actor in town.actors[: plan.account_holders]]
        settings = {VARIABLE: str(folder / "clock"), "SECRET_KEY": new_key()}
        async with bot_process(slack, folder, holders, database_url=database.url) as bot:
            bot.environment |= settings
            bot.module = "tests.chaos.bot"
            common = {k: v for k, v in bot.environment.items() if k != "SLACK_SIGNING_SECRET"}
            keeper = Keeper(slack, common, bot, socket_mode=plan.socket_mode)
            hands.keeper = keeper
            troubles = Troublemaker(slack, keeper, clock, figures, plan.random("troubles"))
            gatherer = Gatherer(slack, database, clock, keeper, RETRIES)
            try:
                assert await keeper.start(), keeper.written.decode()
                async with keeper.keeping():
                    yield World(plan, database, clock, slack, keeper, town, figures, troubles,
                                gatherer, [])  # fmt: skip
            finally:
                await keeper.end()


def _people_of(plan: Plan, town: Town) -> None:
    for number in range(plan.account_holders + plan.members):
        is_holder = number < plan.account_holders
        name = f"{'Holder' if is_holder else 'Medlem'}{number}"
        human = town.slack.person(name, "Nordmann", f"{name.lower()}@example.org")
        town.square.member_ids.add(human.id)
        deeds = OF_ACCOUNT_HOLDERS if is_holder else OF_EVERYBODY
        town.actors.append(Actor(town, human, plan.random(name), deeds))
