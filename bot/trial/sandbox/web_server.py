"""A web server inside the caller's event loop, which can also break connections on purpose."""

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from starlette.requests import Request
    from starlette.types import ASGIApp

TURNS_TO_BE_KNOWN = 6
"""Of the event loop, between a client's being let in and the server's being told of it, with some
to spare."""

Transports = dict[tuple[str, int], asyncio.Transport]


async def let_no_more_in(sockets: "Iterable[socket.socket]") -> None:
    """And wait until those who were let in are known to their server: asyncio forgets one whose
    server is closed between the two, and leaves it open."""
    for listening in sockets:
        asyncio.get_running_loop().remove_reader(listening)
    for _turn in range(TURNS_TO_BE_KNOWN):
        await asyncio.sleep(0)


class _InLoopServer(uvicorn.Server):
    """Leaves signals to the program it runs in, and stops when told rather than at a tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> "Generator[None, None, None]":
        yield

    async def main_loop(self) -> None:
        self.ready.set()
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop at once: nobody is left to wait for, and what is still silent is cut short."""
        await let_no_more_in(sockets or [])
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        unfinished = list(self.server_state.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)


def _protocol_keeping(transports: Transports) -> type[asyncio.Protocol]:
    """A protocol that remembers the transport of every client, so that it can be dropped."""

    class Protocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client is not None:
                transports[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.client is not None:
                transports.pop(self.client, None)

    return Protocol


class WebServer:
    """Serves an ASGI application on a free port of this machine."""

    def __init__(self) -> None:
        self._transports: Transports = {}
        # Named TCP, as asyncio sends at once only where it can tell: else the body of each answer
        # waits for the client to confirm its head, which takes 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: _InLoopServer | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, app: "ASGIApp") -> None:
        config = uvicorn.Config(
            app,
            http=_protocol_keeping(self._transports),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            date_header=False,  # Slack's time is that of the workspace
            timeout_keep_alive=75,
        )
        self._server = _InLoopServer(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.ready.wait()

    def drop(self, request: "Request") -> None:
        """Break the connection this request came over: no answer, no goodbye."""
        if request.client is not None:
            transport = self._transports.get((request.client.host, request.client.port))
            if transport is not None:
                transport.abort()

    async def stop(self) -> None:
        if self._server is not None and self._task is not None:
            self._server.stopping.set()
            await self._task
        self._socket.close()
