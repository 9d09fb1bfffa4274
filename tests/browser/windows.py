"""Browser windows, each with a context of its own, that one test leaves for the next.

To open one starts a process, which takes longer than most of what is then done in it.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from playwright.async_api import Browser, Error, Page, ViewportSize

DESKTOP = ViewportSize(width=1280, height=720)
MOST_KEPT = 4


class Windows:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Page] = []
        self._plain: set[Page] = set()

    async def open(self, look: Mapping[str, Any] | None = None) -> Page:
        """An empty page, as nobody had used it. One with a look of its own is a new one."""
        if look:
            return await self._browser.new_page(**look)
        if self._free:
            return self._free.pop()
        page = await self._browser.new_page(viewport=DESKTOP, reduced_motion="reduce")
        self._plain.add(page)
        return page

    async def leave(self, pages: Iterable[Page]) -> None:
        await asyncio.gather(*(self._leave(page) for page in pages))

    async def _leave(self, page: Page) -> None:
        with contextlib.suppress(Error):  # it has crashed, or been closed
            await self._clear(page)
            if page in self._plain and len(self._free) < MOST_KEPT:
                self._free.append(page)
                return
        self._plain.discard(page)
        await page.context.close()

    async def _clear(self, page: Page) -> None:
        """What the next one might notice; a room to come may have the address of one that was."""
        await page.unroute_all(behavior="ignoreErrors")
        await page.evaluate("sessionStorage.clear()")
        await page.goto("about:blank")
        await page.mouse.move(0, 0)
        await page.set_viewport_size(DESKTOP)
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
