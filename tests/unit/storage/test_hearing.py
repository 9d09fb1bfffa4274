"""Whoever listens to the database hears when something is to be told: after the commit, and on
PostgreSQL in other processes too."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from storage import notifying
from storage.database import Database, open_database
from storage.outbox import HELP, NewNotice, tell
from tests.migrated import migrated_at_once
from tests.unit.storage.cast import KARI, Office

NOTICE = NewNotice(HELP, KARI, about="Ev1")
PATIENCE = 10.0


class Ear:
    def __init__(self) -> None:
        self.times = 0
        self._heard = asyncio.Event()

    def __call__(self) -> None:
        self.times += 1
        self._heard.set()

    async def hears(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._heard.wait()
        self._heard.clear()


async def fail_after_telling(office: Office) -> None:
    async with office.asking() as desk:
        await tell(desk, NOTICE)
        raise ZeroDivisionError


async def test_what_was_committed_is_heard_at_once_and_what_was_not_is_not(tmp_path: Path) -> None:
    database = await open_database(migrated_at_once(tmp_path / "ledger.sqlite3"))
    office, ear = await Office.begin(database), Ear()
    async with office.database.heard_by(ear):
        with pytest.raises(ZeroDivisionError):
            await fail_after_telling(office)
        async with office.asking() as desk:
            assert desk.standing.holders  # nothing is to be told of this
        assert ear.times == 0
        async with office.asking() as desk:
            await tell(desk, NOTICE)
        assert ear.times == 1
    async with office.asking() as desk:
        await tell(desk, NOTICE)
    assert ear.times == 1
    await database.close()


@pytest.fixture
async def neighbours(migrated_postgres_url: str) -> AsyncIterator[tuple[Database, Office]]:
    """Two processes' worth of connections: who listens, and who writes."""
    listening, writing = (
        await open_database(migrated_postgres_url),
        await open_database(migrated_postgres_url),
    )
    yield listening, await Office.begin(writing)
    await writing.close()
    await listening.close()


async def listeners(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE $1",
        "LISTEN%",
    )
    await connection.close()
    return [row["pid"] for row in rows]


async def until_listening(url: str, other_than: tuple[int, ...] = ()) -> tuple[int, ...]:
    async with asyncio.timeout(PATIENCE):
        while True:  # PostgreSQL tells nobody when somebody begins to listen
            if found := set(await listeners(url)) - set(other_than):
                return tuple(found)
            await asyncio.sleep(0.02)


async def test_another_process_is_heard(
    neighbours: tuple[Database, Office], migrated_postgres_url: str
) -> None:
    listening, office = neighbours
    ear = Ear()
    async with listening.heard_by(ear):
        await until_listening(migrated_postgres_url)
        async with office.asking() as desk:
            await tell(desk, NOTICE)
        await ear.hears()


async def test_a_command_that_ends_at_once_has_been_heard_too(
    neighbours: tuple[Database, Office], migrated_postgres_url: str
) -> None:
    listening, office = neighbours
    ear = Ear()
    async with listening.heard_by(ear):
        await until_listening(migrated_postgres_url)
        short = await open_database(migrated_postgres_url)
        async with Office(type(office.ledger)(short), office.standing).asking() as desk:
            await tell(desk, NOTICE)
        await short.close()
        await ear.hears()


async def test_a_broken_line_is_opened_anew(
    neighbours: tuple[Database, Office], migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "CALL_AGAIN_SECONDS", 0.05)
    listening, office = neighbours
    ear = Ear()
    async with listening.heard_by(ear):
        before = await until_listening(migrated_postgres_url)
        connection = await asyncpg.connect(migrated_postgres_url)
        await connection.execute("SELECT pg_terminate_backend($1)", before[0])
        await connection.close()
        await ear.hears()  # something may have been told meanwhile
        await until_listening(migrated_postgres_url, before)
        async with office.asking() as desk:
            await tell(desk, NOTICE)
        await ear.hears()


async def test_many_commits_make_few_calls(
    neighbours: tuple[Database, Office], migrated_postgres_url: str
) -> None:
    listening, office = neighbours
    ear = Ear()
    async with listening.heard_by(ear):
        await until_listening(migrated_postgres_url)

        async def write(number: int) -> None:
            async with office.asking() as desk:
                await tell(desk, NewNotice(HELP, KARI, about=f"Ev{number}"))

        await asyncio.gather(*(write(number) for number in range(50)))
        await ear.hears()
        await office.database.close()
        assert 1 <= ear.times <= 50
