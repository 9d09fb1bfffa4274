"""Bolt on its defaults that writes a submission's rows by SQLAlchemy's ORM, on its default pool."""

import os
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry

from storage import schema
from templates import ids
from tests.bench.baselines.bolt import asgi, bolt
from tests.bench.baselines.rows import rows_of
from tests.bench.baselines.serving import run, serve
from tests.bench.baselines.stock_bolt import with_routes


class Record:
    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


class Person(Record): ...


class Request(Record): ...


class Event(Record): ...


class Notice(Record): ...


_TABLES = {
    Person: schema.people,
    Request: schema.code_requests,
    Event: schema.audit,
    Notice: schema.outbox,
}


def _sessions() -> async_sessionmaker[AsyncSession]:
    mapped = registry()
    for record, table in _TABLES.items():
        mapped.map_imperatively(record, table)
    address = os.environ["DATABASE_URL"].replace("sqlite://", "sqlite+aiosqlite://")
    return async_sessionmaker(create_async_engine(address), expire_on_commit=False)


def answer_submission(app: AsyncApp) -> None:
    sessions = _sessions()

    @app.view(ids.VIEW_ASK)
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        rows = rows_of(body)
        async with sessions.begin() as session:
            session.add_all([Person(**rows.person), Request(**rows.request), Event(**rows.event)])
            session.add_all([Notice(**notice) for notice in rows.notices])
        await ack()


if __name__ == "__main__":
    run(serve(asgi(with_routes(bolt(), ids.VIEW_ASK, answer_submission))))
