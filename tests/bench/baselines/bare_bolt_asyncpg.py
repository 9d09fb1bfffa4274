"""Bare Bolt that writes a submission's rows by asyncpg, through a pool."""

import os
from typing import Any

import asyncpg
from slack_bolt.async_app import AsyncAck

from storage.row_security import SEES_ALL
from tests.bench.baselines.bolt import asgi, bolt
from tests.bench.baselines.raw import inserts
from tests.bench.baselines.rows import rows_of
from tests.bench.baselines.serving import run, serve

PERSON, REQUEST, EVENT, NOTICE = inserts("${}")


async def main() -> None:
    app = bolt(process_before_response=True)
    url = os.environ["DATABASE_URL"]
    pool = await asyncpg.create_pool(url, min_size=1, max_size=10, server_settings=SEES_ALL)

    @app.view("request_form")
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        rows = rows_of(body)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(PERSON, *rows.person.values())
            await connection.execute(REQUEST, *rows.request.values())
            await connection.execute(EVENT, *rows.event.values())
            await connection.executemany(NOTICE, [list(row.values()) for row in rows.notices])
        await ack()

    await serve(asgi(app))


if __name__ == "__main__":
    run(main())
