"""The outbox: claimed under a lease, mirrored when the ledger changes, parked and retried."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from handlers.telling.entry import told_instead
from storage import claiming, due, holding, mirroring, outbox, requests
from storage.database import Reading
from storage.making import CODE_READY
from storage.notice_times import CODE_EXPIRES
from storage.outbox import HELP, NewNotice
from storage.records import Notice, NoticeState, Turn
from storage.requests import REQUEST_ASKED, REQUEST_SENT
from storage.statements import Row
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, TEAM, Office

LEASE = timedelta(seconds=10)


async def claim(
    office: Office, most: int = 10, turns: tuple[Turn, ...] = tuple(Turn)
) -> list[Notice]:
    claimed: list[Notice] = []
    async with office.deciding() as desk:
        for turn in turns:
            left = most - len(claimed)
            claimed += await claiming.claim(desk.transaction, [TEAM], turn, most=left, lease=LEASE)
    assert {each.team_id for each in claimed} <= {TEAM}
    return claimed


async def next_due(office: Office) -> list[datetime | None]:
    """Of each turn."""
    async with office.database.reading() as transaction:
        return [await claiming.next_due(transaction, [TEAM], turn) for turn in Turn]


async def deliver(office: Office, notice: Notice) -> bool:
    async with office.deciding() as desk:
        return await claiming.delivered(desk.transaction, notice, "D1", "1.1")


async def park(office: Office, notice: Notice) -> None:
    async with office.deciding() as desk:
        await claiming.park(desk.transaction, notice, "user_disabled")


async def undelivered(office: Office) -> list[Notice]:
    async with office.database.reading() as transaction:
        return await outbox.undelivered(transaction)


async def depth(office: Office, team: str = TEAM) -> tuple[int, int, int]:
    """How much is due, how much is not yet, and how much was given up."""
    async with office.database.reading() as transaction:
        found = await claiming.depth(transaction, [team])
    return found.due, found.later, found.parked


async def overdue(office: Office) -> Mapping[Turn, timedelta]:
    async with office.database.reading() as transaction:
        return (await claiming.depth(transaction, [TEAM])).overdue


async def tell(office: Office, turn: Turn, about: str) -> None:
    async with office.asking() as desk:
        await outbox.tell(desk, NewNotice(HELP, KARI, about=about, turn=turn))


async def test_a_claimed_notice_is_not_claimed_again_before_its_lease_ends(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    first = await claim(office)
    assert {(each.kind, each.recipient) for each in first} == {
        (REQUEST_SENT, KARI),
        (REQUEST_ASKED, OLA),
        (REQUEST_ASKED, ANNE),
    }
    assert await claim(office) == []
    clock.forward(seconds=10)
    again = await claim(office)
    assert {each.id for each in again} == {each.id for each in first}
    assert all(each.unsure and each.attempts == 2 for each in again)


async def test_a_first_claim_is_sure(office: Office) -> None:
    await office.ask()
    assert {each.unsure for each in await claim(office)} == {False}


async def test_a_claim_that_was_lost_changes_nothing(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    late = (await claim(office))[0]
    clock.forward(seconds=11)
    await claim(office)
    assert not await deliver(office, late)
    await park(office, late)
    assert {each.state for each in await undelivered(office)} == {NoticeState.WAITING}


async def test_a_delivered_notice_is_done(office: Office, clock: TravellingClock) -> None:
    await office.ask()
    for notice in await claim(office):
        assert await deliver(office, notice)
    clock.forward(days=1)
    assert await claim(office) == []
    assert await undelivered(office) == []


async def test_a_decision_makes_every_copy_due_again(office: Office) -> None:
    request_id = await office.ask()
    assert request_id
    for notice in await claim(office):
        await deliver(office, notice)
    await office.approve(request_id)
    due = await claim(office)
    copies = [each for each in due if each.ts]
    assert {each.recipient for each in copies} == {KARI, OLA, ANNE}
    assert [each.kind for each in due if not each.ts] == [CODE_READY]


async def test_a_decision_while_a_notice_is_under_way_is_not_lost(office: Office) -> None:
    request_id = await office.ask()
    assert request_id
    under_way = await claim(office)
    await office.approve(request_id)
    assert [each.kind for each in await claim(office)] == [CODE_READY]
    for notice in under_way:
        await deliver(office, notice)
    again = await claim(office)
    assert {each.id for each in again} == {each.id for each in under_way}
    assert all(each.ts == "1.1" for each in again)


async def test_news_counts_for_a_reminder_that_somebody_may_take_in_hand_in_this_moment(
    office: Office, clock: TravellingClock
) -> None:
    """Whoever claims it before the news is there reads what is no longer so."""
    later = clock.now + timedelta(hours=1)
    async with office.asking() as desk:
        await outbox.tell(desk, NewNotice(outbox.REQUESTS_WAITING, OLA))
    (reminder,) = await claim(office)
    async with office.deciding() as desk:
        await claiming.postpone(desk.transaction, reminder, later, "http_503", unsure=False)
    async with office.asking() as desk:
        await mirroring.mirror_reminders(desk)
    (waiting,) = await undelivered(office)
    assert (waiting.revision, waiting.due_at) == (reminder.revision + 1, later)


async def test_the_same_thing_is_told_to_the_same_person_once(office: Office) -> None:
    async with office.deciding() as desk:
        for _ in range(3):
            await outbox.tell(desk, NewNotice(HELP, KARI, about="Ev1"))
    assert len(await undelivered(office)) == 1


async def test_what_was_postponed_comes_back_in_its_time(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    notice = (await claim(office, most=1))[0]
    async with office.deciding() as desk:
        until = desk.transaction.now + timedelta(minutes=5)
        await claiming.postpone(desk.transaction, notice, until, "ratelimited", unsure=False)
    await claim(office)
    clock.forward(minutes=5)
    back = next(each for each in await claim(office) if each.id == notice.id)
    assert (back.unsure, back.attempts, back.error) == (False, 2, "ratelimited")


async def test_a_parked_notice_is_listed_and_retried(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    notice = (await claim(office, most=1))[0]
    await park(office, notice)
    clock.forward(days=1)
    assert notice.id not in {each.id for each in await claim(office)}
    listed = next(each for each in await undelivered(office) if each.id == notice.id)
    assert (listed.state, listed.error) == (NoticeState.PARKED, "user_disabled")
    async with office.deciding() as desk:
        assert await outbox.retry(desk.transaction, notice.id)
        assert not await outbox.retry(desk.transaction, notice.id)
    assert notice.id in {each.id for each in await claim(office)}


async def test_of_many_workspaces_those_are_found_for_whom_something_is_due(
    office: Office, clock: TravellingClock
) -> None:
    others = [
        await Office.begin(office.database, team=f"T0{name}", name=name, holders=("UEVE",))
        for name in ("FIRST", "SECOND", "EMPTY")
    ]
    for number, each in enumerate((*others[:2], office)):
        await each.ask(submission=f"V{number}")
        clock.forward(seconds=1)

    async def teams(*but: str, most: int = 99, turn: Turn = Turn.DEED) -> list[str]:
        async with office.database.reading() as reading:
            return await claiming.teams_due(reading, turn, but=but, most=most)

    assert await teams() == sorted([TEAM, "T0FIRST", "T0SECOND"])
    assert await teams(most=1) == ["T0FIRST"]
    assert await teams("T0FIRST", most=1) == ["T0SECOND"]
    assert await teams("T0FIRST", "T0SECOND", TEAM) == []
    assert await teams(turn=Turn.TIME) == []


async def test_next_due_is_the_earliest(office: Office, clock: TravellingClock) -> None:
    assert await next_due(office) == [None, None, None]
    await office.ask()
    asked_at = clock.now
    clock.forward(seconds=1)
    await office.ask(submission="V2")
    assert await next_due(office) == [asked_at, asked_at, None]


async def test_oldest_of_a_turn_is_claimed_first(office: Office, clock: TravellingClock) -> None:
    await office.ask(submission="V1")
    clock.forward(seconds=1)
    await office.ask(submission="V2")
    first = await claim(office, most=2, turns=(Turn.DEED,))
    assert {each.request_id for each in first} == {first[0].request_id}


async def test_what_is_given_up_meanwhile_is_among_what_is_undelivered(office: Office) -> None:
    await office.ask()
    notice, *_ = await claim(office)

    class Meanwhile:
        """A reading, between whose statements the notice is given up."""

        def __init__(self, reading: Reading) -> None:
            self._reading = reading
            self._is_first = True

        async def rows(self, statement: Any) -> list[Row]:
            rows = await self._reading.rows(statement)
            if self._is_first:
                self._is_first = False
                await park(office, notice)
            return rows

    async with office.database.reading() as reading:
        found = await outbox.undelivered(Meanwhile(reading))  # type: ignore[arg-type]
    assert notice.id in {each.id for each in found}


async def test_each_notice_has_its_turn(office: Office, clock: TravellingClock) -> None:
    """An answer first, then what somebody has done, and last what time has brought."""
    await office.code()
    clock.forward(days=46)
    await due.sweep(office.ledger)
    by_turn = {turn: {each.kind for each in await claim(office, turns=(turn,))} for turn in Turn}
    assert by_turn == {
        Turn.ANSWER: {REQUEST_SENT},
        Turn.DEED: {REQUEST_ASKED, CODE_READY},
        Turn.TIME: {CODE_EXPIRES[14]},
    }


async def test_what_has_been_told_is_brought_up_to_date_after_whoever_asks(office: Office) -> None:
    """Each change of the account holders changes every copy of what waits."""
    for submission in ("told", "untold"):
        await office.ask(submission=submission)
    told, untold = await claim(office, turns=(Turn.ANSWER,))
    await deliver(office, told)
    async with office.deciding() as desk:
        await holding.add(desk, PER, OLA)
        await claiming.postpone(desk.transaction, untold, desk.now, None, unsure=False)
    await tell(office, Turn.ANSWER, "asked")
    due = {each.id: each.kind for each in await claim(office, turns=(Turn.ANSWER,))}
    assert set(due.values()) == {REQUEST_SENT, HELP}
    assert untold.id in due
    assert told.id in {each.id for each in await claim(office, turns=(Turn.DEED,))}


async def test_what_takes_a_notices_place_has_its_turn(
    office: Office, clock: TravellingClock
) -> None:
    await office.code()
    clock.forward(days=46)
    await due.sweep(office.ledger)
    (notice,) = await claim(office, turns=(Turn.TIME,))
    assert told_instead(notice, notice.kind, OLA).turn is Turn.TIME


async def test_what_is_about_nothing_with_an_id_takes_a_place_as_often_as_it_comes(
    office: Office, clock: TravellingClock
) -> None:
    keys = []
    for _ in range(2):
        clock.forward(days=1)
        async with office.asking() as desk:
            about = f"{clock():%d}"
            await outbox.tell(desk, NewNotice(outbox.AUTHORITY_CHECK, None, about=about))
        checks = [n for n in await claim(office) if n.kind == outbox.AUTHORITY_CHECK]
        notice = max(checks, key=lambda each: each.created_at)
        keys.append(told_instead(notice, notice.kind, OLA).key)
    assert len({*keys}) == 2


async def test_the_list_of_whom_to_confirm_goes_with_who_decides(
    office: Office, clock: TravellingClock
) -> None:
    async with office.asking() as desk:
        checks = [NewNotice(outbox.AUTHORITY_CHECK, who, about="1") for who in (OLA, ANNE)]
        await outbox.tell(desk, *checks)
    for notice in await claim(office):
        assert await deliver(office, notice)
    assert await claim(office) == []
    async with office.deciding() as desk:
        await holding.remove(desk, ANNE, OLA)
    anew = [n.recipient for n in await claim(office) if n.kind == outbox.AUTHORITY_CHECK]
    assert sorted(map(str, anew)) == [ANNE, OLA]


async def test_another_workspaces_notices_are_left_to_its_own_bot(office: Office) -> None:
    other = await Office.begin(office.database, team="T0OTHER", name="Naboen", holders=("UEVE",))
    await other.ask(by="UMALLORY", submission="V7")
    assert await claim(office) == []
    assert await next_due(office) == [None, None, None]


async def test_an_attempt_that_slack_put_off_does_not_count(
    office: Office, clock: TravellingClock
) -> None:
    await office.ask()
    for _ in range(50):
        notice = (await claim(office, most=1))[0]
        async with office.deciding() as desk:
            await claiming.postpone(
                desk.transaction,
                notice,
                desk.transaction.now,
                "ratelimited",
                unsure=False,
                counts=False,
            )
    assert notice.attempts == 1


async def test_the_depth_tells_what_is_due_what_is_not_yet_and_what_was_given_up(
    office: Office, clock: TravellingClock
) -> None:
    assert await depth(office) == (0, 0, 0)
    await office.ask()
    assert await depth(office) == (3, 0, 0)
    (first, *_) = await claim(office)
    await park(office, first)
    assert await depth(office) == (0, 2, 1)
    clock.forward(seconds=15)
    assert await depth(office) == (2, 0, 1)


async def test_the_depth_tells_of_each_turn_how_long_the_first_has_been_due(
    office: Office, clock: TravellingClock
) -> None:
    on_time = dict.fromkeys(Turn, timedelta(0))
    assert await overdue(office) == on_time
    await tell(office, Turn.TIME, "first")
    clock.forward(seconds=5)
    await tell(office, Turn.TIME, "second")
    await tell(office, Turn.ANSWER, "asked")
    clock.forward(seconds=3)
    late = {Turn.TIME: timedelta(seconds=8), Turn.ANSWER: timedelta(seconds=3)}
    assert await overdue(office) == {**on_time, **late}
    await claim(office)
    assert await overdue(office) == on_time


async def test_the_depth_is_of_the_workspaces_that_it_is_asked_for(office: Office) -> None:
    await office.ask()
    assert await depth(office, "T0ELSEWHERE") == (0, 0, 0)


async def test_what_is_in_hand_keeps_the_number_of_its_attempt(office: Office) -> None:
    """By it a lost copy is looked for: one that came back would find what was looked for before."""
    request_id = await office.ask()
    assert request_id
    claimed = await claim(office)
    assert {each.attempts for each in claimed} == {1}
    async with office.asking() as desk:
        await requests.changed(desk, await requests.find(desk, request_id))
        for each in claimed:
            await claiming.put_back(desk.transaction, each, desk.now)
    assert {each.attempts for each in await claim(office)} == {1}


async def test_a_copy_that_was_given_up_is_brought_up_to_date_when_there_is_news(
    office: Office,
) -> None:
    request_id = await office.ask()
    assert request_id
    async with office.asking() as desk:
        for each in await claiming.claim(desk.transaction, [TEAM], Turn.DEED, most=9, lease=LEASE):
            await claiming.delivered(desk.transaction, each, "D1", "1.1")
        await requests.changed(desk, await requests.find(desk, request_id))
    claimed = await claim(office)
    async with office.asking() as desk:
        for notice in claimed:
            await claiming.park(desk.transaction, notice, "update_failed")
    assert await claim(office) == []
    async with office.asking() as desk:
        await requests.changed(desk, await requests.find(desk, request_id))
    again = await claim(office)
    assert {each.id for each in again} >= {each.id for each in claimed if each.ts}
    assert {each.attempts for each in again} == {1}
