"""The trial room open in a browser, with a page for each who plays."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.async_api import ConsoleMessage, Error, Page, Response

from bot.trial.room.demo import Demo
from bot.trial.room.folder import Folder
from bot.trial.room.room import Plan, Room
from bot.trial.room.serving import serving
from tests.browser.player import PATIENCE, Player
from tests.browser.windows import Windows

MORNING = datetime(2026, 11, 24, 8, 12, tzinfo=UTC)


@dataclass
class Scene:
    demo: Demo
    url: str
    windows: Windows
    look: Mapping[str, Any]
    """How a page is to be looked at: `viewport`, `color_scheme` and the like."""

    faults: list[str] = field(default_factory=list)
    """What a page complained of: an error of its script, an answer of 500, a thing from outside."""

    pages: list[Page] = field(default_factory=list)

    @property
    def room(self) -> Room:
        return self.demo.room

    async def opens(self, slug: str, place: str = "meldinger") -> Player:
        """A page of their own, in a window of its own: one behind another would be throttled."""
        page = await self.windows.open(self.look)
        self.pages.append(page)
        page.set_default_timeout(PATIENCE)
        self._watch(page)
        player = Player(page, slug, self.url)
        await player.goes_to(place)
        return player

    def _watch(self, page: Page) -> None:
        page.on("pageerror", self._shudder)
        page.on("console", self._hear)
        page.on("response", self._look_at)

    async def ends(self) -> None:
        for page in self.pages:
            page.remove_listener("pageerror", self._shudder)
            page.remove_listener("console", self._hear)
            page.remove_listener("response", self._look_at)
        await self.windows.leave(self.pages)

    def _shudder(self, error: Error) -> None:
        self.faults.append(str(error))

    def _hear(self, said: ConsoleMessage) -> None:
        has_no_icon = said.location["url"].endswith("/favicon.ico")  # the bot's own page
        if said.type == "error" and not has_no_icon:
            self.faults.append(said.text)

    def _look_at(self, response: Response) -> None:
        here = (self.url, self.room.slack.workspace.base_url)
        if response.status >= 500 or not response.url.startswith(here):
            self.faults.append(f"{response.status} {response.url}")

    def has_no_faults(self) -> None:
        expected = "the server responded with a status of 422"  # a refusal in words
        faults = [fault for fault in self.faults if expected not in fault]
        assert not faults, faults
        violations = [each for slack in self.room.slacks for each in slack.workspace.violations]
        assert not violations, violations


@asynccontextmanager
async def scene(
    windows: Windows, folder: Path, look: Mapping[str, Any] | None = None, **options: Any
) -> AsyncIterator[Scene]:
    """Everything open; at the end nobody may have complained.

    The clock stands still until it is moved, and the bot has time to answer: a machine that has
    much to do makes nothing fail.
    """
    plan = Plan(Folder(folder), clock=lambda: MORNING, acknowledgement_seconds=60.0, **options)
    async with serving(plan, 0) as (demo, url):
        playing = Scene(demo, url, windows, look or {})
        try:
            yield playing
            playing.has_no_faults()
        finally:
            await playing.ends()
