"""The trial room served on this machine, until it is told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn

from bot.app import Server, listen
from bot.demo.demo import Demo
from bot.demo.room import Plan
from bot.demo.web import web_app

HOST = "127.0.0.1"
STOP_SECONDS = 5


@asynccontextmanager
async def serving(plan: Plan, port: int) -> AsyncIterator[tuple[Demo, str]]:
    """The demo and its address. The port is taken first: where it is in use, nothing else begins.

    Raises:
        BadSetting, DatabaseUnavailable, OSError: the port or the folder cannot be used.
    """
    listener = listen(HOST, port)
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    demo = Demo(plan)
    try:
        await demo.open()
        config = uvicorn.Config(
            web_app(demo),
            ws="websockets-sansio",
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        server = Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield demo, address
        finally:
            server.should_exit = True
            await task
    finally:
        listener.close()
        await demo.close()


async def run(plan: Plan, port: int, tell: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `tell` is given the address when all is ready."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with serving(plan, port) as (_demo, address):
        tell(address)
        await stopped.wait()
