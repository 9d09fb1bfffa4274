"""The people of this world: each does one thing after the other, as their screen lets them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from bot.trial.sandbox import Human, Sandbox
from bot.trial.sandbox.records import Channel
from bot.trial.sandbox.screen import NotOnScreen, SeenMessage
from bot.trial.sandbox.tickets import carry_along
from tests.chaos.figures import Figures
from tests.chaos.world_clock import WorldClock

MOMENT_SECONDS = 20.0
"""Longer than a lease, after which whatever a process held that died is taken up again."""

Deed = Callable[["Actor"], Awaitable[None]]


@dataclass
class Town:
    """What all of them share."""

    slack: Sandbox
    clock: WorldClock
    figures: Figures
    square: Channel
    is_something_in_hand: Callable[[], Awaitable[bool]]
    """Whether a process has taken up a notice, or there are two processes."""

    numbers: int = 0
    outdoors: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared while everybody is to stay at home."""

    is_over: bool = False

    moving: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while somebody comes or goes."""

    actors: list["Actor"] = field(default_factory=list)

    def new_matter(self) -> str:
        """Written into a request, so that all that is told of it can be told apart."""
        self.numbers += 1
        return f"sak-{self.numbers}"

    def goes_out(self) -> None:
        """Unless the day is over."""
        if not self.is_over:
            self.outdoors.set()

    def goes_home(self) -> None:
        """For good: nobody begins anything any more."""
        self.is_over = True
        self.outdoors.clear()

    async def all_are_done(self) -> None:
        """With what they have begun to do."""
        for actor in list(self.actors):
            async with actor.hands:
                """They are."""

    async def calm(self) -> None:
        """Everybody stays at home until nothing that they did is on its way any more."""
        self.outdoors.clear()
        await self.all_are_done()
        async with self.moving:
            await self.slack.settles()

    async def time_passes(self, by: timedelta) -> None:
        """As soon as nothing is in hand: in a moment that nobody lives through nothing is sent
        either, and a lease does not run out in it. Not at all where that takes too long."""
        for _ in range(int(MOMENT_SECONDS / 0.1)):
            if not self.has_calls_under_way() and not await self.is_something_in_hand():
                self.clock.leap(by)
                carry_along(self.slack.workspace, by)
                return
            await asyncio.sleep(0.1)

    def has_calls_under_way(self) -> bool:
        return any(call.outcome == "under way" for call in self.slack.workspace.calls[-500:])


@dataclass
class Actor:
    town: Town
    human: Human
    random: Random
    deeds: Mapping[str, tuple[Deed, int]]
    """By kind: what is done, and how often in comparison with the others."""

    hands: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while they do something: nobody leaves in the middle of it."""

    async def live(self, pause: tuple[float, float]) -> None:
        kinds = list(self.deeds)
        weights = [weight for _, weight in self.deeds.values()]
        while not self.human.record.deleted:
            await asyncio.sleep(self.random.uniform(*pause))
            await self.town.outdoors.wait()
            (kind,) = self.random.choices(kinds, weights)
            async with self.hands:
                if self.town.outdoors.is_set():
                    await self._do(kind)

    async def _do(self, kind: str) -> None:
        if self.human.record.deleted:
            return
        try:
            while self.human.view():
                await self.human.closes(everything=True)
            await self.deeds[kind][0](self)
        except NotOnScreen:
            self.town.figures.in_vain[kind] += 1
        else:
            self.town.figures.deeds[kind] += 1

    def some_message_with(self, button: str) -> SeenMessage:
        """Any of those on the screen that have this button, old ones too.

        Raises:
            NotOnScreen: there is none.
        """
        shown = [
            message
            for message in self.human.messages()
            if any(each.text == button for each in message.buttons())
        ]
        if not shown:
            raise NotOnScreen(button)
        return self.random.choice(shown[-12:])

    async def submits(self) -> None:
        outcome = await self.human.submits()
        if not (outcome.closed or outcome.updated):
            raise NotOnScreen(str(outcome.errors or outcome.trouble))
