"""Codes made, run out and withdrawn, month by month."""

from datetime import UTC, date, datetime, timedelta

import pytest

from storage import codes, due, making
from storage.monthly import MONTHS, Month, monthly
from tests.conftest import TravellingClock
from tests.unit.storage.cast import OLA, Office, details


async def months(office: Office) -> list[Month]:
    async with office.looking() as desk:
        return list(await monthly(desk))


async def test_each_month_has_what_happened_in_it(office: Office, clock: TravellingClock) -> None:
    first = await office.code()
    await office.code(details("Per"), submission="V2")
    clock.forward(days=10)
    async with office.deciding() as desk:
        await making.revoke(desk, first, OLA)
    clock.forward(days=55)
    await due.sweep(office.ledger)
    found = {each.first: each for each in await months(office)}
    assert len(found) == MONTHS
    assert found[date(2026, 3, 1)] == Month(date(2026, 3, 1), 2, 0, 1)
    assert found[date(2026, 4, 1)] == Month(date(2026, 4, 1), 0, 1, 0)
    assert found[date(2026, 5, 1)] == Month(date(2026, 5, 1), 0, 0, 0)
    assert max(found) == date(2026, 5, 1)
    assert min(found) == date(2025, 6, 1)


async def test_what_has_run_out_counts_before_it_is_swept(
    office: Office, clock: TravellingClock
) -> None:
    await office.code()
    clock.forward(days=61)
    assert sum(each.ran_out for each in await months(office)) == 1


async def test_what_is_forgotten_counts_still(office: Office, clock: TravellingClock) -> None:
    office.keeps(timedelta(days=30))
    code_id = await office.code()
    async with office.deciding() as desk:
        await making.refresh(desk, code_id, OLA)
    for _ in range(2):
        clock.forward(days=61)
        await due.sweep(office.ledger)
    async with office.looking() as desk:
        assert await codes.count_codes(desk) == 0
    found = await months(office)
    assert [sum(each.made for each in found), sum(each.ran_out for each in found)] == [2, 1]


@pytest.mark.parametrize(("minutes", "month"), [(-1, 3), (0, 4)])
async def test_a_month_begins_at_midnight_in_oslo(
    office: Office, clock: TravellingClock, minutes: int, month: int
) -> None:
    clock.now = datetime(2026, 3, 31, 22, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    await office.code()
    (made,) = [each.first for each in await months(office) if each.made]
    assert made == date(2026, month, 1)


async def test_what_is_older_than_a_year_is_not_in_it(
    office: Office, clock: TravellingClock
) -> None:
    await office.code()
    clock.forward(days=400)
    assert sum(each.made for each in await months(office)) == 0
