"""What stands in front of several processes of the bot: each request goes to one that takes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.trial.sandbox.web_server import WebServer

NOT_PASSED_ON = frozenset(("host", "content-length", "connection", "transfer-encoding"))


@dataclass
class Balancer:
    """As nginx by our file: in turn; where one does not answer, or takes nothing, the next."""

    http: aiohttp.ClientSession
    url: str = ""
    ports: list[int] = field(default_factory=list)
    turn: int = 0

    async def pass_on(self, request: Request) -> Response:
        body = await request.body()
        headers = {
            name: text for name, text in request.headers.items() if name not in NOT_PASSED_ON
        }
        for port in self._in_turn():
            address = f"http://127.0.0.1:{port}{request.url.path}?{request.url.query}"
            try:
                async with self.http.request(
                    request.method, address, data=body, headers=headers, allow_redirects=False
                ) as answer:
                    if answer.status != 503:
                        told = await answer.read()
                        kind = answer.headers.get("content-type")
                        return Response(told, answer.status, media_type=kind)
            except aiohttp.ClientError:
                continue
        return Response(status_code=502)

    def _in_turn(self) -> list[int]:
        self.turn += 1
        first = self.turn % max(1, len(self.ports))
        return self.ports[first:] + self.ports[:first]


@asynccontextmanager
async def balancing() -> AsyncIterator[Balancer]:
    server = WebServer()
    timeout = aiohttp.ClientTimeout(total=10)
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        balancer = Balancer(http, server.url)
        await server.start(
            Starlette(routes=[Route("/{path:path}", balancer.pass_on, methods=["GET", "POST"])])
        )
        try:
            yield balancer
        finally:
            await server.stop()
