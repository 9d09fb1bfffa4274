"""A partner's server, which is told of codes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def partner_side(
    take: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[str]:
    """Where it takes what it is told, while it lasts."""
    application = web.Application()
    application.router.add_post("/hooks", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"
    await runner.cleanup()
