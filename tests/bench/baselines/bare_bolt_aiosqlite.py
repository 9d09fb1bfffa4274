"""Bare Bolt that writes a submission's rows by aiosqlite, through one connection."""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosqlite
from slack_bolt.async_app import AsyncAck

from tests.bench.baselines.bolt import asgi, bolt
from tests.bench.baselines.raw import inserts
from tests.bench.baselines.rows import Row, rows_of
from tests.bench.baselines.serving import run, serve

PERSON, REQUEST, EVENT, NOTICE = inserts("?")


def _values(row: Row) -> list[Any]:
    return [
        value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for value in row.values()
    ]


async def _connect() -> aiosqlite.Connection:
    path = Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    connection = await aiosqlite.connect(path, isolation_level=None)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        await connection.execute(f"PRAGMA {setting}")
    return connection


async def main() -> None:
    app = bolt(process_before_response=True)
    connection = await _connect()
    writing = asyncio.Lock()

    @app.view("request_form")
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        rows = rows_of(body)
        async with writing:
            await connection.execute("BEGIN IMMEDIATE")
            await connection.execute(PERSON, _values(rows.person))
            await connection.execute(REQUEST, _values(rows.request))
            await connection.execute(EVENT, _values(rows.event))
            await connection.executemany(NOTICE, [_values(notice) for notice in rows.notices])
            await connection.commit()
        await ack()

    await serve(asgi(app))


if __name__ == "__main__":
    run(main())
