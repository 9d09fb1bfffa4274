"""What is kept of questions, for how long, and what is known of who asks; on both databases."""

import asyncio
from datetime import timedelta
from pathlib import Path
from sqlite3 import OperationalError

import pytest
from msgspec.structs import replace

from storage import (
    audit,
    claiming,
    codes,
    due,
    events,
    meeting,
    members,
    outbox,
    questions,
    requests,
)
from storage import sql as sa
from storage.migrate import migrate
from storage.opening import open_database
from storage.outbox import REPLIES, NewNotice
from storage.questions import QUESTION_ANSWERED, QUESTION_FORWARDED
from storage.records import EVENT_LIFETIME, QUESTION_LIFETIME, Action, Topic, Turn, Verdict
from storage.refusals import AlreadyAnswered, NoAccountHolder, NotAccountHolder, NotFound
from storage.schema import forwarded_questions
from storage.schema import outbox as outbox_table
from storage.schema import questions as table
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Office

DAY = timedelta(days=1)


async def keep(
    office: Office,
    text: str = "Hva koster Adobe?",
    *,
    verdict: Verdict = Verdict.REFUSED,
    topic: Topic | None = None,
) -> str:
    async with office.deciding() as desk:
        return await questions.keep(desk, text, verdict, topic)


async def unanswered(office: Office) -> list[tuple[str, Verdict, Topic | None, bool | None]]:
    async with office.looking() as desk:
        found = await questions.unanswered(desk)
    return [(each.text, each.verdict, each.picked, each.helpful) for each in found]


async def test_there_is_no_place_for_who_asked(office: Office) -> None:
    columns = set(table.c.keys())
    assert columns == {
        "id", "organisation_id", "asked_on", "text", "verdict", "topic", "picked", "helpful",
        "forget_at",
    }  # fmt: skip
    await keep(office)
    async with office.looking() as desk:
        (found,) = await questions.unanswered(desk)
    assert (found.asked_on.hour, found.asked_on.minute, found.asked_on.microsecond) == (0, 0, 0)


async def test_ids_say_nothing_of_when(office: Office) -> None:
    ids = [await keep(office) for _ in range(20)]
    assert ids != sorted(ids)
    assert len(set(ids)) == 20


async def test_codes_and_addresses_are_not_kept(office: Office) -> None:
    await keep(office, "er ab12cd34@RodeKors min? ola@eksempel.no 22 33 44 55")
    assert [row[0] for row in await unanswered(office)] == ["er [kode] min? [adresse] [tall]"]


async def test_a_long_story_is_cut(office: Office) -> None:
    await keep(office, "å" * 5_000)
    assert [len(row[0]) for row in await unanswered(office)] == [questions.LONGEST_KEPT]


async def test_what_helped_is_not_unanswered(office: Office) -> None:
    answered = await keep(office, "når?", verdict=Verdict.ANSWERED, topic=Topic.EXPIRY)
    assert await unanswered(office) == []
    async with office.deciding() as desk:
        await questions.rate(desk, answered, helpful=False)
    assert await unanswered(office) == [("når?", Verdict.ANSWERED, None, False)]
    async with office.deciding() as desk:
        await questions.rate(desk, answered, helpful=True)
        await questions.pick(desk, answered, Topic.EXPIRY)
    assert await unanswered(office) == []


async def test_to_choose_another_topic_tells_that_the_answer_was_wrong(office: Office) -> None:
    answered = await keep(office, "når?", verdict=Verdict.ANSWERED, topic=Topic.EXPIRY)
    offered = await keep(office, "hva?", verdict=Verdict.CHOICE)
    async with office.deciding() as desk:
        await questions.pick(desk, answered, Topic.GET)
        await questions.pick(desk, offered, Topic.WHAT)
    assert sorted(await unanswered(office)) == [
        ("hva?", Verdict.CHOICE, Topic.WHAT, None),
        ("når?", Verdict.ANSWERED, Topic.GET, False),
    ]


async def test_another_organisation_sees_and_changes_nothing(office: Office) -> None:
    other = await Office.begin(office.database, team="T0OTHER", name="Andre")
    mine = await keep(office)
    async with other.asking() as desk:
        await questions.rate(desk, mine, helpful=True)
        await questions.pick(desk, mine, Topic.GET)
        assert await questions.text_of(desk, mine) == ""
    assert await unanswered(other) == []
    assert await unanswered(office) == [("Hva koster Adobe?", Verdict.REFUSED, None, None)]


async def test_what_was_asked_is_forgotten_in_time(office: Office, clock: TravellingClock) -> None:
    await keep(office)
    async with office.deciding() as desk:
        await questions.forward(desk, PER, "Hvem?", "V1")
        assert await events.take(desk.transaction, "Ev1")
    clock.forward(days=QUESTION_LIFETIME / DAY - 1)
    await due.sweep(office.ledger)
    assert len(await unanswered(office)) == 1
    clock.forward(days=1)
    await due.sweep(office.ledger)
    assert await unanswered(office) == []
    async with office.database.reading() as transaction:
        waiting = await outbox.undelivered(transaction)
    forwarded_id = waiting[0].forwarded_id
    assert forwarded_id
    async with office.looking() as desk:
        with pytest.raises(NotFound):
            await questions.find_forwarded(desk, forwarded_id)


async def test_an_event_is_taken_once_by_whoever_comes_first(office: Office) -> None:
    async def take() -> bool:
        async with office.deciding() as desk:
            return await events.take(desk.transaction, "Ev1")

    assert sorted(await asyncio.gather(*(take() for _ in range(5)))) == [False] * 4 + [True]


async def test_an_event_is_forgotten_when_slack_has_given_up(
    office: Office, clock: TravellingClock
) -> None:
    async with office.deciding() as desk:
        assert await events.take(desk.transaction, "Ev1")
    clock.forward(days=EVENT_LIFETIME / DAY)
    await due.sweep(office.ledger)
    async with office.deciding() as desk:
        assert await events.take(desk.transaction, "Ev1")


async def test_a_question_sent_on_goes_to_every_other_account_holder(office: Office) -> None:
    async with office.deciding() as desk:
        for submission in ("V1", "V1", "V2"):
            await questions.forward(desk, OLA, "Hvem?", submission)
    async with office.database.reading() as transaction:
        waiting = await outbox.undelivered(transaction)
    assert [(each.kind, each.recipient) for each in waiting] == [(QUESTION_FORWARDED, ANNE)] * 2


async def sent_on(office: Office, by: str = PER) -> str:
    """A question that somebody has sent on; its id."""
    async with office.asking() as desk:
        await questions.forward(desk, by, "Hvem?", "V1")
    async with office.database.reading() as transaction:
        (*_, waiting) = await outbox.undelivered(transaction)
    assert waiting.forwarded_id
    return waiting.forwarded_id


async def told(office: Office) -> list[tuple[str, str | None, int]]:
    async with office.database.reading() as transaction:
        waiting = await outbox.undelivered(transaction)
    return sorted((each.kind, each.recipient, each.revision) for each in waiting)


async def test_whoever_asked_is_told_the_answer_and_every_copy_changes(office: Office) -> None:
    forwarded_id = await sent_on(office)
    async with office.asking() as desk:
        await questions.answer(desk, forwarded_id, ANNE, "Kari.")
        question = await questions.find_forwarded(desk, forwarded_id)
    async with office.looking() as desk:
        done = [(row["actor"], row["action"]) for row in await audit.history(desk)]
    assert (question.answer, question.answered_by) == ("Kari.", ANNE)
    assert await told(office) == [
        (QUESTION_ANSWERED, PER, 0),
        (QUESTION_FORWARDED, ANNE, 1),
        (QUESTION_FORWARDED, OLA, 1),
    ]
    assert (ANNE, Action.QUESTION_ANSWERED) in done


async def test_the_first_answer_is_the_one_that_counts(office: Office) -> None:
    forwarded_id = await sent_on(office)

    async def answer(by: str) -> str:
        try:
            async with office.asking() as desk:
                await questions.answer(desk, forwarded_id, by, f"Sa {by}.")
        except AlreadyAnswered as refusal:
            return refusal.by or ""
        return ""

    said = await asyncio.gather(*(answer(by) for by in (OLA, ANNE) * 3))
    async with office.looking() as desk:
        question = await questions.find_forwarded(desk, forwarded_id)
    assert sorted(said) == ["", *[question.answered_by] * 5]
    assert question.answer == f"Sa {question.answered_by}."
    assert [each[0] for each in await told(office)].count(QUESTION_ANSWERED) == 1


async def test_only_an_account_holder_of_the_organisation_answers(office: Office) -> None:
    other = await Office.begin(office.database, team="T0OTHER", name="Andre")
    forwarded_id = await sent_on(office)
    for answered_at, by, refusal in ((office, PER, NotAccountHolder), (other, OLA, NotFound)):
        with pytest.raises(refusal):
            async with answered_at.asking() as desk:
                await questions.answer(desk, forwarded_id, by, "Kari.")
    assert QUESTION_ANSWERED not in [each[0] for each in await told(office)]


async def test_an_answer_is_kept_as_long_as_a_question(
    office: Office, clock: TravellingClock
) -> None:
    forwarded_id = await sent_on(office)
    clock.forward(days=QUESTION_LIFETIME / DAY - 1)
    async with office.asking() as desk:
        await questions.answer(desk, forwarded_id, ANNE, "Kari.")
    for days, is_there in ((QUESTION_LIFETIME / DAY - 1, True), (1, False)):
        clock.forward(days=days)
        await due.sweep(office.ledger)
        async with office.database.reading() as transaction:
            rows = await transaction.rows(forwarded_questions.select())
        assert bool(rows) is is_there


async def test_with_no_account_holder_there_is_nobody_to_ask(office: Office) -> None:
    lonely = await Office.begin(office.database, team="T0LONE", name="Ene", holders=())
    async with lonely.asking() as desk:
        with pytest.raises(NoAccountHolder):
            await questions.forward(desk, PER, "Hvem?", "V1")


@pytest.mark.parametrize("how", ["delivered", "dropped", "parked"])
async def test_a_settled_reply_leaves_nothing_that_says_who_asked(office: Office, how: str) -> None:
    kept = await keep(office)
    async with office.deciding() as desk:
        replies = [
            NewNotice(
                kind, PER, about="Ev1",
                topics="get", question_id=kept, place="C1", thread_ts="1.1",
            )
            for kind in sorted(REPLIES)
        ]  # fmt: skip
        await outbox.tell(desk, *replies)
    async with office.deciding() as desk:
        lease = timedelta(minutes=1)
        found = await claiming.claim(
            desk.transaction, [office.team], Turn.DEED, most=9, lease=lease
        )
        claimed = list(found)
        assert len(claimed) == len(REPLIES)
        late = replace(claimed[0], claim="another process")
        assert not await claiming.delivered(desk.transaction, late, "C1", "1.2")
        for each in claimed:
            if how == "delivered":
                assert await claiming.delivered(desk.transaction, each, "C1", "1.2")
            elif how == "dropped":
                await claiming.drop(desk.transaction, each)
            else:
                await claiming.park(desk.transaction, each, "user_disabled")
    async with office.database.reading() as transaction:
        assert await transaction.rows(outbox_table.select()) == []
    async with office.looking() as desk:
        assert len(await questions.unanswered(desk)) == 1


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


async def member(office: Office, user_id: str) -> members.Member:
    async with office.looking() as desk:
        return await members.look_up(desk, user_id)


async def test_nothing_is_known_of_a_stranger(office: Office) -> None:
    found = await member(office, PER)
    assert not found.is_known
    assert (found.valid, found.expired, found.waiting) == ((), (), None)


async def test_a_holder_of_codes_before_and_after_they_run_out(
    office: Office, clock: TravellingClock
) -> None:
    code_id = await office.code()
    async with office.deciding() as desk:
        code = await codes.find(desk, code_id)
        await meeting.note_lookup(desk, code.person.id, KARI, "Kari Nordmann")
    found = await member(office, KARI)
    assert [each.id for each in found.valid] == [code_id]
    assert found.is_known
    assert found.has_more_than(0)
    assert not found.has_more_than(1)
    clock.forward(days=60)
    unswept = await member(office, KARI)
    assert ([each.id for each in unswept.expired_own], unswept.valid) == ([code_id], ())
    await due.sweep(office.ledger)
    assert await member(office, KARI) != found
    assert [each.id for each in (await member(office, OLA)).expired] == [code_id]
    assert (await member(office, OLA)).expired_own == ()
    async with office.deciding() as desk:
        await requests.ask_refresh(desk, code_id, KARI)
    asked = await member(office, KARI)
    assert asked.refreshes_asked == {code_id}
    assert asked.waiting
    assert asked.waiting.code_id == code_id


async def test_who_waits_for_an_answer(office: Office) -> None:
    request_id = await office.ask()
    found = await member(office, KARI)
    assert found.waiting
    assert found.waiting.id == request_id
    assert (await member(office, PER)).waiting is None
