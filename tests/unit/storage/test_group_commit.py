"""On SQLite whoever waits for the one writer shares the commit of those before; each stands or
falls alone, and is through when it has been committed."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from storage.database import DatabaseFailed, utc_now
from storage.on_sqlite import MOST_TOGETHER, SqliteDatabase
from storage.schema import pulse
from storage.sql import insert, select
from tests.migrated import migrated_at_once

_ADD = insert(pulse)
_ALL = select(pulse.c.id)


class Changed(Exception):  # noqa: N818
    """Of mind."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    migrated_at_once(tmp_path / "ledger.sqlite3")
    opened = await SqliteDatabase.open(tmp_path / "ledger.sqlite3", utc_now)
    yield opened
    await opened.close()


class Commits:
    """How often it is committed; it fails where it is told to."""

    def __init__(self, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.fails = False
        writer: Any = database._writer
        commit = writer.commit

        async def counted() -> None:
            self.count += 1
            if self.fails:
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            await commit()

        monkeypatch.setattr(writer, "commit", counted)


@pytest.fixture
def commits(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> Commits:
    return Commits(database, monkeypatch)


async def add(database: SqliteDatabase, which: str, *, turns: int = 0, fails: bool = False) -> str:
    async with database.transaction() as transaction:
        await transaction.run(_ADD, id=which, weight=b"")
        for _ in range(turns):
            await asyncio.sleep(0)
        if fails:
            raise Changed
    return which


def there(database: SqliteDatabase) -> set[str]:
    """By another connection, which sees what is committed."""
    path, *_ = database._files._paths
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM pulse")}


def names(count: int) -> Sequence[str]:
    return [f"{number:026}" for number in range(count)]


async def test_one_alone_is_committed_as_it_ends(
    database: SqliteDatabase, commits: Commits
) -> None:
    for which in names(3):
        await add(database, which)
    assert commits.count == 3


async def test_those_who_wait_share_a_commit(database: SqliteDatabase, commits: Commits) -> None:
    added = await asyncio.gather(*(add(database, which) for which in names(30)))
    assert there(database) == set(added)
    assert commits.count == 1


async def test_no_more_than_so_many_do(database: SqliteDatabase, commits: Commits) -> None:
    await asyncio.gather(*(add(database, which) for which in names(2 * MOST_TOGETHER + 5)))
    assert commits.count == 3


async def test_each_falls_alone(database: SqliteDatabase, commits: Commits) -> None:
    ids = names(30)
    failing = {ids[0], ids[7], ids[8], ids[29]}
    outcomes = await asyncio.gather(
        *(add(database, each, fails=each in failing) for each in ids), return_exceptions=True
    )
    assert [isinstance(each, Changed) for each in outcomes] == [each in failing for each in ids]
    assert there(database) == set(ids) - failing
    assert commits.count <= 2


async def test_whoever_breaks_a_rule_of_the_tables_falls_alone(
    database: SqliteDatabase, commits: Commits
) -> None:
    """Also where nothing was asked before the end."""
    ids = names(10)
    twice = [*ids[:5], ids[0], ids[3], *ids[5:]]
    outcomes = await asyncio.gather(
        *(add(database, each) for each in twice), return_exceptions=True
    )
    refused = [isinstance(each, sqlite3.IntegrityError) for each in outcomes]
    assert refused == [position in (5, 6) for position in range(12)]
    assert there(database) == set(ids)
    assert commits.count == 1


async def test_nobody_is_through_before_it_is_committed(database: SqliteDatabase) -> None:
    first, second = names(2)
    seen: list[bool] = []

    async def looks() -> None:
        await add(database, first)
        seen.append(first in there(database))

    looking = asyncio.create_task(looks())
    await asyncio.sleep(0)
    await add(database, second, turns=20)
    await looking
    assert seen == [True]


async def test_where_those_who_waited_go_away_it_is_committed_all_the_same(
    database: SqliteDatabase,
) -> None:
    first, *others = names(5)
    writing = asyncio.create_task(add(database, first, turns=5))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(add(database, each)) for each in others]
    await asyncio.sleep(0)
    for _ in range(10_000):
        if database._group and database._group.count:
            break
        await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    assert await asyncio.wait_for(writing, 5) == first
    await asyncio.gather(*waiting, return_exceptions=True)
    assert first in there(database)


async def test_where_it_cannot_be_committed_all_hear_so_and_nothing_is_there(
    database: SqliteDatabase, commits: Commits
) -> None:
    commits.fails = True
    outcomes = await asyncio.gather(
        *(add(database, which) for which in names(10)), return_exceptions=True
    )
    assert [type(each) for each in outcomes] == [DatabaseFailed] * 10
    assert there(database) == set()
    commits.fails = False
    assert await add(database, "after") == "after"
    assert there(database) == {"after"}


async def test_what_sqlite_takes_back_itself_is_told_to_those_before(
    database: SqliteDatabase,
) -> None:
    first, second = names(2)

    async def loses_all() -> None:
        async with database.transaction():
            await database._writer.execute_fetchall("ROLLBACK")
            raise Changed

    outcomes = await asyncio.gather(
        add(database, first), loses_all(), add(database, second), return_exceptions=True
    )
    assert [type(each) for each in outcomes[:2]] == [DatabaseFailed, Changed]
    assert there(database) == ({second} if outcomes[2] == second else set())


async def test_to_close_it_waits_for_what_has_been_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    migrated_at_once(path)
    opened = await SqliteDatabase.open(path, utc_now)
    writing = [asyncio.create_task(add(opened, which)) for which in names(5)]
    await asyncio.sleep(0)
    await opened.close()
    done = await asyncio.gather(*writing, return_exceptions=True)
    with closing(sqlite3.connect(path)) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM pulse")}
    assert {each for each in done if isinstance(each, str)} <= kept


async def test_space_is_given_back_between_two_commits(database: SqliteDatabase) -> None:
    async def gives_back() -> None:
        for _ in range(5):
            await database.give_back_space()

    await asyncio.gather(gives_back(), *(add(database, which) for which in names(40)))
    assert there(database) == set(names(40))


@pytest.mark.parametrize("seed", range(8))
async def test_whoever_was_told_so_is_there_and_whoever_was_not_is_not(
    database: SqliteDatabase, seed: int
) -> None:
    """Some fail, some are called off, and some come while others are being committed."""
    chance = random.Random(seed)
    ids = names(120)

    async def one(which: str) -> str:
        for _ in range(chance.randrange(60)):
            await asyncio.sleep(0)
        return await add(database, which, turns=chance.randrange(4), fails=chance.random() < 0.2)

    tasks = {which: asyncio.create_task(one(which)) for which in ids}
    for which in chance.sample(ids, 30):
        for _ in range(chance.randrange(30)):
            await asyncio.sleep(0)
        tasks[which].cancel()
    await asyncio.wait(tasks.values())
    kept = there(database)
    for which, task in tasks.items():
        if task.cancelled():
            continue
        if task.exception() is None:
            assert which in kept
        else:
            assert isinstance(task.exception(), Changed)
            assert which not in kept
    assert not database._waiting
    with suppress(Changed):
        await add(database, "last")
    assert "last" in there(database)
