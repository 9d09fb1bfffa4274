"""What time brings: expiry notices, reminders, requests that lapse; each once."""

import sqlite3
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgres

from storage import due, making, outbox
from storage.database import sqlite_path
from storage.decisions import REQUEST_LAPSED
from storage.notice_times import CODE_EXPIRED, CODE_EXPIRES, latest_passed, next_notice
from storage.records import Notice, NoticeKind, RequestState, Turn
from storage.requests import REQUESTS_WAITING
from storage.statements import Statement, Statements
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, TEAM, Office, details
from tests.unit.storage.filling import fill_ledger

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
    await office.code()
    clock.forward(days=46, seconds=-1)
    assert await sweep(office) == []
    clock.forward(seconds=1)
    assert await sweep(office) == [CODE_EXPIRES[14]]


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
    await office.ask(submission="V1")
    clock.forward(hours=23)
    await office.ask(details("Per", "Olsen"), submission="V2")
    await due.sweep(office.ledger)
    assert await notices(office, REQUESTS_WAITING) == []
    clock.forward(hours=1)
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
    clock.forward(days=30, seconds=-1)
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


PLANS: dict[str, tuple[Statement, dict[str, object], str]] = {
    "codes": (due.DUE_CODES, {"now": None, "most": 250}, "ix_codes_due"),
    "requests": (due.ORGANISATIONS_DUE, {"now": None, "most": 250}, "ix_code_requests_due"),
    "outbox": (outbox.NEXT_DUE, {"teams": [TEAM], "which_turn": Turn.TIME}, "ix_outbox_due"),
    "depth": (outbox.HOW_MUCH_WAITS, {"teams": [TEAM], "now": None}, "ix_outbox_due"),
    "parked": (outbox.HOW_MUCH_IS_PARKED, {"teams": [TEAM]}, "ix_outbox_parked"),
    "claim": (
        outbox.CLAIM,
        {
            "teams": [TEAM],
            "which_turn": Turn.TIME,
            "now": None,
            "most": 8,
            "lease_ends_at": None,
            "new_claim": "x",
        },
        "ix_outbox_due",
    ),
}


@pytest.mark.parametrize("name", PLANS)
async def test_a_sweep_finds_what_is_due_by_index(
    office: Office, clock: TravellingClock, migrated_url: str, name: str
) -> None:
    """With a filled ledger: a planner that has little to read may rightly read it all."""
    await fill_ledger(office.database, office.standing, 3_000)
    statement, values, index = PLANS[name]
    values = {key: clock.now if value is None else value for key, value in values.items()}
    plan = await (explain_on_sqlite if "sqlite" in migrated_url else explain_on_postgres)(
        migrated_url, statement, values
    )
    assert index in plan, plan
    for table in ("codes", "code_requests", "outbox"):
        assert f"SCAN {table}\n" not in f"{plan}\n"
        assert f"Seq Scan on {table}" not in plan


async def explain_on_sqlite(url: str, statement: Statement, values: dict[str, object]) -> str:
    prepared = Statements(sqlite.dialect()).prepare(statement, values)
    path = sqlite_path(url)
    assert path
    connection = sqlite3.connect(path)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", prepared.bind(values))
    plan = "\n".join(str(row[3]) for row in rows)
    connection.close()
    return plan


async def explain_on_postgres(url: str, statement: Statement, values: dict[str, object]) -> str:
    dialect = postgres.dialect()  # type: ignore[no-untyped-call]
    prepared = Statements(dialect).prepare(statement, values)
    connection = await asyncpg.connect(url)
    await connection.execute("ANALYZE")
    rows = await connection.fetch(f"EXPLAIN {prepared.sql}", *prepared.bind(values))
    await connection.close()
    return "\n".join(row[0] for row in rows)
