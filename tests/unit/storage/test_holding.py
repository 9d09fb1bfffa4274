"""Account holders and deputies: who adds whom, for how long, and who is told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from storage import audit, due, holding
from storage.desk import DecidingDesk, Desk
from storage.holding import (
    DEPUTY_APPOINTED,
    DEPUTY_BEGAN,
    DEPUTY_ENDED,
    DEPUTY_MOVED,
    HOLDER_ADDED,
    HOLDER_REMOVED,
    Period,
)
from storage.outbox import REQUESTS_WAITING
from storage.records import OSLO, SETTINGS, Action
from storage.refusals import (
    AlreadyAccountHolder,
    AlreadyRemoved,
    HolderChanged,
    LastAccountHolder,
    NotAccountHolder,
    OnlyDeputy,
    PeriodBackwards,
    PeriodPassed,
    PeriodTooLong,
    Refusal,
)
from storage.requests import REQUEST_ASKED, REQUEST_UNATTENDED
from storage.schema import outbox
from storage.sql import bindparam, select
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Office
from tests.unit.storage.test_organisations import follow

_TOLD = select(outbox.c.recipient).where(
    outbox.c.organisation_id == bindparam("of_organisation"), outbox.c.kind == bindparam("kind")
)
Work = Callable[[DecidingDesk], Awaitable[object]]


async def told(office: Office, kind: str) -> set[str]:
    async with office.looking() as desk:
        return {row["recipient"] for row in await desk.rows(_TOLD, kind=kind)}


async def decide(office: Office, work: Work) -> object:
    async with office.deciding() as desk:
        return await work(desk)


async def deputies(desk: Desk) -> list[str]:
    return [each.id for each in await holding.there(desk) if each.is_deputy]


async def appoint(
    office: Office,
    first: int,
    last: int,
    *,
    who: str = PER,
    by: str = OLA,
    seen: Sequence[str] | None = None,
) -> None:
    """From so many days from today to so many."""
    async with office.deciding() as desk:
        today = desk.now.astimezone(OSLO).date()
        period = Period(today + timedelta(days=first), today + timedelta(days=last))
        known = await deputies(desk) if seen is None else seen
        await holding.appoint(desk, who, by, period, seen=known)


async def test_a_colleague_is_added_and_all_hear_of_it(office: Office) -> None:
    assert await decide(office, lambda desk: holding.add(desk, PER, OLA))
    assert (await office.look()).lasting_holders == (ANNE, OLA, PER)
    assert await told(office, HOLDER_ADDED) == {ANNE, PER}
    assert not await decide(office, lambda desk: holding.add(desk, PER, OLA))


async def test_a_colleague_is_removed_and_all_hear_of_it(office: Office) -> None:
    await decide(office, lambda desk: holding.remove(desk, ANNE, OLA))
    assert (await office.look()).holders == (OLA,)
    assert await told(office, HOLDER_REMOVED) == {ANNE}


async def test_the_last_one_stays_whoever_stands_in(office: Office) -> None:
    await decide(office, lambda desk: holding.remove(desk, ANNE, OLA))
    await appoint(office, 0, 7)
    with pytest.raises(LastAccountHolder):
        await decide(office, lambda desk: holding.remove(desk, OLA, OLA))


async def test_two_who_remove_one_another_at_once_leave_one(office: Office) -> None:
    gone = await asyncio.gather(
        decide(office, lambda desk: holding.remove(desk, ANNE, OLA)),
        decide(office, lambda desk: holding.remove(desk, OLA, ANNE)),
        return_exceptions=True,
    )
    assert len((await office.look()).holders) == 1
    assert [type(each) for each in gone if each] == [NotAccountHolder]


async def test_two_who_leave_at_once_leave_one(office: Office) -> None:
    gone = await asyncio.gather(
        decide(office, lambda desk: holding.remove(desk, ANNE, ANNE)),
        decide(office, lambda desk: holding.remove(desk, OLA, OLA)),
        return_exceptions=True,
    )
    assert len((await office.look()).holders) == 1
    assert [type(each) for each in gone if each] == [LastAccountHolder]


async def test_what_a_colleague_has_removed_is_said_and_not_done_twice(office: Office) -> None:
    await decide(office, lambda desk: holding.add(desk, PER, OLA))
    async with office.looking() as desk:
        row = next(each for each in await holding.there(desk) if each.user_id == PER)
    await decide(office, lambda desk: holding.remove_known(desk, row.id, OLA))
    with pytest.raises(AlreadyRemoved) as refusal:
        await decide(office, lambda desk: holding.remove_known(desk, row.id, ANNE))
    assert refusal.value.by == OLA
    await decide(office, lambda desk: holding.remove_known(desk, row.id, OLA))


@pytest.mark.parametrize(
    "work",
    [
        lambda desk: holding.add(desk, KARI, PER),
        lambda desk: holding.remove(desk, ANNE, PER),
        lambda desk: holding.remove(desk, PER, PER),
        lambda desk: holding.appoint(
            desk, KARI, PER, Period(desk.now.date(), desk.now.date()), seen=""
        ),
    ],
    ids=["add", "remove", "themselves", "appoint"],
)
async def test_a_deputy_changes_nothing_of_who_decides(office: Office, work: Work) -> None:
    with pytest.raises(NotAccountHolder):
        await decide(office, work)
    await appoint(office, 0, 7)
    with pytest.raises(OnlyDeputy):
        await decide(office, work)


async def test_a_deputy_decides_in_their_time_and_not_a_moment_longer(
    office: Office, clock: TravellingClock
) -> None:
    request_id = await office.ask()
    assert request_id
    await appoint(office, 1, 1)
    async with office.looking() as desk:
        deputy = next(each for each in await holding.there(desk) if each.is_deputy)
    assert deputy.deputy_from is not None
    assert deputy.deputy_until is not None
    for moment, decides in (
        (deputy.deputy_from - timedelta(microseconds=1), False),
        (deputy.deputy_from, True),
        (deputy.deputy_until - timedelta(microseconds=1), True),
        (deputy.deputy_until, False),
    ):
        clock.now = moment  # and no sweep has been
        assert (await office.look()).is_account_holder(PER) is decides
    with pytest.raises(NotAccountHolder):
        await office.approve(request_id, by=PER)
    clock.now = deputy.deputy_from
    assert await office.approve(request_id, by=PER)


@pytest.mark.parametrize(
    ("begins", "until"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_midnight_in_oslo_also_when_the_clock_is_moved(
    begins: date, until: datetime
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert Period(begins, begins + timedelta(days=1)).moments(now)[1] == until


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [
        (-1, 3, PeriodPassed),
        (3, 2, PeriodBackwards),
        (0, 366, PeriodTooLong),
    ],
)
async def test_a_time_that_cannot_be_is_refused(
    office: Office, first: int, last: int, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        await appoint(office, first, last)
    assert await told(office, DEPUTY_APPOINTED) == set()


async def test_the_longest_time_is_a_year(office: Office) -> None:
    await appoint(office, 0, 365)
    assert PER in (await office.look()).deputies


async def test_a_deputy_is_told_when_appointed_when_it_begins_and_when_it_is_over(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    await appoint(office, 2, 3)
    assert await told(office, DEPUTY_APPOINTED) == {ANNE, PER}
    assert await told(office, DEPUTY_BEGAN) == set()
    clock.forward(days=1, hours=15)  # it is their day, but not yet morning
    assert PER in (await office.look()).deputies
    await due.sweep(office.ledger)
    assert await told(office, DEPUTY_BEGAN) == set()
    clock.forward(hours=5)
    await due.sweep(office.ledger)
    assert await told(office, DEPUTY_BEGAN) == {PER}
    assert PER in await told(office, REQUESTS_WAITING)
    clock.forward(days=2)
    await due.sweep(office.ledger)
    assert await told(office, DEPUTY_ENDED) == {PER}
    async with office.looking() as desk:
        happened = [each["action"] for each in await audit.history(desk)]
        assert [each.user_id for each in await holding.there(desk)] == [ANNE, OLA]
    deputies = [each for each in happened if ":deputy:" in each]
    assert deputies == [Action.DEPUTY_APPOINTED, Action.DEPUTY_BEGAN, Action.DEPUTY_ENDED]


async def test_who_stands_in_from_today_begins_at_once(office: Office) -> None:
    await office.ask()
    await appoint(office, 0, 3)
    assert await told(office, DEPUTY_APPOINTED) == {ANNE, PER}
    assert PER in await told(office, REQUESTS_WAITING)
    await due.sweep(office.ledger)
    assert await told(office, DEPUTY_BEGAN) == set()


async def test_when_the_only_one_who_decides_is_a_deputy_whose_time_is_over_the_asker_hears_of_it(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    await appoint(office, 0, 0)
    for user in (OLA, ANNE):
        async with office.deciding() as desk:
            await holding.remove(desk, user, SETTINGS, even_the_last=True)
    assert await told(office, REQUEST_UNATTENDED) == set()
    clock.forward(days=1)
    await due.sweep(office.ledger)
    assert await told(office, REQUEST_UNATTENDED) == {KARI}


async def test_an_account_holder_needs_no_deputys_time(office: Office) -> None:
    with pytest.raises(AlreadyAccountHolder):
        await appoint(office, 0, 3, who=ANNE)


async def test_a_deputy_who_becomes_account_holder_is_one_for_good(
    office: Office, clock: TravellingClock
) -> None:
    await appoint(office, 0, 3)
    assert await decide(office, lambda desk: holding.add(desk, PER, OLA))
    clock.forward(days=10)
    await due.sweep(office.ledger)
    assert PER in (await office.look()).lasting_holders


async def test_whoever_stands_in_already_does_so_in_the_new_time_instead(office: Office) -> None:
    await appoint(office, 0, 3)
    await appoint(office, 5, 8)
    assert (await office.look()).deputies == frozenset()
    async with office.looking() as desk:
        assert len([each for each in await holding.there(desk) if each.is_deputy]) == 1
        happened = [row["action"] for row in await audit.history(desk)]
    assert happened[-2:] == [Action.DEPUTY_APPOINTED, Action.DEPUTY_MOVED]
    assert await told(office, DEPUTY_MOVED) == {ANNE, PER}
    assert await told(office, HOLDER_REMOVED) == set()


async def test_what_a_colleague_has_changed_meanwhile_is_not_overwritten(office: Office) -> None:
    async with office.looking() as desk:
        seen = await deputies(desk)
    await appoint(office, 0, 3, by=ANNE)
    with pytest.raises(HolderChanged) as refusal:
        await appoint(office, 5, 8, seen=seen)
    assert refusal.value.by == ANNE
    assert (await office.look()).deputies == {PER}


async def test_the_same_form_sent_twice_appoints_once(
    office: Office, clock: TravellingClock
) -> None:
    async with office.looking() as desk:
        seen = await deputies(desk)
    for _ in range(2):
        await appoint(office, 0, 3, seen=seen)
        clock.forward(seconds=1)
    async with office.looking() as desk:
        appointed = [row["action"] for row in await audit.history(desk)]
    assert appointed.count(Action.DEPUTY_APPOINTED) == 1


async def test_the_same_time_once_more_is_told_to_nobody(
    office: Office, clock: TravellingClock
) -> None:
    await appoint(office, 1, 3)
    clock.forward(seconds=1)
    await appoint(office, 1, 3)
    assert await told(office, DEPUTY_MOVED) == set()


async def test_another_time_sent_after_it_is_another_time(office: Office) -> None:
    await appoint(office, 0, 5, seen=())
    with pytest.raises(HolderChanged):
        await appoint(office, 3, 5, seen=())


async def test_who_has_stood_in_is_appointed_anew_before_anybody_has_swept(
    office: Office, clock: TravellingClock
) -> None:
    await appoint(office, 0, 0)
    clock.forward(days=1)
    await appoint(office, 0, 3, seen=())
    assert PER in (await office.look()).deputies
    assert await told(office, DEPUTY_ENDED) == {PER}


async def test_what_is_to_be_removed_and_decides_otherwise_since_is_said(office: Office) -> None:
    await appoint(office, 0, 3)
    async with office.looking() as desk:
        (seen,) = await deputies(desk)
    await decide(office, lambda desk: holding.add(desk, PER, OLA))
    for user in (ANNE, OLA):
        with pytest.raises(HolderChanged):
            await decide(office, lambda desk, by=user: holding.remove_known(desk, seen, by))  # type: ignore[misc]
    assert PER in (await office.look()).lasting_holders


async def test_whoever_removes_themselves_twice_is_not_told_that_they_may_not(
    office: Office,
) -> None:
    async with office.looking() as desk:
        row = next(each for each in await holding.there(desk) if each.user_id == OLA)
    for _ in range(2):
        await decide(office, lambda desk: holding.remove_known(desk, row.id, OLA))
    assert (await office.look()).holders == (ANNE,)


async def test_nobody_is_told_twice_of_what_waits(office: Office, clock: TravellingClock) -> None:
    await appoint(office, 0, 3)
    await office.ask()
    await appoint(office, 0, 8)
    await decide(office, lambda desk: holding.add(desk, PER, OLA))
    assert PER not in await told(office, REQUESTS_WAITING)


async def test_what_was_asked_in_their_time_is_not_told_a_deputy_once_more_in_the_morning(
    office: Office, clock: TravellingClock
) -> None:
    await appoint(office, 1, 3)
    clock.forward(days=1)
    await office.ask()
    assert PER in await told(office, REQUEST_ASKED)
    await due.sweep(office.ledger)
    assert PER in await told(office, DEPUTY_BEGAN)
    assert PER not in await told(office, REQUESTS_WAITING)


async def test_those_who_stand_in_hear_that_nobody_holds_the_account(office: Office) -> None:
    await appoint(office, 0, 3)
    for user in (OLA, ANNE):
        async with office.deciding() as desk:
            await holding.remove(desk, user, SETTINGS, even_the_last=True)
    assert PER in await told(office, HOLDER_REMOVED)


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(2030, 1, 1)])
async def test_a_day_too_far_ahead_is_refused(office: Office, day: date) -> None:
    async with office.deciding() as desk:
        with pytest.raises(PeriodTooLong):
            await holding.appoint(desk, PER, OLA, Period(day, day), seen=())


async def test_the_settings_make_an_account_holder_of_a_deputy(office: Office) -> None:
    await appoint(office, 0, 3)
    assert PER in (await follow(office.database, OLA, ANNE, PER)).lasting_holders


async def test_the_settings_take_nothing_from_a_deputy(office: Office) -> None:
    await appoint(office, 0, 3)
    assert (await follow(office.database, OLA, ANNE)).deputies == {PER}


async def test_the_settings_tell_each_whom_they_name_of_themselves(office: Office) -> None:
    await follow(office.database, OLA, ANNE, PER, KARI)
    async with office.looking() as desk:
        rows = await desk.rows(_TOLD, kind=HOLDER_ADDED)
    assert sorted(row["recipient"] for row in rows) == sorted([ANNE, OLA, PER, ANNE, OLA, KARI])
