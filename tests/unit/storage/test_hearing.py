"""Whoever listens to the database hears when something is to be told: after the commit, and on
PostgreSQL in other processes too."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from storage import notifying
from storage.desk import Ledger
from storage.notifying import Telephone
from storage.opening import open_database
from storage.outbox import HELP, NewNotice, tell
from tests.migrated import migrated_at_once
from tests.unit.storage.cast import KARI, Office

NOTICE = NewNotice(HELP, KARI, about="Ev1")
PATIENCE = 10.0
BREAK_LINES = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%'
"""


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
async def office(migrated_postgres_url: str) -> AsyncIterator[Office]:
    """Begun by a process that has ended: whatever it had to tell, it has told by then."""
    beginning = await open_database(migrated_postgres_url)
    begun = await Office.begin(beginning)
    await beginning.close()
    writing = await open_database(migrated_postgres_url)
    yield Office(Ledger(writing), begun.standing)
    await writing.close()


@pytest.fixture
async def ear(office: Office, migrated_postgres_url: str) -> AsyncIterator[Ear]:
    """That of another process, which has begun to listen and heard what there was before: the
    office has begun."""
    listening, ear = await open_database(migrated_postgres_url), Ear()
    async with listening.heard_by(ear):
        await ear.hears()
        yield ear
    await listening.close()


async def test_another_process_is_heard(ear: Ear, office: Office) -> None:
    async with office.asking() as desk:
        await tell(desk, NOTICE)
    await ear.hears()


async def test_a_command_that_ends_at_once_has_been_heard_too(
    ear: Ear, office: Office, migrated_postgres_url: str
) -> None:
    short = await open_database(migrated_postgres_url)
    async with Office(Ledger(short), office.standing).asking() as desk:
        await tell(desk, NOTICE)
    await short.close()
    await ear.hears()


async def test_a_broken_line_is_opened_anew(
    ear: Ear, office: Office, migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "CALL_AGAIN_SECONDS", 0.05)
    connection = await asyncpg.connect(migrated_postgres_url)
    assert await connection.fetch(BREAK_LINES)
    await connection.close()
    await ear.hears()  # something may have been told meanwhile
    async with office.asking() as desk:
        await tell(desk, NOTICE)
    await ear.hears()


async def test_many_commits_at_once_make_few_calls(migrated_postgres_url: str) -> None:
    heard: list[object] = []
    ended = asyncio.Event()

    def hear(_connection: object, _process: int, _channel: str, caller: object) -> None:
        heard.append(caller)
        if caller == "end":
            ended.set()

    async with (
        asyncpg.create_pool(migrated_postgres_url, min_size=1) as pool,
        pool.acquire() as connection,
    ):
        await connection.add_listener(notifying.CHANNEL, hear)
        telephone = Telephone(migrated_postgres_url, pool)
        for _ in range(50):
            telephone.call_others()
        await telephone.hang_up()
        await pool.execute("SELECT pg_notify($1, 'end')", notifying.CHANNEL)
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
        await connection.remove_listener(notifying.CHANNEL, hear)
    assert 2 <= len(heard) <= 3  # PostgreSQL brings them in the order in which they were sent
