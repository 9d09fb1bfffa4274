"""PostgreSQL's NOTIFY: one process tells the others that something has become due.

It is sent after the commit and past it. Inside, PostgreSQL lets transactions that notify commit
only one after the other; and what is told twice, or not at all when a process dies between the
two, is only a hint: every dispatcher looks by itself every few seconds.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

log = logging.getLogger(__name__)

CHANNEL = "godkjenningsbot_due"
CALL_AGAIN_SECONDS = 1.0
"""How long after a connection has broken it is opened anew."""


class Telephone:
    """The line between the processes on one database."""

    def __init__(self, url: str, pool: "asyncpg.Pool") -> None:
        self._url = url
        self._pool = pool
        self._own_name = token_hex(8)
        self._calling: asyncio.Task[None] | None = None
        self._is_to_call_again = False

    def call_others(self) -> None:
        """Tell them soon. However much is committed meanwhile, they are told once more."""
        self._is_to_call_again = True
        if self._calling is None or self._calling.done():
            self._calling = asyncio.create_task(self._call())

    async def _call(self) -> None:
        import asyncpg

        while self._is_to_call_again:
            self._is_to_call_again = False
            try:
                await self._pool.execute("SELECT pg_notify($1, $2)", CHANNEL, self._own_name)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.info("others_not_told", extra={"error": type(error).__name__})

    async def hang_up(self) -> None:
        """Wait for the call that is under way."""
        if self._calling is not None:
            await asyncio.gather(self._calling, return_exceptions=True)

    @asynccontextmanager
    async def answered_by(self, heard: Callable[[], None]) -> AsyncIterator[None]:
        """While it lasts, `heard` is called when another process calls; a broken line is opened
        anew."""
        answering = asyncio.create_task(self._answer(heard))
        try:
            yield
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    async def _answer(self, heard: Callable[[], None]) -> None:
        """The broad catch: whatever breaks the line, it is opened anew."""
        while True:
            try:
                await self._listen(heard)
            except Exception as error:
                log.info("line_not_opened", extra={"error": type(error).__name__})
            await asyncio.sleep(CALL_AGAIN_SECONDS)

    async def _listen(self, heard: Callable[[], None]) -> None:
        import asyncpg

        def answer(_connection: object, _process: int, _channel: str, caller: object) -> None:
            if caller != self._own_name:
                heard()

        broken = asyncio.Event()
        connection = await asyncpg.connect(self._url)
        try:
            connection.add_termination_listener(lambda _: broken.set())
            await connection.add_listener(CHANNEL, answer)
            heard()  # something may have been told before anybody listened
            await broken.wait()
            log.info("line_broken")
        finally:
            connection.terminate()
