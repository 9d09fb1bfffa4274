"""What is kept of questions, for how long, and what is known of who asks; on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from sqlite3 import OperationalError

import pytest
import sqlalchemy as sa

from storage import authority, codes, due, events, members, outbox, questions, requests
from storage.database import open_database
from storage.migrate import migrate
from storage.records import QUESTION_LIFETIME, REPLIES, NoticeKind, Topic, Verdict
from storage.refusals import NoAccountHolder, NotFound
from storage.schema import outbox as outbox_table
from storage.schema import questions as table
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Ledger

DAY = timedelta(days=1)


async def keep(
    ledger: Ledger,
    text: str = "Hva koster Adobe?",
    *,
    verdict: Verdict = Verdict.REFUSED,
    topic: Topic | None = None,
) -> str:
    async with ledger.database.transaction() as transaction:
        return await questions.keep(transaction, ledger.organisation_id, text, verdict, topic)


async def unanswered(ledger: Ledger) -> list[tuple[str, Verdict, Topic | None, bool | None]]:
    async with ledger.database.reading() as transaction:
        found = await questions.unanswered(transaction, ledger.organisation_id)
    return [(each.text, each.verdict, each.picked, each.helpful) for each in found]


async def test_there_is_no_place_for_who_asked(ledger: Ledger) -> None:
    columns = set(table.c.keys())
    assert columns == {
        "id", "organisation_id", "asked_on", "text", "verdict", "topic", "picked", "helpful",
        "forget_at",
    }  # fmt: skip
    await keep(ledger)
    async with ledger.database.reading() as transaction:
        (found,) = await questions.unanswered(transaction, ledger.organisation_id)
    assert (found.asked_on.hour, found.asked_on.minute, found.asked_on.microsecond) == (0, 0, 0)


async def test_ids_say_nothing_of_when(ledger: Ledger) -> None:
    ids = [await keep(ledger) for _ in range(20)]
    assert ids != sorted(ids)
    assert len(set(ids)) == 20


async def test_codes_and_addresses_are_not_kept(ledger: Ledger) -> None:
    await keep(ledger, "er ab12cd34@RodeKors min? ola@eksempel.no 22 33 44 55")
    assert [row[0] for row in await unanswered(ledger)] == ["er [kode] min? [adresse] [tall]"]


async def test_a_long_story_is_cut(ledger: Ledger) -> None:
    await keep(ledger, "å" * 5_000)
    assert [len(row[0]) for row in await unanswered(ledger)] == [questions.LONGEST_KEPT]


async def test_what_helped_is_not_unanswered(ledger: Ledger) -> None:
    answered = await keep(ledger, "når?", verdict=Verdict.ANSWERED, topic=Topic.EXPIRY)
    assert await unanswered(ledger) == []
    async with ledger.database.transaction() as transaction:
        await questions.rate(transaction, ledger.organisation_id, answered, helpful=False)
    assert await unanswered(ledger) == [("når?", Verdict.ANSWERED, None, False)]
    async with ledger.database.transaction() as transaction:
        await questions.rate(transaction, ledger.organisation_id, answered, helpful=True)
        await questions.pick(transaction, ledger.organisation_id, answered, Topic.EXPIRY)
    assert await unanswered(ledger) == []


async def test_to_choose_another_topic_tells_that_the_answer_was_wrong(ledger: Ledger) -> None:
    answered = await keep(ledger, "når?", verdict=Verdict.ANSWERED, topic=Topic.EXPIRY)
    offered = await keep(ledger, "hva?", verdict=Verdict.CHOICE)
    async with ledger.database.transaction() as transaction:
        await questions.pick(transaction, ledger.organisation_id, answered, Topic.GET)
        await questions.pick(transaction, ledger.organisation_id, offered, Topic.WHAT)
    assert sorted(await unanswered(ledger)) == [
        ("hva?", Verdict.CHOICE, Topic.WHAT, None),
        ("når?", Verdict.ANSWERED, Topic.GET, False),
    ]


async def test_another_organisation_sees_and_changes_nothing(ledger: Ledger) -> None:
    other = await Ledger.begin(ledger.database, team="T0OTHER", name="Andre")
    mine = await keep(ledger)
    async with ledger.database.transaction() as transaction:
        await questions.rate(transaction, other.organisation_id, mine, helpful=True)
        await questions.pick(transaction, other.organisation_id, mine, Topic.GET)
        assert await questions.text_of(transaction, other.organisation_id, mine) == ""
    assert await unanswered(other) == []
    assert await unanswered(ledger) == [("Hva koster Adobe?", Verdict.REFUSED, None, None)]


async def test_what_was_asked_is_forgotten_in_time(ledger: Ledger, clock: TravellingClock) -> None:
    await keep(ledger)
    async with ledger.database.transaction() as transaction:
        await questions.forward(transaction, ledger.standing, PER, "Hvem?", "V1")
        assert await events.take(transaction, "Ev1")
    clock.forward(days=QUESTION_LIFETIME / DAY - 1)
    await due.sweep(ledger.database)
    assert len(await unanswered(ledger)) == 1
    clock.forward(days=1)
    await due.sweep(ledger.database)
    assert await unanswered(ledger) == []
    async with ledger.database.reading() as transaction:
        waiting = await outbox.undelivered(transaction)
        forwarded_id = waiting[0].forwarded_id
        assert forwarded_id
        with pytest.raises(NotFound):
            await questions.find_forwarded(transaction, ledger.organisation_id, forwarded_id)


async def test_an_event_is_taken_once_by_whoever_comes_first(ledger: Ledger) -> None:
    async def take() -> bool:
        async with ledger.database.transaction() as transaction:
            return await events.take(transaction, "Ev1")

    assert sorted(await asyncio.gather(*(take() for _ in range(5)))) == [False] * 4 + [True]


async def test_an_event_is_forgotten_when_slack_has_given_up(
    ledger: Ledger, clock: TravellingClock
) -> None:
    async with ledger.database.transaction() as transaction:
        assert await events.take(transaction, "Ev1")
    clock.forward(days=events.KEPT_FOR / DAY)
    await due.sweep(ledger.database)
    async with ledger.database.transaction() as transaction:
        assert await events.take(transaction, "Ev1")


async def test_a_question_sent_on_goes_to_every_other_account_holder(ledger: Ledger) -> None:
    async with ledger.database.transaction() as transaction:
        for submission in ("V1", "V1", "V2"):
            await questions.forward(transaction, ledger.standing, OLA, "Hvem?", submission)
    async with ledger.database.reading() as transaction:
        waiting = await outbox.undelivered(transaction)
    assert [(each.kind, each.recipient) for each in waiting] == [
        (NoticeKind.QUESTION_FORWARDED, ANNE)
    ] * 2


async def test_with_no_account_holder_there_is_nobody_to_ask(ledger: Ledger) -> None:
    lonely = await Ledger.begin(ledger.database, team="T0LONE", name="Ene", holders=())
    async with ledger.database.transaction() as transaction:
        with pytest.raises(NoAccountHolder):
            await questions.forward(transaction, lonely.standing, PER, "Hvem?", "V1")


@pytest.mark.parametrize("how", ["delivered", "dropped", "parked"])
async def test_a_settled_reply_leaves_nothing_that_says_who_asked(ledger: Ledger, how: str) -> None:
    kept = await keep(ledger)
    async with ledger.database.transaction() as transaction:
        rows = [
            outbox.notice(
                transaction, ledger.organisation_id, kind, PER, key="Ev1",
                topics="get", question_id=kept, place="C1", thread_ts="1.1",
            )
            for kind in sorted(REPLIES)
        ]  # fmt: skip
        await outbox.add(transaction, rows)
    async with ledger.database.transaction() as transaction:
        team = ledger.standing.organisation.team_id
        claimed = await outbox.claim(transaction, team, most=9, lease=timedelta(minutes=1))
        assert len(claimed) == len(REPLIES)
        late = replace(claimed[0], claim="another process")
        assert not await outbox.delivered(transaction, late, "C1", "1.2")
        for each in claimed:
            if how == "delivered":
                assert await outbox.delivered(transaction, each, "C1", "1.2")
            elif how == "dropped":
                await outbox.drop(transaction, each)
            else:
                await outbox.park(transaction, each, "user_disabled")
    async with ledger.database.reading() as transaction:
        assert await transaction.rows(outbox_table.select()) == []
        assert len(await questions.unanswered(transaction, ledger.organisation_id)) == 1


async def test_the_order_of_rows_says_nothing(tmp_path: Path) -> None:
    """A number that counts the rows would tell who asked, held beside the order of the audit's."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite3"
    await migrate(url)
    database = await open_database(url)
    try:
        async with database.reading() as transaction:
            with pytest.raises(OperationalError, match="no such column: rowid"):
                await transaction.rows(sa.select(sa.literal_column("rowid")).select_from(table))
    finally:
        await database.close()


# Who asks


async def member(ledger: Ledger, user_id: str) -> members.Member:
    async with ledger.database.reading() as transaction:
        return await members.look_up(transaction, await ledger.look(), user_id)


async def test_nothing_is_known_of_a_stranger(ledger: Ledger) -> None:
    found = await member(ledger, PER)
    assert not found.is_known
    assert (found.valid, found.expired, found.waiting) == ((), (), None)


async def test_a_holder_of_codes_before_and_after_they_run_out(
    ledger: Ledger, clock: TravellingClock
) -> None:
    code_id = await ledger.code()
    async with ledger.database.transaction() as transaction:
        code = await codes.find(transaction, ledger.organisation_id, code_id)
        await authority.note_lookup(transaction, code.person.id, KARI, "Kari Nordmann")
        await codes.hand_over(transaction, code_id)
    found = await member(ledger, KARI)
    assert [each.id for each in found.valid] == [code_id]
    assert found.is_known
    assert found.has_more_than(0)
    assert not found.has_more_than(1)
    clock.forward(days=60)
    unswept = await member(ledger, KARI)
    assert ([each.id for each in unswept.expired_own], unswept.valid) == ([code_id], ())
    await due.sweep(ledger.database)
    assert await member(ledger, KARI) != found
    assert [each.id for each in (await member(ledger, OLA)).expired] == [code_id]
    assert (await member(ledger, OLA)).expired_own == ()
    async with ledger.database.transaction() as transaction:
        await requests.ask_refresh(transaction, ledger.standing, code_id, KARI)
    asked = await member(ledger, KARI)
    assert asked.refreshes_asked == {code_id}
    assert asked.waiting
    assert asked.waiting.code_id == code_id


async def test_who_waits_for_an_answer(ledger: Ledger) -> None:
    request_id = await ledger.ask()
    found = await member(ledger, KARI)
    assert found.waiting
    assert found.waiting.id == request_id
    assert (await member(ledger, PER)).waiting is None
