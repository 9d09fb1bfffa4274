"""A connection to SQLite, which runs several statements in one turn.

To go to the connection's thread and back takes as long as a statement or two. So what gives
nothing back goes there with whatever comes next that does, and in the order in which it was asked.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

import aiosqlite

from storage.patience import longest_wait

Run = tuple[str, Sequence[Any]]
"""A statement, and its parameters."""

RunMany = tuple[str, Sequence[Sequence[Any]], None]
"""A statement, and the parameters of each time that it is run."""


class Connection(aiosqlite.Connection):
    async def in_one_turn(self, first: Sequence[Run | RunMany], last: Run | None) -> list[Any]:
        """The rows of the last; what comes after one that fails is not run.

        Raises:
            sqlite3.Error: of the first that failed.
        """
        turn = self._execute(self._in_one_turn, first, last)  # type: ignore[no-untyped-call]
        rows: list[Any] = await turn
        return rows

    def _in_one_turn(self, first: Sequence[Run | RunMany], last: Run | None) -> list[Any]:
        for sql, parameters, *many in first:
            if many:
                self._conn.executemany(sql, parameters)
            else:
                self._conn.execute(sql, parameters).fetchall()
        return self._conn.execute(*last).fetchall() if last else []


async def connect(address: str, opened: AsyncExitStack) -> Connection:
    """A connection that is closed with the stack: its thread would outlive the program."""
    opening = asyncio.create_task(_opened(address))
    try:
        connection = await asyncio.shield(opening)
    except asyncio.CancelledError:
        # aiosqlite gives up its thread and leaves to chance when what it opens is closed.
        await asyncio.shield(_closed(opening))
        raise
    opened.push_async_callback(connection.close)
    await connection.execute("PRAGMA foreign_keys = ON")
    return connection


async def _closed(opening: asyncio.Task[Connection]) -> None:
    with suppress(sqlite3.Error):
        await (await opening).close()


async def _opened(address: str) -> Connection:
    connect = partial(
        sqlite3.connect,
        address,
        uri=True,
        timeout=longest_wait(),
        isolation_level=None,
        cached_statements=256,
    )
    connection = Connection(connect, iter_chunk_size=64)
    await connection
    return connection
