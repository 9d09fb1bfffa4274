"""Whoever comes back from Slack was sent there by us, lately, and comes back once."""

import asyncio

import pytest

from storage import installing, schema
from storage.database import Database
from storage.sql import select
from tests.conftest import TravellingClock

_ALL = select(schema.installing)


async def begin(database: Database) -> str:
    async with database.transaction() as transaction:
        return await installing.begin(transaction)


async def end(database: Database, state: str) -> bool:
    async with database.transaction() as transaction:
        return await installing.end(transaction, state)


async def test_one_comes_back_once(database: Database) -> None:
    first, second = await begin(database), await begin(database)
    assert first != second
    assert await end(database, first)
    assert not await end(database, first)
    assert await end(database, second)
    assert not await end(database, "made up")


async def test_of_many_at_once_one_has_come_back(database: Database) -> None:
    state = await begin(database)
    came = await asyncio.gather(*(end(database, state) for _ in range(8)))
    assert sum(came) == 1


async def test_ten_minutes_and_not_a_moment_longer(
    database: Database, clock: TravellingClock
) -> None:
    state, other = await begin(database), await begin(database)
    clock.forward(minutes=10, microseconds=-1)
    assert await end(database, state)
    clock.forward(microseconds=1)
    assert not await end(database, other)


async def test_so_many_at_once_and_no_more(
    database: Database, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "MOST_UNDER_WAY", 3)
    first, *_others = [await begin(database) for _ in range(3)]
    with pytest.raises(installing.TooManyUnderWay):
        await begin(database)
    assert await end(database, first)
    await begin(database)
    with pytest.raises(installing.TooManyUnderWay):
        await begin(database)
    clock.forward(minutes=10)
    await begin(database)


async def test_who_reads_the_ledger_can_end_nothing(database: Database) -> None:
    state = await begin(database)
    async with database.reading() as reading:
        assert state not in str(await reading.rows(_ALL))
