"""SQLite, locked by another process and filled up."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.chaos.databases import Database, Row, Trouble

MEMORY_MEGABYTES = 48
"""Of the small file system in memory that it lies on, where it is to be filled."""


@dataclass
class SqliteDatabase:
    path: Path
    skipped: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def troubles(self) -> Mapping[str, Trouble]:
        found: dict[str, Trouble] = {"database locked by another process": self._hold}
        if not self.skipped:
            found["disk full"] = self._fill
        return found

    async def rows(self, query: str) -> list[Row]:
        with contextlib.closing(sqlite3.connect(self.path, timeout=5)) as connection:
            connection.row_factory = sqlite3.Row
            return [
                {name: _as_moment(name, row[name]) for name in row.keys()}  # noqa: SIM118
                for row in connection.execute(query)
            ]

    async def _hold(self, seconds: float) -> None:
        with (
            contextlib.closing(
                sqlite3.connect(self.path, timeout=0.2, isolation_level=None)
            ) as connection,
            suppress(sqlite3.OperationalError),
        ):  # the bot was quicker: next time
            connection.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(seconds)
            connection.execute("ROLLBACK")

    async def _fill(self, seconds: float) -> None:
        ballast = self.path.with_name("ballast")
        try:
            with ballast.open("wb", buffering=0) as file:
                for size in (1 << 20, 1 << 12, 1):
                    with suppress(OSError):
                        while file.write(bytes(size)) == size:
                            """Until there is no room for one more."""
            await asyncio.sleep(seconds)
        finally:
            ballast.unlink(missing_ok=True)


def _as_moment(name: str, value: Any) -> Any:
    is_moment = isinstance(value, str) and (name == "at" or name.endswith("_at"))
    return datetime.fromisoformat(value) if is_moment else value


@asynccontextmanager
async def sqlite_database(folder: Path) -> AsyncIterator[Database]:
    """On a small file system of its own where we may make one."""
    place = folder / "ledger"
    place.mkdir()
    options = f"size={MEMORY_MEGABYTES}m"
    mounted = os.geteuid() == 0 and _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", place)
    why_not = {} if mounted else {"disk full": "only root may make a small file system to fill"}
    try:
        yield SqliteDatabase(place / "bot.sqlite3", why_not)
    finally:
        if mounted:
            _run("umount", "--lazy", place)


def _run(*words: object) -> bool:
    done = subprocess.run([str(word) for word in words], check=False, capture_output=True)
    return done.returncode == 0
