"""Partners: by which keys they are known, for how long, and when they are known no more."""

from datetime import timedelta

import pytest

from storage import partner_keys, partners
from storage.database import Database
from storage.partners import OVERLAP, NameTaken, NoPartner
from storage.records import Partner, PartnerKey, PartnerScope
from tests.conftest import TravellingClock

A_SECOND = timedelta(seconds=1)


async def add(
    database: Database, name: str = "Østlandets nettbutikk", *, is_test: bool = False
) -> tuple[Partner, str]:
    async with database.transaction() as transaction:
        return await partners.add(transaction, name, PartnerScope.ORGANISATION, is_test=is_test)


async def find(database: Database, which: str) -> Partner:
    async with database.reading() as reading:
        return await partners.find(reading, which)


async def rotate(database: Database, partner: Partner, overlap: timedelta = OVERLAP) -> str:
    async with database.transaction() as transaction:
        return await partners.rotate(transaction, partner, overlap)


async def keys(database: Database) -> list[PartnerKey]:
    """Of the only partner, the newest first."""
    async with database.reading() as reading:
        ((_, found),) = await partners.list_all(reading)
    return list(found)


async def known_by(database: Database, key: str) -> Partner | None:
    """Who it is that shows the key, where it opens."""
    async with database.reading() as reading:
        known = (await partners.known(reading)).get(partner_keys.digest(key))
        return known.partner if known and known.key.opens_at(reading.now) else None


async def test_whoever_is_added_is_known_by_their_key_and_by_no_other(database: Database) -> None:
    partner, key = await add(database)
    _, others = await add(database, "Skyen")
    assert await known_by(database, key) == partner
    assert await known_by(database, others) != partner
    assert await known_by(database, key[:-1] + "!") is None
    assert await find(database, partner.id) == partner


@pytest.mark.parametrize("name", ["østlandets nettbutikk", "ØSTLANDETS NETTBUTIKK"])
async def test_a_name_is_the_same_whatever_the_case_of_its_letters(
    database: Database, name: str
) -> None:
    partner, _ = await add(database)
    assert await find(database, name) == partner
    with pytest.raises(NameTaken):
        await add(database, name)
    assert len(await keys(database)) == 1


async def test_whom_nobody_has_added_is_not_found(database: Database) -> None:
    await add(database)
    for which in ("Skyen", "", "%", "Østlandets"):
        with pytest.raises(NoPartner):
            await find(database, which)


async def test_an_old_key_opens_for_a_week_beside_the_new_one(
    database: Database, clock: TravellingClock
) -> None:
    partner, old = await add(database)
    clock.now += A_SECOND
    new = await rotate(database, partner)
    clock.now += OVERLAP - A_SECOND
    assert [await known_by(database, key) for key in (old, new)] == [partner, partner]
    clock.now += A_SECOND
    assert [await known_by(database, key) for key in (old, new)] == [None, partner]


async def test_a_key_that_has_got_away_opens_nothing_any_more(database: Database) -> None:
    partner, old = await add(database)
    new = await rotate(database, partner, timedelta(0))
    assert [await known_by(database, key) for key in (old, new)] == [None, partner]


async def test_a_key_that_was_to_end_does_not_open_longer_because_of_another(
    database: Database, clock: TravellingClock
) -> None:
    partner, _ = await add(database)
    await rotate(database, partner)
    clock.now += A_SECOND
    await rotate(database, partner)
    newest, newer, oldest = sorted(await keys(database), key=lambda each: each.ends_at is not None)
    assert newest.ends_at is None
    assert {newer.ends_at, oldest.ends_at} == {clock() + OVERLAP, clock() + OVERLAP - A_SECOND}


async def test_one_that_was_to_end_later_ends_at_once_when_it_has_to(
    database: Database, clock: TravellingClock
) -> None:
    partner, old = await add(database)
    newer = await rotate(database, partner)
    await rotate(database, partner, timedelta(0))
    assert [await known_by(database, key) for key in (old, newer)] == [None, None]
    ended = [each.ends_at for each in await keys(database)]
    clock.now += A_SECOND
    await rotate(database, partner, timedelta(0))
    assert [each for each in ended if each] == [clock() - A_SECOND] * 2
    assert [each.ends_at for each in await keys(database)].count(clock() - A_SECOND) == 2


async def test_one_partners_new_key_ends_nobody_elses(database: Database) -> None:
    one, _ = await add(database)
    other, theirs = await add(database, "Skyen")
    await rotate(database, one, timedelta(0))
    assert await known_by(database, theirs) == other


async def test_whoever_is_suspended_is_known_as_such_until_that_is_over(
    database: Database, clock: TravellingClock
) -> None:
    partner, key = await add(database)
    since = clock()
    for _ in range(2):
        async with database.transaction() as transaction:
            there = await partners.find(transaction, partner.id)
            await partners.suspend(transaction, there)
        clock.now += A_SECOND
    found = await known_by(database, key)
    assert found
    assert found.suspended_at == since
    async with database.transaction() as transaction:
        await partners.resume(transaction, found)
    assert await known_by(database, key) == partner


async def test_they_are_listed_by_name_as_norwegians_have_it(database: Database) -> None:
    for name in ("Ås", "østlandet", "Zeta", "Ærlig", "alfa"):
        await add(database, name)
    async with database.reading() as reading:
        listed = await partners.list_all(reading)
    assert [each.name for each, _ in listed] == ["alfa", "Zeta", "Ærlig", "østlandet", "Ås"]
