"""What is forgotten when, and what never is: on each database, and by nothing but time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import String, Text

from storage import (
    authority,
    claiming,
    codes,
    decisions,
    due,
    events,
    making,
    meeting,
    partners,
    questions,
    requests,
    retention,
    schema,
    webhooks,
)
from storage.checking import Checking
from storage.database import Database, Transaction
from storage.once import Question
from storage.outbox import AUTHORITY_CHECK
from storage.recorded import replayed
from storage.records import (
    ENDED_LIFETIME,
    EVENT_LIFETIME,
    LOOKUP_LIFETIME,
    NOTICE_LIFETIME,
    QUESTION_LIFETIME,
    CodeState,
    PartnerScope,
    Reason,
    Topic,
    Turn,
    Verdict,
)
from storage.refusals import NotFound
from storage.sql import insert, null, select, update
from storage.statements import Row
from storage.using import REMEMBERED
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, TEAM, Office, details
from tests.unit.storage.filling import fill_ended

A_SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
_MISSED = insert(schema.misses)
_PARKED = update(schema.deliveries).values(due_at=null(), claim=null())


async def rows(office: Office, table: str) -> list[Row]:
    async with office.database.reading() as reading:
        return await reading.rows(select(schema.metadata.tables[table]))


async def count(office: Office, table: str) -> int:
    return len(await rows(office, table))


async def texts(office: Office) -> str:
    """All that is written in the ledger, whatever the table."""
    found = []
    for name, table in schema.metadata.tables.items():
        written = [each.name for each in table.c if isinstance(replayed(each.type), String | Text)]
        found += [str(row[column]) for row in await rows(office, name) for column in written]
    return "\n".join(found)


async def sweep(office: Office, clock: TravellingClock, forward: timedelta = timedelta()) -> None:
    clock.now += forward
    await due.sweep(office.ledger)


async def end_code(office: Office, code_id: str) -> None:
    async with office.deciding() as desk:
        await making.revoke(desk, code_id, OLA)


async def settle(office: Office, *, park: bool = False) -> int:
    """Everything in the outbox is delivered, or never will be; how much there was."""
    a_minute = timedelta(minutes=1)
    async with office.database.transaction() as transaction:
        claimed = [
            each
            for turn in Turn
            for each in await claiming.claim(transaction, [TEAM], turn, most=100, lease=a_minute)
        ]
        for each in claimed:
            if park:
                await claiming.park(transaction, each, "user_disabled")
            else:
                await claiming.delivered(transaction, each, "D1", "1.1")
    return len(claimed)


async def look_up(office: Office, name: str = "Kallenavn") -> None:
    (person,) = await rows(office, "people")
    async with office.asking() as desk:
        await meeting.note_lookup(desk, person["id"], KARI, name)


@pytest.mark.parametrize("park", [False, True])
async def test_what_somebody_was_told_is_forgotten_after_ninety_days(
    office: Office, clock: TravellingClock, park: bool
) -> None:
    await office.ask()
    assert await settle(office, park=park) == 3
    async with office.deciding() as desk:
        (request,) = await requests.pending(desk, most=1)
        await decisions.withdraw(desk, request.id, KARI)
    await settle(office, park=park)
    await sweep(office, clock, NOTICE_LIFETIME - A_SECOND)
    assert await count(office, "outbox") == 3
    await sweep(office, clock, A_SECOND)
    assert await count(office, "outbox") == 0


async def test_what_waits_to_be_told_is_not_forgotten_while_it_is_of_use(
    office: Office, clock: TravellingClock
) -> None:
    """As when Slack refuses the bot for a season."""
    await office.code()
    waiting = await count(office, "outbox")
    await sweep(office, clock, NOTICE_LIFETIME + DAY)
    assert await count(office, "outbox") >= waiting


async def test_what_could_not_be_told_for_years_is_of_no_more_use(
    office: Office, clock: TravellingClock
) -> None:
    async with office.asking() as desk:
        await questions.forward(desk, KARI, "Hva er det?", "V1")
    await sweep(office, clock, ENDED_LIFETIME - A_SECOND)
    assert await count(office, "outbox") == 2
    await sweep(office, clock, A_SECOND)
    assert await count(office, "outbox") == 0


async def test_what_somebody_is_called_in_slack_is_forgotten_after_ninety_days(
    office: Office, clock: TravellingClock
) -> None:
    await office.code()
    await look_up(office)
    await sweep(office, clock, LOOKUP_LIFETIME - A_SECOND)
    assert "Kallenavn" in await texts(office)
    await sweep(office, clock, A_SECOND)
    assert "Kallenavn" not in await texts(office)
    (person,) = await rows(office, "people")
    assert (person["user_id"], person["first_name"]) == (KARI, "Kari")


async def test_a_name_of_a_look_up_that_does_not_count_any_more_goes_as_well(
    office: Office, clock: TravellingClock
) -> None:
    """They were entered anew, and Slack did not tell since who they are."""
    await office.code()
    await look_up(office)
    clock.now += DAY
    await office.ask(submission="V2")
    await sweep(office, clock, LOOKUP_LIFETIME - A_SECOND)
    assert "Kallenavn" in await texts(office)
    await sweep(office, clock, A_SECOND)
    assert "Kallenavn" not in await texts(office)


async def test_events_and_questions_go_when_their_time_is_over(
    office: Office, clock: TravellingClock
) -> None:
    async with office.asking() as desk:
        await events.take(desk.transaction, "Ev1")
        await questions.keep(desk, "Hva er det?", Verdict.REFUSED, Topic.WHAT)
        await questions.forward(desk, KARI, "Hva er det?", "V1")
    await sweep(office, clock, EVENT_LIFETIME)
    assert [await count(office, each) for each in ("events", "questions")] == [0, 1]
    await sweep(office, clock, QUESTION_LIFETIME - EVENT_LIFETIME - A_SECOND)
    assert await count(office, "forwarded_questions") == 1
    await sweep(office, clock, A_SECOND)
    assert [await count(office, each) for each in ("forwarded_questions", "questions")] == [0, 0]


async def test_a_request_that_led_to_nothing_goes_with_all_that_names_its_person(
    office: Office, clock: TravellingClock
) -> None:
    request_id = await office.ask(details("Planta", "Navnesen"))
    assert request_id
    await settle(office)
    async with office.deciding() as desk:
        await decisions.decline(desk, request_id, OLA, Reason.OTHER, "Planta er ukjent")
    await sweep(office, clock, ENDED_LIFETIME - A_SECOND)
    assert "planta@example.org" in await texts(office)
    history = await rows(office, "audit")
    await sweep(office, clock, A_SECOND)
    assert "planta" not in (await texts(office)).lower()
    for table in ("code_requests", "people", "outbox"):
        assert await count(office, table) == 0
    assert await rows(office, "audit") == history


async def test_a_code_that_ended_goes_with_its_request_its_person_and_its_confirmation(
    office: Office, clock: TravellingClock
) -> None:
    await office.code(details("Planta", "Navnesen"))
    await look_up(office, "Plantas kallenavn")
    await sweep(office, clock, timedelta(days=60))
    await settle(office)
    await sweep(office, clock, ENDED_LIFETIME - A_SECOND)
    assert [each["state"] for each in await rows(office, "codes")] == [CodeState.EXPIRED]
    history = await rows(office, "audit")
    await sweep(office, clock, A_SECOND)
    for table in ("codes", "code_requests", "confirmations", "people"):
        assert await count(office, table) == 0, table
    assert {each["kind"] for each in await rows(office, "outbox")} <= {AUTHORITY_CHECK}
    assert "planta" not in (await texts(office)).lower()
    assert await rows(office, "audit") == history


async def use(office: Office, code_id: str) -> None:
    """A partner of this organisation's own finds the code valid, with all that they may say."""
    async with office.database.transaction() as transaction:
        name, scope = f"Nettbutikken {office.team}", PartnerScope.ORGANISATION
        partner, _ = await partners.add(transaction, name, scope, is_test=False)
    async with office.asking() as desk:
        code = (await codes.show(desk, code_id, OLA)).text
    question = Question(partner, code, "Kontorpakke", "Ordre 17", "første forsøk")
    answer = await Checking(office.ledger).check(question)
    assert answer.use_id


async def test_where_a_code_was_used_is_kept_as_long_as_the_code_and_not_who_its_partner_is(
    office: Office, clock: TravellingClock
) -> None:
    code_id = await office.code()
    await use(office, code_id)
    await sweep(office, clock, timedelta(days=60))
    await settle(office)
    await sweep(office, clock, ENDED_LIFETIME - A_SECOND)
    assert [each["code_id"] for each in await rows(office, "uses")] == [code_id]
    history = await rows(office, "audit")
    await sweep(office, clock, A_SECOND)
    assert [await count(office, each) for each in ("codes", "uses")] == [0, 0]
    assert "Ordre 17" not in await texts(office)
    assert [await count(office, each) for each in ("partners", "partner_keys")] == [1, 1]
    assert await rows(office, "audit") == history


async def test_what_partners_have_asked_is_remembered_for_a_day(
    office: Office, clock: TravellingClock
) -> None:
    await use(office, await office.code())
    await sweep(office, clock, REMEMBERED - A_SECOND)
    assert await count(office, "idempotency_keys") == 1
    await sweep(office, clock, A_SECOND)
    assert await count(office, "idempotency_keys") == 0
    assert await count(office, "uses") == 1


async def be_told(office: Office, code_id: str) -> str:
    """A partner hears that this code, which they have found valid, is good no more; whoever sends
    that has tried, in vain. The delivery's id."""
    async with office.database.transaction() as transaction:
        partner = await partners.find(transaction, f"Nettbutikken {office.team}")
        await webhooks.set_place(transaction, office.keyring, partner, "https://partner.example/")
    await end_code(office, code_id)
    async with office.database.transaction() as transaction:
        for delivery in await webhooks.claim(transaction, 9):
            how = {"status": 500, "error": None, "again_after": DAY}
            await webhooks.attempted(transaction, delivery, **how)  # type: ignore[arg-type]
    return delivery.id


async def test_what_a_partner_was_told_goes_after_its_time_with_how_it_went(
    office: Office, clock: TravellingClock
) -> None:
    code_id = await office.code()
    await use(office, code_id)
    delivery_id = await be_told(office, code_id)
    await sweep(office, clock, webhooks.KEPT)
    assert await count(office, "deliveries") == 1  # it waits, though the time is over
    async with office.database.transaction() as transaction:
        (delivery,) = await webhooks.claim(transaction, 9)
        how = {"status": 200, "error": None, "again_after": None}
        await webhooks.attempted(transaction, delivery, **how)  # type: ignore[arg-type]
    assert delivery.id == delivery_id
    assert await count(office, "delivery_attempts") == 2
    await sweep(office, clock)
    assert [await count(office, each) for each in ("deliveries", "delivery_attempts")] == [0, 0]
    assert [await count(office, each) for each in ("partners", "webhooks")] == [1, 1]


async def test_what_a_partner_was_told_is_kept_until_its_time(
    office: Office, clock: TravellingClock
) -> None:
    code_id = await office.code()
    await use(office, code_id)
    delivery_id = await be_told(office, code_id)
    async with office.database.transaction() as transaction:
        await transaction.run(_PARKED)
    await sweep(office, clock, webhooks.KEPT - A_SECOND)
    assert [each["id"] for each in await rows(office, "deliveries")] == [delivery_id]
    await sweep(office, clock, A_SECOND)
    assert await count(office, "deliveries") == 0


async def test_a_secret_goes_when_another_has_taken_its_place(
    office: Office, clock: TravellingClock
) -> None:
    url = "https://partner.example/"
    async with office.database.transaction() as transaction:
        scope = PartnerScope.ORGANISATION
        partner, _ = await partners.add(transaction, "Nettbutikken", scope, is_test=False)
        await webhooks.set_place(transaction, office.keyring, partner, url)
    async with office.database.transaction() as transaction:
        await webhooks.set_place(transaction, office.keyring, partner, url)
    await sweep(office, clock, webhooks.OVERLAP - A_SECOND)
    assert await count(office, "webhooks") == 2
    await sweep(office, clock, A_SECOND)
    assert [each["ends_at"] for each in await rows(office, "webhooks")] == [None]
    async with office.database.transaction() as transaction:
        await webhooks.take_away(transaction, partner)
    await sweep(office, clock)
    assert await count(office, "webhooks") == 0


async def test_what_a_partner_has_guessed_is_forgotten_when_it_counts_no_more(
    office: Office, clock: TravellingClock
) -> None:
    async with office.database.transaction() as transaction:
        for number in range(2):
            forget_at = transaction.now + number * A_SECOND
            await transaction.run(
                _MISSED, id=f"{number}", count=1, locked_until=None, forget_at=forget_at
            )
    await sweep(office, clock)
    assert [each["id"] for each in await rows(office, "misses")] == ["1"]
    await sweep(office, clock, A_SECOND)
    assert await count(office, "misses") == 0


async def test_how_long_what_has_ended_is_kept_is_the_operators(
    office: Office, clock: TravellingClock
) -> None:
    office.keeps(timedelta(days=100))
    await end_code(office, await office.code())
    await sweep(office, clock, timedelta(days=100) - A_SECOND)
    assert await count(office, "codes") == 1
    await sweep(office, clock, A_SECOND)
    assert await count(office, "codes") == 0


async def test_a_chain_of_refreshed_codes_goes_from_its_oldest(
    office: Office, clock: TravellingClock
) -> None:
    first = await office.code()
    clock.now += timedelta(days=50)
    async with office.deciding() as desk:
        second = await making.refresh(desk, first, OLA)
    clock.now += timedelta(days=50)
    async with office.deciding() as desk:
        third = await making.refresh(desk, second, OLA)
    await sweep(office, clock, ENDED_LIFETIME - timedelta(days=50))
    left = {row["id"]: row["replaces_id"] for row in await rows(office, "codes")}
    assert left == {second: None, third: second}
    assert await count(office, "confirmations") == 1
    assert await count(office, "code_requests") == 0
    async with office.looking() as desk:
        with pytest.raises(NotFound):
            await codes.find(desk, first)
        newer = await codes.successor(desk, second)
    assert newer
    assert newer.id == third


async def test_a_person_with_a_valid_code_keeps_what_it_stands_on_and_nothing_else(
    office: Office, clock: TravellingClock
) -> None:
    """What account holders said of them long ago, and no code stands on, is of no more use."""
    await end_code(office, await office.code(submission="V1"))
    clock.now += ENDED_LIFETIME - timedelta(days=10)
    valid = await office.code(submission="V2")
    await sweep(office, clock, timedelta(days=10))
    (code,), (confirmation,) = await rows(office, "codes"), await rows(office, "confirmations")
    (request,) = await rows(office, "code_requests")
    assert (code["id"], code["confirmation_id"]) == (valid, confirmation["id"])
    assert code["request_id"] == request["id"]
    assert await count(office, "people") == 1


async def test_the_last_word_on_somebodys_authority_stays_as_long_as_they_have_a_code(
    office: Office, clock: TravellingClock
) -> None:
    """Without it, what account holders said before that would count again."""
    kept = await office.code(submission="V1")
    async with office.deciding() as desk:
        person = (await codes.find(desk, kept)).person
        await authority.withdraw(desk, person.id, ANNE)
    clock.now += DAY
    await end_code(office, await office.code(submission="V2"))
    await sweep(office, clock, timedelta(days=59))
    await sweep(office, clock, ENDED_LIFETIME - timedelta(days=59))
    assert [row["id"] for row in await rows(office, "codes")] == [kept]
    async with office.deciding() as desk:
        assert await making.refresh(desk, kept, OLA)


async def test_a_code_about_which_somebody_waits_for_an_answer_stays(
    office: Office, clock: TravellingClock
) -> None:
    code_id = await office.code()
    await look_up(office)
    await sweep(office, clock, timedelta(days=60))
    clock.now += ENDED_LIFETIME - DAY
    async with office.asking() as desk:
        request_id = await requests.ask_refresh(desk, code_id, KARI)
    await sweep(office, clock, 2 * DAY)
    assert await count(office, "codes") == 1
    new = await office.approve(request_id)
    assert {row["id"] for row in await rows(office, "codes")} == {code_id, new}
    await sweep(office, clock, DAY)
    assert {row["id"] for row in await rows(office, "codes")} == {code_id, new}


async def test_a_valid_code_and_a_request_that_waits_are_of_any_age(
    office: Office, clock: TravellingClock
) -> None:
    """The bot was down for years: what it has not ended has not ended."""
    await office.code()
    await office.ask(details("Per", "Olsen"), submission="V2")
    clock.now += 2 * ENDED_LIFETIME
    await retention.sweep(office.ledger)
    assert [await count(office, each) for each in ("codes", "code_requests", "people")] == [1, 2, 2]


async def test_one_organisations_time_is_not_anothers(
    office: Office, clock: TravellingClock
) -> None:
    other = await Office.begin(office.database, team="T0OTHER", name="Naboen", holders=(ANNE,))
    await end_code(office, await office.code(submission="V1"))
    clock.now += DAY
    request_id = await other.ask(submission="V2")
    assert request_id
    async with other.deciding() as desk:
        await decisions.withdraw(desk, request_id, KARI)
    await sweep(office, clock, ENDED_LIFETIME - DAY)
    (left,) = await rows(office, "people")
    assert left["organisation_id"] == other.standing.organisation.id


async def test_who_was_removed_as_account_holder_is_remembered(
    office: Office, clock: TravellingClock
) -> None:
    """Or else the settings, where they still stand, would bring them back at the next start."""
    before = await rows(office, "account_holders")
    await sweep(office, clock, 2 * ENDED_LIFETIME)
    assert await rows(office, "account_holders") == before


class Watch:
    """Every transaction of a database, and how many rows each of its statements was run for."""

    def __init__(self, database: Database, patch: pytest.MonkeyPatch) -> None:
        self.written: list[int] = []
        begin = database.transaction

        @asynccontextmanager
        async def watched() -> AsyncIterator[Transaction]:
            self.written.append(0)
            async with begin() as transaction:
                yield transaction

        async def run_many(transaction: Transaction, statement: Any, values: Any) -> None:
            found = list(values)
            self.written[-1] = max(self.written[-1], len(found))
            await run(transaction, statement, found)

        run = Transaction.run_many
        patch.setattr(database, "transaction", watched)
        patch.setattr(Transaction, "run_many", run_many)


@pytest.mark.slow
async def test_thousands_go_in_small_transactions_and_a_few_batches_at_a_time(
    office: Office, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_ended(office.database, office.standing, 2_500, ENDED_LIFETIME)
    watch = Watch(office.database, monkeypatch)
    left = [await count(office, "codes")]
    while left[-1]:
        await retention.sweep(office.ledger)
        left.append(await count(office, "codes"))
    assert left == [2_500, 500, 0]
    assert max(watch.written) == retention.BATCH
    for table in ("code_requests", "confirmations", "people", "outbox"):
        assert await count(office, table) == 0, table


async def test_whoever_asks_gets_in_between_two_batches(
    office: Office, clock: TravellingClock
) -> None:
    await fill_ended(office.database, office.standing, 1_000, ENDED_LIFETIME)
    sweeping = asyncio.create_task(retention.sweep(office.ledger))
    await asyncio.sleep(0)
    await office.ask(submission="V0")
    assert await count(office, "codes") > 0
    await sweeping
    assert await count(office, "codes") == 0


async def test_where_nothing_is_to_go_nobody_waits_for_the_one_who_writes(
    office: Office, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.code()
    watch = Watch(office.database, monkeypatch)
    await retention.sweep(office.ledger)
    assert watch.written == []


async def test_several_processes_may_sweep_at_once(office: Office, clock: TravellingClock) -> None:
    await fill_ended(office.database, office.standing, 300, ENDED_LIFETIME)
    await asyncio.gather(*(retention.sweep(office.ledger) for _ in range(3)))
    assert await count(office, "people") == 0
