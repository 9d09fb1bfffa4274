"""What time brings: expiry notices, reminders, requests that lapse; each once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import due, making, outbox
from storage.decisions import REQUEST_LAPSED
from storage.notice_times import (
    CODE_EXPIRED,
    CODE_EXPIRES,
    first_reminder,
    lapses_at,
    latest_passed,
    next_notice,
    next_reminder,
)
from storage.outbox import REQUESTS_WAITING
from storage.records import OSLO, Notice, NoticeKind, RequestState
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, Office, details

EXPIRY = {
    CODE_EXPIRES[14],
    CODE_EXPIRES[7],
    CODE_EXPIRES[1],
    CODE_EXPIRED,
}


async def notices(office: Office, *kinds: NoticeKind) -> list[Notice]:
    async with office.database.reading() as transaction:
        found = await outbox.undelivered(transaction)
    return [each for each in found if each.kind in (kinds or EXPIRY)]


async def sweep(office: Office) -> list[NoticeKind]:
    """Sweep; every expiry notice there has been so far."""
    await due.sweep(office.ledger)
    return [each.kind for each in await notices(office)]


async def test_the_holder_is_told_at_each_threshold_once(
    office: Office, clock: TravellingClock
) -> None:
    await office.code()
    told = []
    for days in (45, 1, 1, 6, 5, 1, 1, 10):
        clock.forward(days=days)
        for _ in range(2):
            told = await sweep(office)
    assert told == [
        CODE_EXPIRES[14],
        CODE_EXPIRES[7],
        CODE_EXPIRES[1],
        CODE_EXPIRED,
    ]


async def test_nothing_is_told_a_moment_too_early(office: Office, clock: TravellingClock) -> None:
    """In the morning of the day, in Oslo: the clocks have been put forward since it was made."""
    clock.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    await office.code()
    clock.now = datetime(2026, 4, 16, 5, 59, 59, tzinfo=UTC)
    assert await sweep(office) == []
    clock.forward(seconds=1)
    assert await sweep(office) == [CODE_EXPIRES[14]]


AT_EIGHT = "08.00"
MADE = [
    datetime(2026, month, day, hour, minute, tzinfo=OSLO)
    for month, day in ((2, 3), (2, 20), (7, 1), (9, 20), (12, 31))
    for hour, minute in ((0, 10), (7, 59), (8, 0), (14, 5), (23, 50))
]
"""Some of them before a change of the clocks."""


@pytest.mark.parametrize("made_at", MADE, ids=str)
def test_people_are_told_in_the_morning_of_the_day_and_of_the_end_at_its_minute(
    made_at: datetime,
) -> None:
    expires_at = made_at.astimezone(UTC) + timedelta(days=60)
    told, now = [], made_at.astimezone(UTC)
    while (moment := next_notice(expires_at, now)) is not None:
        told.append((moment.astimezone(OSLO), latest_passed(expires_at, moment)))
        now = moment
    last_day = expires_at.astimezone(OSLO).date()
    *before, (end, kind) = told
    assert (end, kind) == (expires_at, CODE_EXPIRED)
    assert [(last_day - moment.date()).days for moment, _ in before] == [14, 7, 1]
    assert {f"{moment:%H.%M}" for moment, _ in before} == {AT_EIGHT}


@pytest.mark.parametrize("asked_at", MADE, ids=str)
def test_reminders_come_in_the_morning_too_and_a_request_lapses_in_one(
    asked_at: datetime,
) -> None:
    """After a day, then every third, and over after thirty."""
    moment = first_reminder(asked_at)
    days = []
    while moment < lapses_at(asked_at):
        days.append((moment.astimezone(OSLO).date() - asked_at.date()).days)
        assert f"{moment.astimezone(OSLO):%H.%M}" == AT_EIGHT
        moment = next_reminder(asked_at, moment)
    assert days == [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]
    assert moment == lapses_at(asked_at)
    assert (moment.astimezone(OSLO).date() - asked_at.date()).days == 30


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        (54, CODE_EXPIRES[7]),
        (59.5, CODE_EXPIRES[1]),
        (400, CODE_EXPIRED),
    ],
)
async def test_after_a_long_silence_only_the_latest_threshold_is_told(
    office: Office, clock: TravellingClock, days: float, kind: NoticeKind
) -> None:
    await office.code()
    clock.forward(days=days)
    assert await sweep(office) == [kind]


async def test_a_replaced_or_revoked_code_is_not_told_of(
    office: Office, clock: TravellingClock
) -> None:

    first, second = await office.code(submission="V1"), await office.code(submission="V2")
    async with office.deciding() as desk:
        await making.refresh(desk, first, OLA)
        await making.revoke(desk, second, OLA)
    clock.forward(days=47)
    await due.sweep(office.ledger)
    assert len(await notices(office)) == 1


async def test_more_than_a_batch_is_swept_whole(
    office: Office, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCH", 3)
    for number in range(7):
        await office.code(submission=f"V{number}")
    clock.forward(days=60)
    assert await sweep(office) == [CODE_EXPIRED] * 7


async def test_one_reminder_lists_all_that_waits(office: Office, clock: TravellingClock) -> None:
    clock.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    await office.ask(submission="V1")
    clock.now = datetime(2026, 3, 2, 6, 59, 59, tzinfo=UTC)
    await office.ask(details("Per", "Olsen"), submission="V2")
    await due.sweep(office.ledger)
    assert await notices(office, REQUESTS_WAITING) == []
    clock.forward(seconds=1)
    await due.sweep(office.ledger)
    reminders = await notices(office, REQUESTS_WAITING)
    assert {each.recipient for each in reminders} == {OLA, ANNE}
    clock.forward(hours=71)
    await due.sweep(office.ledger)
    assert len(await notices(office, REQUESTS_WAITING)) == 2
    clock.forward(hours=1)
    await due.sweep(office.ledger)
    assert len(await notices(office, REQUESTS_WAITING)) == 4


async def test_a_decided_request_is_not_reminded_of(office: Office, clock: TravellingClock) -> None:
    await office.code()
    clock.forward(days=5)
    await due.sweep(office.ledger)
    assert await notices(office, REQUESTS_WAITING) == []


async def test_after_thirty_days_a_request_lapses_and_the_asker_is_told(
    office: Office, clock: TravellingClock
) -> None:
    request_id = await office.ask()
    assert request_id
    clock.now = lapses_at(clock.now) - timedelta(seconds=1)
    await due.sweep(office.ledger)
    assert (await office.request(request_id)).state is RequestState.PENDING
    clock.forward(seconds=1)
    for _ in range(2):
        await due.sweep(office.ledger)
    assert (await office.request(request_id)).state is RequestState.LAPSED
    lapsed = await notices(office, REQUEST_LAPSED)
    assert [each.recipient for each in lapsed] == [KARI]


async def test_a_bot_that_was_down_for_a_month_lapses_without_reminding(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    clock.forward(days=40)
    await due.sweep(office.ledger)
    assert await notices(office, REQUESTS_WAITING) == []


DAYS = st.integers(0, 7_000).map(lambda days: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days))


@given(expires_at=DAYS, ages=st.lists(st.floats(0, 90), max_size=12))
def test_whenever_the_bot_looks_each_threshold_is_told_at_most_once_and_the_last_always(
    expires_at: datetime, ages: list[float]
) -> None:
    made_at = expires_at - timedelta(days=60)
    told: list[NoticeKind | None] = []
    due_at = next_notice(expires_at, made_at)
    for now in [*(made_at + timedelta(days=age) for age in sorted(ages)), expires_at]:
        if due_at is not None and due_at <= now:
            told.append(latest_passed(expires_at, now))
            due_at = next_notice(expires_at, now)
    assert len(told) == len(set(told))
    assert told[-1] is CODE_EXPIRED
    assert due_at is None
