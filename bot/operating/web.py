"""The web server: Slack's requests where they come over HTTP, and two addresses that tell how
the bot is."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.living import Life
from bot.operating.bounded import bounded
from bot.operating.connections import SECONDS, Connections, Waiting
from bot.operating.signpost import PAGES, PARTNERS_PATH, SLACK_PATH, Signpost, Way
from bot.settings import BadSetting
from bot.words import _
from handlers.resting import rest_until

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0

TURNS_TO_BE_KNOWN = 6
"""Of the event loop, between a client's coming and its first bytes' being read, with some to spare:
asyncio takes it, makes a task of it, tells the protocol, listens to it, reads."""

WebSockets = Literal["none", "websockets-sansio"]
"""How uvicorn speaks them, if at all."""


class Lobby:
    """Where Slack's requests come in: refused with 503 until the bot is ready."""

    def __init__(self) -> None:
        self._shut: ASGIApp = Response(status_code=503, headers={"retry-after": "1"})
        self._inner: ASGIApp = self._shut

    @asynccontextmanager
    async def opened(self, inner: ASGIApp) -> AsyncIterator[None]:
        """Let them in, while it lasts."""
        self._inner = inner
        try:
            yield
        finally:
            self._inner = self._shut

    async def is_open(self) -> bool:
        return self._inner is not self._shut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._inner(scope, receive, send)


def web_app(
    life: Life,
    slack: ASGIApp | None,
    partners: ASGIApp,
    pages: ASGIApp | None = None,
    *,
    way: Way | None = None,
) -> ASGIApp:
    """The routes: the two that tell how the bot is, and what partners ask; `slack`'s, where it
    sends over HTTP, and the pages on which the bot is installed, where it is. Whoever sends what
    is Slack's elsewhere is told by the `way` how it comes."""
    way = way or (Way.HTTP if slack else Way.SOCKET_MODE)

    async def alive(request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def is_ready(request: Request) -> Response:
        parts = await life.parts()
        if all(parts.values()):
            return JSONResponse(parts)
        return JSONResponse({**parts, "reasons": life.reasons()}, status_code=503)

    others = Starlette(
        routes=[
            Route("/healthz", alive),
            Route("/readyz", is_ready),
            *(Route(path, pages) for path in PAGES if pages),
        ],
        exception_handlers={404: Signpost(way)},
    )
    others.router.redirect_slashes = False

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """Slack's requests first, past the framework: every one of them would pay for it."""
        path = scope.get("path", "")
        if slack is not None and path == SLACK_PATH:
            await slack(scope, receive, send)
        elif path == PARTNERS_PATH or path.startswith(f"{PARTNERS_PATH}/"):
            await partners(scope, receive, send)
        else:
            await others(scope, receive, send)

    return app


class Server(uvicorn.Server):
    """uvicorn without signal handlers of its own, of which it would die after it has ended well;
    and one that hears at once that it is to end."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        finish_seconds: float,
        ws: WebSockets = "none",
        connections: Connections | None = None,
    ) -> None:
        """Bounded by `connections`, where anybody can reach it."""
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools" if connections is None else bounded(connections),
                timeout_keep_alive=round(SECONDS[Waiting.FOR_NEXT]),
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=int(finish_seconds),
                ws=ws,
            )
        )
        self._connections = connections
        self._is_up = asyncio.Event()
        self._is_to_end = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._is_up.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # brings the date in its answers up to date
            if self._connections is not None:
                self._connections.drop_late()
            await rest_until(self._is_to_end, TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """At once when nothing is in hand; uvicorn waits in steps of a tenth of a second, and loses
        whom asyncio had taken a moment before."""
        await _let_no_more_in(sockets or [])
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # connections with nothing in hand are gone now
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)

    async def is_up(self) -> None:
        """Wait until it answers."""
        await self._is_up.wait()

    def stop(self) -> None:
        """Take no more requests, finish those in hand."""
        self.should_exit = True
        self._is_to_end.set()


async def _let_no_more_in(sockets: list[socket.socket]) -> None:
    """And wait until those who were let in are known, with what they have sent: asyncio forgets one
    whose server is closed between the two, and leaves it open
    (`base_events.Server._attach`, CPython 3.11 to 3.13)."""
    for listening in sockets:
        asyncio.get_running_loop().remove_reader(listening)
    for _turn in range(TURNS_TO_BE_KNOWN):
        await asyncio.sleep(0)


@asynccontextmanager
async def serving(
    life: Life, app: ASGIApp, host: str, port: int, *, what: str = ""
) -> AsyncIterator[int]:
    """The server, while it lasts; the port on which it answers.

    `what` it is for, where it is not Slack's requests: its settings and its part are named so.

    Raises:
        BadSetting: the address is none of this machine's, or the port is taken.
    """
    part = f"{what or 'web'}_server"
    with contextlib.closing(listen(host, port, what)) as listener:
        server = Server(app, finish_seconds=life.seconds_left(), connections=Connections())
        async with life.lives(part, lambda: server.serve(sockets=[listener]), server.stop):
            await server.is_up()
            chosen: int = listener.getsockname()[1]
            log.info("listening", extra={"part": part, "host": host, "port": chosen})
            yield chosen


def listen(host: str, port: int, what: str = "") -> socket.socket:
    """A socket that listens there.

    Raises:
        BadSetting: the address is none of this machine's, or the port is taken.
    """
    prefix = f"{what.upper()}_" if what else ""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise BadSetting(f"{prefix}HOST", _("er ingen adresse på denne maskinen.")) from None
        problem = _("kan ikke lytte på {host}:{port} ({error}). Velg en annen port.")
        raise BadSetting(
            f"{prefix}PORT", problem.format(host=host, port=port, error=error.strerror)
        ) from None
    # asyncio, unlike uvloop, would let the body of each answer wait 40 ms for its head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
