"""Reaching the bot over the WebSocket connections it opens itself (Socket Mode)."""

import asyncio
import contextlib
import json
import uuid
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from .transport import BotAnswer, Kind, NotReached, Retry
from .web_server import let_no_more_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.asyncio.server import Server, ServerConnection

    from .records import Json

ENVELOPE_TYPES: dict[str, str] = {
    "command": "slash_commands",
    "interactive": "interactive",
    "event": "events_api",
}
MOST_CONNECTIONS = 10


class SocketModeServer:
    """Serves the connections and hands envelopes to them in turn."""

    def __init__(
        self,
        app_id: str,
        take_ticket: "Callable[[str], bool]",
        on_change: "Callable[[], None]",
        patience: float = 5.0,
    ) -> None:
        self.patience = patience
        """How long an event waits for a bot that was connected before to come back."""
        self.app_id = app_id
        self.url = ""
        self.opened = 0
        """How many connections the bot has made, ever."""
        self.connections: list[ServerConnection] = []
        self._take_ticket = take_ticket
        self._on_change = on_change
        self._arrived = asyncio.Event()
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[BotAnswer]] = {}
        self._held_by: dict[str, ServerConnection] = {}
        self._server: Server | None = None

    async def start(self) -> None:
        self._server = await serve(self._talk, "127.0.0.1", 0, ping_interval=None, compression=None)
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}"

    async def close(self) -> None:
        if self._server is not None:
            await let_no_more_in(self._server.sockets)
            self._server.close()
            await self._server.wait_closed()

    async def _talk(self, connection: "ServerConnection") -> None:
        if not self._admits(connection):
            await connection.close(1008, "ticket is not valid")
            return
        self._welcome(connection)
        try:
            await connection.send(json.dumps(self._hello()))
            async for frame in connection:
                self._acknowledged(json.loads(frame))
        except ConnectionClosed:
            pass  # however a connection ends, what it still held is dealt with below
        finally:
            self._gone(connection)

    def _admits(self, connection: "ServerConnection") -> bool:
        query = parse_qs(urlsplit(connection.request.path if connection.request else "").query)
        ticket = query.get("ticket", [""])[0]
        return self._take_ticket(ticket) and len(self.connections) < MOST_CONNECTIONS

    def _hello(self) -> "Json":
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self.app_id},
            "debug_info": {
                "host": "sandbox",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }

    def _welcome(self, connection: "ServerConnection") -> None:
        self.connections.append(connection)
        self.opened += 1
        self._arrived.set()
        self._on_change()

    def _gone(self, connection: "ServerConnection") -> None:
        self._withdraw(connection)
        for envelope_id, holder in list(self._held_by.items()):
            future = self._waiting.get(envelope_id)
            if holder is connection and future is not None and not future.done():
                future.set_exception(NotReached("connection_failed"))
                future.exception()  # heard of: where nobody waits any more, nobody complains
        self._on_change()

    def _withdraw(self, connection: "ServerConnection") -> None:
        """No more envelopes for this one."""
        if connection in self.connections:
            self.connections.remove(connection)
        if not self.connections:
            self._arrived.clear()

    def _acknowledged(self, frame: "Json") -> None:
        future = self._waiting.get(frame.get("envelope_id", ""))
        if future is not None and not future.done():
            payload = frame.get("payload")
            body = json.dumps(payload).encode() if payload else b""
            future.set_result(BotAnswer(200, body))

    async def send(
        self, kind: Kind, payload: "Json", timeout: float, retry: Retry | None = None
    ) -> BotAnswer:
        connection = await self._next_connection(patient=kind == "event")
        envelope_id = str(uuid.uuid4())
        answered: asyncio.Future[BotAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id], self._held_by[envelope_id] = answered, connection
        try:
            await connection.send(json.dumps(_envelope(envelope_id, kind, payload, retry)))
            async with asyncio.timeout(timeout):
                return await answered
        except TimeoutError as error:
            raise NotReached("http_timeout") from error
        except ConnectionClosed as error:
            raise NotReached("connection_failed") from error
        finally:
            del self._waiting[envelope_id], self._held_by[envelope_id]

    async def _next_connection(self, patient: bool) -> "ServerConnection":
        """Round robin; an event waits for a bot to come back, a person's click does not."""
        if not self.connections and patient and self.opened:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.patience):
                    await self._arrived.wait()
        if not self.connections:
            raise NotReached("no_connection")
        self._turn += 1
        return self.connections[self._turn % len(self.connections)]

    async def connected(self, count: int = 1, timeout: float = 5.0) -> None:
        """Wait until the bot has so many connections open."""
        async with asyncio.timeout(timeout):
            while len(self.connections) < count:
                self._arrived.clear()
                await self._arrived.wait()

    async def refresh(self, after: float = 0.05) -> None:
        """Ask every connection to be replaced, then close it after a moment."""
        old = list(self.connections)
        notice = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}
        for connection in old:
            self._withdraw(connection)
            await connection.send(json.dumps(notice))
        await asyncio.sleep(after)
        for connection in old:
            await connection.close()

    def break_connection(self) -> None:
        """Every connection is gone at once, with no closing handshake."""
        for connection in list(self.connections):
            self._withdraw(connection)
            connection.transport.abort()


def _envelope(envelope_id: str, kind: Kind, payload: "Json", retry: Retry | None) -> "Json":
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": ENVELOPE_TYPES[kind],
        "payload": payload,
        "accepts_response_payload": kind != "event",
    }
    if kind == "event":
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = retry.reason if retry else ""
    return envelope
