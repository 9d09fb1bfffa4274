"""The trial room served on this machine, until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.operating.web import Server, listen
from bot.settings import BadSetting
from bot.trial.room.demo import Demo
from bot.trial.room.folder import Folder, InUse, Unreadable
from bot.trial.room.room import Plan
from bot.trial.room.web import web_app
from bot.words import _, program

HOST = "127.0.0.1"
STOP_SECONDS = 5


@asynccontextmanager
async def serving(plan: Plan, port: int, *, fresh: bool = False) -> AsyncIterator[tuple[Demo, str]]:
    """The demo and its address. The port is taken first: where it is in use, nothing else begins.

    Raises:
        BadSetting, DatabaseUnavailable, OSError: the port or the folder cannot be used.
        InUse, Unreadable: what is in the folder cannot be used.
    """
    listener = listen(HOST, port)
    try:
        with plan.folder.claimed():
            if fresh:
                plan.folder.empty()
            address = f"http://{HOST}:{listener.getsockname()[1]}"
            async with _served(replace(plan, address=address), listener) as demo:
                yield demo, address
    finally:
        listener.close()


@asynccontextmanager
async def _served(plan: Plan, listener: socket.socket) -> AsyncIterator[Demo]:
    demo = Demo(plan)
    try:
        await demo.open()
        server = Server(web_app(demo), finish_seconds=STOP_SECONDS, ws="websockets-sansio")
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield demo
        finally:
            server.stop()
            await task
    finally:
        await demo.close()


async def run(plan: Plan, port: int, tell: Callable[[str], None], *, fresh: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; `tell` is given the address when all is ready."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with serving(plan, port, fresh=fresh) as (_demo, address):
        tell(address)
        await stopped.wait()


SHUT = (BadSetting, InUse, Unreadable, OSError)
"""What keeps the room from being opened."""


def why(problem: Exception, folder: Folder, port: int) -> str:
    """Why the room stays shut, and the way out, in one sentence or two."""
    match problem:
        case BadSetting(variable="PORT"):
            text = _(
                "Port {port} kan ikke brukes. Er prøverommet åpent fra før? "
                "Velg ellers en annen: {program} demo --port {other}"
            )
        case InUse():
            text = _("Prøverommet i {folder} er åpent fra før. Velg en annen mappe med --folder.")
        case Unreadable():
            text = _("Det som ligger i {folder}, kan ikke leses. Begynn på nytt med --fresh.")
        case OSError():
            text = _("Får ikke brukt mappen {folder}. Velg en annen med --folder.")
        case other:
            return str(other)
    return text.format(folder=folder.path, port=port, other=port + 1, program=program())
