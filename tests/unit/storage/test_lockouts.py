"""Who was locked out is told to the operator: once an hour at most, by one process, and not too
late."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from storage import guessing, lockouts, partners, retention, schema
from storage.clock_repair import SOON, put_right
from storage.database import Database
from storage.guessing import MOST_MISSES, Misses
from storage.lockouts import KEPT, LEASE, STRANGERS, TOLD_EVERY, TOLD_WITHIN, Lockout
from storage.opening import open_database
from storage.records import Partner, PartnerScope
from storage.sql import select
from storage.statements import Row
from tests.conftest import TravellingClock
from tests.unit.storage.cast import Office

A_SECOND = timedelta(seconds=1)
AN_ADDRESS, ANOTHER = "address:aaaa", "address:bbbb"


@pytest.fixture
async def partner(database: Database) -> Partner:
    async with database.transaction() as transaction:
        scope = PartnerScope.ORGANISATION
        return (await partners.add(transaction, "Nettbutikken", scope, is_test=False))[0]


@pytest.fixture
async def another(
    database: Database, migrated_url: str, clock: TravellingClock
) -> AsyncIterator[Database]:
    """The same ledger, as another process has it open."""
    opened = await open_database(migrated_url, clock)
    yield opened
    await opened.close()


def of(partner: Partner) -> str:
    return f"partner:{partner.id}"


def too_many(*partners: Partner) -> Misses:
    return Misses(MOST_MISSES, partners={of(each) for each in partners})


async def guess(database: Database, counted: Mapping[str, Misses]) -> None:
    async with database.transaction() as transaction:
        await guessing.note(transaction, counted)


async def claim(database: Database, most: int = 9) -> list[Lockout]:
    async with database.transaction() as transaction:
        return await lockouts.claim(transaction, most)


async def tell(database: Database) -> list[str]:
    """What is due, to which the operator listens; who it is about."""
    claimed = await claim(database)
    for each in claimed:
        async with database.transaction() as transaction:
            await lockouts.told(transaction, each)
    return [each.id for each in claimed]


async def is_due(database: Database) -> bool:
    async with database.reading() as reading:
        return await lockouts.is_any_due(reading)


async def rows(database: Database, table: str = "lockouts") -> list[Row]:
    async with database.reading() as reading:
        return await reading.rows(select(schema.metadata.tables[table]))


async def test_a_partner_who_is_locked_out_is_told_of_with_who_it_is(
    database: Database, partner: Partner, clock: TravellingClock
) -> None:
    await guess(database, {of(partner): Misses(MOST_MISSES - 1)})
    assert not await is_due(database)
    await guess(database, {of(partner): Misses(1)})
    assert await is_due(database)
    (claimed,) = await claim(database)
    assert claimed == Lockout(partner.id, partner, clock.now, clock.now + LEASE)


async def test_a_crowd_of_addresses_is_one_and_none_of_them_is_kept(database: Database) -> None:
    crowd = {f"address:{number:04}": too_many() for number in range(20)}
    await guess(database, crowd)
    assert await tell(database) == [STRANGERS]
    assert [each["id"] for each in await rows(database)] == [STRANGERS]
    await guess(database, {AN_ADDRESS: too_many()})
    assert not await is_due(database)


async def test_where_a_partner_asks_from_is_told_of_with_the_partner_alone(
    database: Database, partner: Partner
) -> None:
    await guess(database, {of(partner): too_many(), AN_ADDRESS: too_many(partner)})
    assert await tell(database) == [partner.id]


async def test_an_address_is_told_of_where_no_partner_is_locked_out_with_it(
    database: Database, partner: Partner
) -> None:
    """Several ask from there, or some without a key: everybody there is locked out."""
    await guess(database, {of(partner): Misses(5), AN_ADDRESS: too_many(partner)})
    assert await tell(database) == [STRANGERS]


async def test_whom_a_process_has_locked_out_itself_is_locked_out_and_told_of(
    database: Database, partner: Partner
) -> None:
    """Where it counts the minute from another moment on than the ledger does."""
    await guess(database, {of(partner): Misses(3, is_locked=True)})
    async with database.reading() as reading:
        assert list(await guessing.locked(reading)) == [of(partner)]
    assert await tell(database) == [partner.id]


async def test_it_is_kept_with_the_lock_or_not_at_all(database: Database, partner: Partner) -> None:
    with suppress(RuntimeError):
        async with database.transaction() as transaction:
            await guessing.note(transaction, {of(partner): too_many()})
            raise RuntimeError
    assert await rows(database) == await rows(database, "misses") == []


async def test_it_is_told_at_most_once_an_hour_and_of_each_by_itself(
    database: Database, partner: Partner, clock: TravellingClock
) -> None:
    await guess(database, {of(partner): too_many()})
    assert await tell(database) == [partner.id]
    clock.now += TOLD_EVERY - A_SECOND
    await guess(database, {of(partner): too_many(), AN_ADDRESS: too_many()})
    assert await tell(database) == [STRANGERS]
    clock.now += A_SECOND
    assert not await is_due(database)
    await guess(database, {of(partner): too_many()})
    assert await tell(database) == [partner.id]


async def test_two_processes_at_once_tell_it_once(
    database: Database, another: Database, partner: Partner
) -> None:
    await guess(database, {of(partner): too_many(), AN_ADDRESS: too_many()})
    both = await asyncio.gather(*(tell(each) for each in (database, another) for _ in range(5)))
    assert sorted(each for told in both for each in told) == sorted((partner.id, STRANGERS))


async def test_of_many_the_first_are_claimed_and_the_others_after_them(
    database: Database, partner: Partner, clock: TravellingClock
) -> None:
    await guess(database, {of(partner): too_many()})
    clock.now += A_SECOND
    await guess(database, {AN_ADDRESS: too_many()})
    assert [each.id for each in await claim(database, 1)] == [partner.id]
    assert [each.id for each in await claim(database, 1)] == [STRANGERS]


async def just_before_the_next(database: Database) -> datetime:
    (row,) = await rows(database)
    due_at: datetime = row["due_at"]
    return due_at - A_SECOND


async def test_what_could_not_be_told_waits_ever_longer_and_at_most_for_an_hour(
    database: Database, partner: Partner, clock: TravellingClock
) -> None:
    await guess(database, {of(partner): too_many()})
    locked_at, tried = clock.now, list[timedelta]()
    while claimed := await claim(database):
        tried.append(clock.now - locked_at)
        async with database.transaction() as transaction:
            await lockouts.put_off(transaction, claimed[0], timedelta(0))
        clock.now = await just_before_the_next(database)
        assert not await is_due(database)
        clock.now += A_SECOND
    clock.now = locked_at + 3 * TOLD_WITHIN
    assert not await is_due(database)
    assert [each.total_seconds() for each in tried[:5]] == [0, 5, 10, 20, 40]
    assert len(tried) == 11
    assert tried[-1] < TOLD_WITHIN


async def test_slack_is_left_alone_as_long_as_it_asks(
    database: Database, partner: Partner, clock: TravellingClock
) -> None:
    await guess(database, {of(partner): too_many()})
    (claimed,) = await claim(database)
    async with database.transaction() as transaction:
        await lockouts.put_off(transaction, claimed, timedelta(minutes=5))
    clock.now += timedelta(minutes=5) - A_SECOND
    assert not await is_due(database)
    clock.now += A_SECOND
    assert await is_due(database)


async def test_what_was_too_late_to_be_told_is_told_when_it_happens_again(
    database: Database, partner: Partner, clock: TravellingClock
) -> None:
    await guess(database, {of(partner): too_many()})
    clock.now += TOLD_WITHIN
    assert await claim(database) == []
    await guess(database, {of(partner): too_many()})
    assert await tell(database) == [partner.id]


async def test_whoever_dies_with_it_is_followed_and_whoever_is_late_changes_nothing(
    database: Database, partner: Partner, clock: TravellingClock
) -> None:
    await guess(database, {of(partner): too_many()})
    (late,) = await claim(database)
    clock.now += LEASE - A_SECOND
    assert not await is_due(database)
    clock.now += A_SECOND
    (mine,) = await claim(database)
    async with database.transaction() as transaction:
        await lockouts.told(transaction, late)
        await lockouts.put_off(transaction, late, timedelta(0))
    assert [(each["told_at"], each["due_at"]) for each in await rows(database)] == [
        (None, mine.lease_ends_at)
    ]


async def test_who_is_locked_out_again_while_it_is_told_is_told_of_once(
    database: Database, partner: Partner
) -> None:
    await guess(database, {of(partner): too_many()})
    (claimed,) = await claim(database)
    await guess(database, {of(partner): too_many()})
    assert not await is_due(database)
    async with database.transaction() as transaction:
        await lockouts.told(transaction, claimed)
    assert not await is_due(database)


async def test_processes_that_note_crowds_at_once_do_not_wait_for_each_other_for_ever(
    database: Database, another: Database, partner: Partner
) -> None:
    def crowd(first: int) -> dict[str, Misses]:
        named = [f"address:{(first + number) % 40:04}" for number in range(30)]
        return {each: too_many() for each in named} | {of(partner): too_many()}

    async with asyncio.timeout(20):
        await asyncio.gather(
            *(guess(each, crowd(n * 7)) for n in range(6) for each in (database, another))
        )
    assert sorted(await tell(database)) == sorted((partner.id, STRANGERS))


async def test_it_is_forgotten_a_day_after_the_last_time(
    office: Office, partner: Partner, clock: TravellingClock
) -> None:
    await guess(office.database, {of(partner): too_many()})
    await tell(office.database)
    clock.now += KEPT - A_SECOND
    await retention.sweep(office.ledger)
    assert len(await rows(office.database)) == 1
    clock.now += A_SECOND
    await retention.sweep(office.ledger)
    assert await rows(office.database) == []


@pytest.mark.parametrize("how", [tell, claim])
async def test_what_was_done_by_a_clock_that_ran_ahead_keeps_nothing_from_being_told(
    database: Database, partner: Partner, clock: TravellingClock, how: Any
) -> None:
    clock.forward(days=1)
    await guess(database, {of(partner): too_many()})
    await how(database)
    clock.forward(days=-1)
    await put_right(database)
    clock.now += SOON
    await guess(database, {of(partner): too_many()})
    assert await tell(database) == [partner.id]


async def test_what_is_in_hand_stays_so_when_the_clock_is_found_to_be_right(
    database: Database, partner: Partner, clock: TravellingClock
) -> None:
    await guess(database, {of(partner): too_many()})
    (claimed,) = await claim(database)
    await put_right(database)
    async with database.transaction() as transaction:
        await lockouts.told(transaction, claimed)
    clock.now += LEASE
    await guess(database, {of(partner): too_many()})
    assert not await is_due(database)
