"""What appears by itself: the parts of one open page, sent again whenever they have changed."""

import asyncio
import contextlib
import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.trial.room import hood, pages
from bot.trial.room.cast import MESSAGES
from bot.trial.room.room import Room
from bot.trial.room.screens import HOME, Screen
from bot.trial.sandbox.changes import TRAFFIC
from templates.words import Words

GATHER_SECONDS = 0.03
"""How long changes are gathered before the page is drawn anew: they come in bursts."""

TICK_SECONDS = 20.0
"""How often the page is looked at when nothing happens: its clock goes on."""


@dataclass(eq=False)
class Live:
    """One open page: somebody, at one place."""

    socket: WebSocket
    room: Room
    words: Words
    slug: str
    place: str
    is_visible: bool = False
    shows_hood: bool = False
    _sent: dict[str, str] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _is_mine: bool = True
    """Whether the change was on this person's own screen, not only in what is told of others'."""

    async def run(self) -> None:
        """Until the page is closed.

        Raises:
            NoSuchPlace: the address names nobody, or a place where that person is not.
        """
        self._screen()
        await self.socket.accept()
        with self.room.changes.subscription(self._notice), self._at_home():
            arriving = asyncio.create_task(self._arrive())
            ending = [asyncio.create_task(w) for w in (self._listen(), self._send_changes())]
            try:
                ended, _ = await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    task.result()  # what went wrong in drawing is not passed over
            finally:
                for task in (arriving, *ending):
                    task.cancel()
                await asyncio.gather(arriving, *ending, return_exceptions=True)

    def _notice(self, concerned: frozenset[str]) -> None:
        if concerned == {TRAFFIC} and not self.shows_hood:
            return
        self._is_mine |= not concerned or self.room.people[self.slug].id in concerned
        self._changed.set()

    def _at_home(self) -> AbstractContextManager[None]:
        return self.room.showing_home(self.slug) if self.place == HOME else nullcontext()

    def _screen(self) -> Screen:
        return Screen(self.room, self.words, self.slug, self.place)

    async def _arrive(self) -> None:
        """Tell the bot, as Slack does, that its page has been opened."""
        person = self.room.people[self.slug]
        if not person.workspace.has_bot:
            return
        if self.place == HOME:
            await person.opens_home("home")
        elif self.place == MESSAGES:
            await person.opens_home("messages")

    async def _listen(self) -> None:
        while (frame := await self.socket.receive())["type"] == "websocket.receive":
            self._hear(frame.get("text") or "")

    def _hear(self, text: str) -> None:
        """What the page tells of itself; whatever else may come is passed over."""
        try:
            told = json.loads(text)
            self.is_visible, self.shows_hood = bool(told["visible"]), bool(told["hood"])
        except (ValueError, TypeError, KeyError):
            return
        self._changed.set()

    async def _send_changes(self) -> None:
        while True:
            self._read()
            drawn = await self._drawn()
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it has just been closed
                await self._send(drawn)
            await self._change()

    async def _change(self) -> None:
        """Wait until there may be something new to draw."""
        try:
            async with asyncio.timeout(TICK_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            self._is_mine = True
        await asyncio.sleep(GATHER_SECONDS)
        self._changed.clear()

    def _read(self) -> None:
        """What is on a screen that somebody looks at counts as read."""
        channel = self._screen().channel
        person = self.room.people[self.slug]
        if self.is_visible and channel and self.room.has_read(person, channel.id):
            self.room.changes.announce(person.id)

    async def _drawn(self) -> dict[str, str]:
        screen, names = self._screen(), pages.REGIONS if self._is_mine else pages.OF_OTHERS
        self._is_mine = False
        drawn = {name: pages.region(name, screen) for name in names}
        if self.shows_hood:
            looked = await hood.look(self.room, self.words, self.slug)
            drawn["hood"] = pages.fragment(self.words, "regions/hood", hood=looked)
        return drawn

    async def _send(self, drawn: dict[str, str]) -> None:
        news: dict[str, Any] = {
            name: html for name, html in drawn.items() if self._sent.get(name) != html
        }
        self._sent |= news
        if news:
            await self.socket.send_json(news)
