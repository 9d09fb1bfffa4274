"""The outbox: claimed under a lease, mirrored when the ledger changes, parked and retried."""

from datetime import timedelta

from storage import outbox
from storage.records import Notice, NoticeKind, NoticeState
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, TEAM, Ledger

LEASE = timedelta(seconds=10)


async def claim(ledger: Ledger, most: int = 10) -> list[Notice]:
    async with ledger.database.transaction() as transaction:
        return await outbox.claim(transaction, TEAM, most=most, lease=LEASE)


async def deliver(ledger: Ledger, notice: Notice) -> bool:
    async with ledger.database.transaction() as transaction:
        return await outbox.delivered(transaction, notice, "D1", "1.1")


async def park(ledger: Ledger, notice: Notice) -> None:
    async with ledger.database.transaction() as transaction:
        await outbox.park(transaction, notice, "user_disabled")


async def undelivered(ledger: Ledger) -> list[Notice]:
    async with ledger.database.reading() as transaction:
        return await outbox.undelivered(transaction)


async def test_a_claimed_notice_is_not_claimed_again_before_its_lease_ends(
    ledger: Ledger, clock: TravellingClock
) -> None:
    await ledger.ask()
    first = await claim(ledger)
    assert [each.kind for each in first] == [
        NoticeKind.REQUEST_SENT,
        NoticeKind.REQUEST_ASKED,
        NoticeKind.REQUEST_ASKED,
    ] or len(first) == 3
    assert await claim(ledger) == []
    clock.forward(seconds=10)
    again = await claim(ledger)
    assert {each.id for each in again} == {each.id for each in first}
    assert all(each.unsure and each.attempts == 2 for each in again)


async def test_a_first_claim_is_sure(ledger: Ledger) -> None:
    await ledger.ask()
    assert not any(each.unsure for each in await claim(ledger))


async def test_a_claim_that_was_lost_changes_nothing(
    ledger: Ledger, clock: TravellingClock
) -> None:
    await ledger.ask()
    late = (await claim(ledger))[0]
    clock.forward(seconds=11)
    await claim(ledger)
    assert not await deliver(ledger, late)
    await park(ledger, late)
    assert {each.state for each in await undelivered(ledger)} == {NoticeState.WAITING}


async def test_a_delivered_notice_is_done(ledger: Ledger, clock: TravellingClock) -> None:
    await ledger.ask()
    for notice in await claim(ledger):
        assert await deliver(ledger, notice)
    clock.forward(days=1)
    assert await claim(ledger) == []
    assert await undelivered(ledger) == []


async def test_a_decision_makes_every_copy_due_again(ledger: Ledger) -> None:
    request_id = await ledger.ask()
    assert request_id
    for notice in await claim(ledger):
        await deliver(ledger, notice)
    await ledger.approve(request_id)
    due = await claim(ledger)
    copies = [each for each in due if each.ts]
    assert {each.recipient for each in copies} == {KARI, OLA, ANNE}
    assert [each.kind for each in due if not each.ts] == [NoticeKind.CODE_READY]


async def test_a_decision_while_a_notice_is_under_way_is_not_lost(ledger: Ledger) -> None:
    request_id = await ledger.ask()
    assert request_id
    under_way = await claim(ledger)
    await ledger.approve(request_id)
    assert [each.kind for each in await claim(ledger)] == [NoticeKind.CODE_READY]
    for notice in under_way:
        await deliver(ledger, notice)
    again = await claim(ledger)
    assert {each.id for each in again} == {each.id for each in under_way}
    assert all(each.ts == "1.1" for each in again)


async def test_the_same_thing_is_told_to_the_same_person_once(ledger: Ledger) -> None:
    async with ledger.database.transaction() as transaction:
        for _ in range(3):
            notice = outbox.notice(
                transaction, ledger.organisation_id, NoticeKind.HELP, KARI, key="Ev1"
            )
            await outbox.add(transaction, [notice])
    assert len(await undelivered(ledger)) == 1


async def test_what_was_postponed_comes_back_in_its_time(
    ledger: Ledger, clock: TravellingClock
) -> None:
    await ledger.ask()
    notice = (await claim(ledger, most=1))[0]
    async with ledger.database.transaction() as transaction:
        until = transaction.now + timedelta(minutes=5)
        await outbox.postpone(transaction, notice, until, "ratelimited", unsure=False)
    await claim(ledger)
    clock.forward(minutes=5)
    back = next(each for each in await claim(ledger) if each.id == notice.id)
    assert (back.unsure, back.attempts, back.error) == (False, 2, "ratelimited")


async def test_a_parked_notice_is_listed_and_retried(
    ledger: Ledger, clock: TravellingClock
) -> None:
    await ledger.ask()
    notice = (await claim(ledger, most=1))[0]
    await park(ledger, notice)
    clock.forward(days=1)
    assert notice.id not in {each.id for each in await claim(ledger)}
    listed = next(each for each in await undelivered(ledger) if each.id == notice.id)
    assert (listed.state, listed.error) == (NoticeState.PARKED, "user_disabled")
    async with ledger.database.transaction() as transaction:
        assert await outbox.retry(transaction, notice.id)
        assert not await outbox.retry(transaction, notice.id)
    assert notice.id in {each.id for each in await claim(ledger)}


async def test_next_due_is_the_earliest(ledger: Ledger, clock: TravellingClock) -> None:
    async with ledger.database.reading() as transaction:
        assert await outbox.next_due(transaction, TEAM) is None
    await ledger.ask()
    async with ledger.database.reading() as transaction:
        assert await outbox.next_due(transaction, TEAM) == clock.now


async def test_oldest_is_claimed_first(ledger: Ledger, clock: TravellingClock) -> None:
    await ledger.ask(submission="V1")
    clock.forward(seconds=1)
    await ledger.ask(submission="V2")
    first = await claim(ledger, most=3)
    assert {each.request_id for each in first} == {first[0].request_id}


async def test_another_workspaces_notices_are_left_to_its_own_bot(ledger: Ledger) -> None:
    other = await Ledger.begin(ledger.database, team="T0OTHER", name="Naboen", holders=("UEVE",))
    await other.ask(by="UMALLORY", submission="V7")
    assert await claim(ledger) == []
    async with ledger.database.reading() as transaction:
        assert await outbox.next_due(transaction, TEAM) is None


async def test_an_attempt_that_slack_put_off_does_not_count(
    ledger: Ledger, clock: TravellingClock
) -> None:
    await ledger.ask()
    for _ in range(50):
        notice = (await claim(ledger, most=1))[0]
        async with ledger.database.transaction() as transaction:
            await outbox.postpone(
                transaction, notice, transaction.now, "ratelimited", unsure=False, counts=False
            )
    assert notice.attempts == 1
