"""A server that stops leaves nobody behind who had come a moment before: what they had sent is
answered, and no connection stays open for ever."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import uvloop
from starlette.responses import PlainTextResponse

from bot.operating.connections import Connections
from bot.operating.web import Server, listen
from bot.trial.sandbox.socket_mode import SocketModeServer
from bot.trial.sandbox.web_server import WebServer

Serving = Callable[[], AbstractAsyncContextManager[int]]
Loops = Callable[[], asyncio.AbstractEventLoop]

turns = pytest.mark.parametrize("turns", range(8))
"""Of the event loop, between a client's coming and the end: in the first it is let in, after the
last it has been answered."""

loops = pytest.mark.parametrize("loops", [asyncio.new_event_loop, uvloop.new_event_loop])


@asynccontextmanager
async def of_the_bot() -> AsyncIterator[int]:
    """Until it stops; the port."""
    with contextlib.closing(listen("127.0.0.1", 0)) as listener:
        server = Server(PlainTextResponse("ja"), finish_seconds=1, connections=Connections())
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await server.is_up()
        yield listener.getsockname()[1]
        server.stop()
        await task


@asynccontextmanager
async def of_the_sandbox() -> AsyncIterator[int]:
    server = WebServer()
    await server.start(PlainTextResponse("ja"))
    yield port_of(server.url)
    await server.stop()


@asynccontextmanager
async def of_its_socket_mode() -> AsyncIterator[int]:
    server = SocketModeServer("A0000000001", lambda _ticket: True, lambda: None)
    await server.start()
    yield port_of(server.url)
    await server.close()


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


async def told_as_it_stops(serving: Serving, turns: int, asked: bytes) -> bytes:
    """What a client is told that comes so many turns before the end, until it is closed."""
    with socket.socket() as client:
        async with serving() as port:
            client.connect(("127.0.0.1", port))
            client.sendall(asked)
            if serving is of_its_socket_mode:  # which waits ten seconds for a handshake
                client.shutdown(socket.SHUT_WR)
            for _turn in range(turns):
                await asyncio.sleep(0)
        client.setblocking(False)
        told = b""
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionResetError):
                while some := await asyncio.get_running_loop().sock_recv(client, 4096):
                    told += some
        return told


@turns
@loops
@pytest.mark.parametrize("serving", [of_the_bot, of_the_sandbox, of_its_socket_mode])
def test_who_comes_as_it_stops_and_says_nothing_is_closed(
    serving: Serving, loops: Loops, turns: int
) -> None:
    with asyncio.Runner(loop_factory=loops) as runner:
        runner.run(told_as_it_stops(serving, turns, b""))


@pytest.mark.parametrize("turns", range(1, 8))
@loops
def test_who_was_let_in_as_the_bot_stops_is_answered(loops: Loops, turns: int) -> None:
    asked = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"
    with asyncio.Runner(loop_factory=loops) as runner:
        told = runner.run(told_as_it_stops(of_the_bot, turns, asked))
    assert told.startswith(b"HTTP/1.1 200 ")
