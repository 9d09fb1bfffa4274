"""The room that is open now, which can be emptied and opened anew while the page stays."""

import contextlib
from asyncio import Lock
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.trial.room.cast import Beginning
from bot.trial.room.room import Plan, Room, opened

COME_AGAIN = 1012
"""How a WebSocket is closed when the room is emptied; the page connects again by itself."""


class Demo:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._resources = AsyncExitStack()
        self._room: Room | None = None
        self._visitors: set[WebSocket] = set()
        self._starting_over = Lock()

    @property
    def room(self) -> Room:
        assert self._room is not None, "the room is not open"
        return self._room

    async def settled(self) -> Room:
        """The room, when nobody is starting over any more."""
        async with self._starting_over:
            return self.room

    async def open(self) -> None:
        """
        Raises:
            BadSetting, DatabaseUnavailable: the ledger cannot be used.
            Unreadable: what was kept is broken, or of another version.
        """
        self._room = await self._resources.enter_async_context(opened(self._plan))

    async def close(self) -> None:
        await self.send_away()
        await self._resources.aclose()

    async def start_over(self, begins: Beginning) -> None:
        """Empty the room, and open it as for the first time."""
        async with self._starting_over:
            await self.close()
            self._plan.folder.empty()
            self._plan = replace(self._plan, begins=begins)
            await self.open()

    @contextlib.contextmanager
    def visiting(self, socket: WebSocket) -> Iterator[None]:
        self._visitors.add(socket)
        try:
            yield
        finally:
            self._visitors.discard(socket)

    async def send_away(self) -> None:
        """Close every open page's connection."""
        for socket in list(self._visitors):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it is closing by itself
                await socket.close(COME_AGAIN)
