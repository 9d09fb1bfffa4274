"""Where partners come in. What answers them is loaded when one first asks, or at the start where
there are any: a bot without partners does without FastAPI, and as much memory as all else takes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.settings import Settings
from storage import partners
from storage.desk import Ledger
from templates.words import Words

LOADED = "bot.api.door"


class PartnersDoor:
    """An ASGI application."""

    def __init__(self, settings: Settings, ledger: Ledger, words: Words) -> None:
        self._settings = settings
        self._ledger = ledger
        self._words = words
        self._interface: Any = None
        self._inner: ASGIApp | None = None
        self._opening = asyncio.Lock()
        self._in_hand = 0
        self._ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._in_hand += 1
        try:
            inner = self._inner or await self.open()
            await inner(scope, receive, send)
        finally:
            self._in_hand -= 1
            self._ended.set()

    async def open(self) -> ASGIApp:
        """Others are answered while it is loaded."""
        async with self._opening:
            if self._inner is None:
                door: Any = await asyncio.to_thread(import_module, LOADED)
                settings, url = self._settings, self._settings.public_url
                self._interface = door.interface_for(
                    self._ledger, self._words, url, settings.trusted_proxies
                )
                self._inner = door.answering(self._interface, self._words, url)
        return self._inner

    async def finish(self) -> None:
        """See out what is in hand, and what goes on when it has been answered."""
        while self._in_hand:
            self._ended.clear()
            await self._ended.wait()
        if self._interface is not None:
            await self._interface.finish()


@asynccontextmanager
async def partners_door(
    settings: Settings, ledger: Ledger, words: Words, seconds_left: Callable[[], float]
) -> AsyncIterator[PartnersDoor]:
    """While it lasts; at its end there is so much time for what is in hand."""
    door = PartnersDoor(settings, ledger, words)
    async with ledger.database.reading() as reading:
        is_awaited = bool(await partners.known(reading))
    if is_awaited:
        await door.open()
    try:
        yield door
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds_left()):
                await door.finish()
