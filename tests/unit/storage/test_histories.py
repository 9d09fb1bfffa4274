"""Whatever happens in whatever order: no code without an account holder's word for that person.

A state machine draws histories of two organisations (ask, approve, decline, withdraw, make,
refresh, revoke, vouch for people for a time or for good and withdraw that, remove and add account
holders, suspend and approve, expire, time passing) and looks after every step at what the database
itself holds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from storage import (
    authority,
    codes,
    decisions,
    due,
    holding,
    making,
    meeting,
    organisations,
    register,
    registering,
    requests,
    retention,
    schema,
    vouching,
)
from storage.desk import DecidingDesk, Desk, Ledger
from storage.holding import Period
from storage.keys import Keyring, new_key
from storage.opening import open_database
from storage.records import (
    OPERATOR,
    OSLO,
    WORD_LIFETIME,
    CodeState,
    Confirmation,
    Issuer,
    OrganisationState,
    PersonDetails,
    Reason,
    RequestState,
    Role,
)
from storage.refusals import Refusal
from storage.sql import Select, delete, select, update
from storage.standing import Standing
from storage.statements import Row
from storage.vouching import Term
from tests.conftest import TravellingClock

T = TypeVar("T")
USERS = ("UOLA", "UANNE", "UKARI", "UPER", "UEVE")
PEOPLE = tuple(
    PersonDetails(name, "Nordmann", f"{name.lower()}@example.org", Role.VOLUNTEER)
    for name in ("Kari", "Per", "Liv")
)

_CODES = select(
    schema.codes,
    schema.confirmations.c.person_id.label("confirmed_person"),
    schema.confirmations.c.organisation_id.label("confirmed_organisation"),
    schema.confirmations.c.confirmed_at,
    schema.confirmations.c.withdrawn_at,
    schema.confirmations.c.valid_until,
    schema.account_holders.c.organisation_id.label("holder_organisation"),
    schema.account_holders.c.added_at,
    schema.account_holders.c.removed_at,
    schema.account_holders.c.deputy_from,
    schema.account_holders.c.deputy_until,
).outerjoin(
    schema.confirmations.join(
        schema.account_holders,
        schema.account_holders.c.id == schema.confirmations.c.account_holder_id,
    ),
    schema.confirmations.c.id == schema.codes.c.confirmation_id,
)
_REQUESTS = select(schema.code_requests)
_LASTING = select(schema.account_holders).where(
    schema.account_holders.c.removed_at.is_(None),
    schema.account_holders.c.deputy_until.is_(None),
)
_PEOPLE = select(schema.people)
_WORDS = select(
    schema.people.c.organisation_id,
    schema.people.c.id.label("person_id"),
    schema.people.c.confirmation_id.label("stands_on"),
    schema.confirmations.c.id,
    schema.confirmations.c.confirmed_at,
    schema.confirmations.c.withdrawn_at,
).join(schema.confirmations, schema.confirmations.c.person_id == schema.people.c.id)
_LEAVE_NOTHING = (
    update(schema.code_requests).values(code_id=None),
    delete(schema.outbox),
    delete(schema.codes),
    delete(schema.code_requests),
    delete(schema.confirmations),
    delete(schema.people),
    delete(schema.audit_heads),
    delete(schema.audit),
    delete(schema.account_holders),
    delete(schema.organisations),
)


class Histories(RuleBasedStateMachine):
    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = TravellingClock()
        self.requests: list[str] = []
        self.codes: list[str] = []

    @initialize()
    def begin(self) -> None:
        database = self.run(open_database(self.url, self.clock))
        self.ledger = Ledger(database, Keyring([new_key()]))
        self.organisations = [self.new_organisation(name) for name in ("Røde Kors", "Naboen")]

    def new_organisation(self, name: str) -> Standing:
        team = f"T{uuid4().hex[:20]}"
        return self.run(
            organisations.follow_settings(self.ledger, team, name, Issuer.BOT, ("UOLA", "UANNE"))
        )

    def teardown(self) -> None:
        self.run(self.leave_nothing())
        self.run(self.ledger.database.close())
        self.runner.close()

    async def leave_nothing(self) -> None:
        """Or each life would be swept and looked through with all that were before it."""
        async with self.ledger.database.transaction() as transaction:
            for statement in _LEAVE_NOTHING:
                await transaction.run(statement)

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return self.runner.run(awaited())

    def do(self, work: Callable[[DecidingDesk], Awaitable[str | None]], which: int) -> str | None:
        """One transaction of one organisation; a refusal is an answer like any other. No two happen
        in the same moment: which of two words was the later would be left to chance."""
        self.clock.forward(milliseconds=1)

        async def transact() -> str | None:
            team = self.organisations[which].organisation.team_id
            async with self.ledger.deciding(team) as desk:
                self.approved_now = desk.organisation.state is OrganisationState.APPROVED
                return await work(desk)

        try:
            return self.run(transact())
        except Refusal:
            return None

    @rule(which=st.integers(0, 1), person=st.sampled_from(PEOPLE), user=st.sampled_from(USERS))
    def ask(self, which: int, person: PersonDetails, user: str) -> None:
        form = requests.NewRequest(user, person, "", str(uuid4()))
        made = self.do(lambda desk: requests.ask(desk, form), which)
        self.requests += [made] if made else []

    @rule(which=st.integers(0, 1), person=st.sampled_from(PEOPLE), user=st.sampled_from(USERS))
    def make(self, which: int, person: PersonDetails, user: str) -> None:
        form = requests.NewRequest(user, person, "", str(uuid4()))
        self.keep(self.do(lambda desk: decisions.make_at_once(desk, form), which))

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 1), user=st.sampled_from(USERS), data=st.data())
    def approve(self, which: int, user: str, data: st.DataObject) -> None:
        request_id = data.draw(st.sampled_from(self.requests))
        self.keep(self.do(lambda desk: decisions.approve(desk, request_id, user), which))

    @precondition(lambda self: self.requests)
    @rule(
        which=st.integers(0, 1),
        user=st.sampled_from(USERS),
        reason=st.sampled_from(Reason),
        data=st.data(),
    )
    def decline(self, which: int, user: str, reason: Reason, data: st.DataObject) -> None:
        request_id = data.draw(st.sampled_from(self.requests))
        self.do(lambda desk: decisions.decline(desk, request_id, user, reason, "nei"), which)

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 1), user=st.sampled_from(USERS), data=st.data())
    def withdraw(self, which: int, user: str, data: st.DataObject) -> None:
        request_id = data.draw(st.sampled_from(self.requests))
        self.do(lambda desk: decisions.withdraw(desk, request_id, user), which)

    @precondition(lambda self: self.codes)
    @rule(which=st.integers(0, 1), user=st.sampled_from(USERS), data=st.data())
    def refresh(self, which: int, user: str, data: st.DataObject) -> None:
        code_id = data.draw(st.sampled_from(self.codes))
        self.keep(self.do(lambda desk: making.refresh(desk, code_id, user), which))

    @precondition(lambda self: self.codes)
    @rule(which=st.integers(0, 1), user=st.sampled_from(USERS), data=st.data())
    def ask_refresh(self, which: int, user: str, data: st.DataObject) -> None:
        code_id = data.draw(st.sampled_from(self.codes))

        async def work(desk: DecidingDesk) -> str | None:
            code = await codes.find(desk, code_id)
            await meeting.note_lookup(desk, code.person.id, user)
            return await requests.ask_refresh(desk, code_id, user)

        made = self.do(work, which)
        self.requests += [made] if made else []

    @precondition(lambda self: self.codes)
    @rule(which=st.integers(0, 1), user=st.sampled_from(USERS), data=st.data())
    def revoke(self, which: int, user: str, data: st.DataObject) -> None:
        code_id = data.draw(st.sampled_from(self.codes))
        self.do(lambda desk: making.revoke(desk, code_id, user), which)

    @rule(which=st.integers(0, 1), user=st.sampled_from(USERS), add=st.booleans())
    def change_account_holder(self, which: int, user: str, add: bool) -> None:
        async def work(desk: DecidingDesk) -> None:
            if add:
                await holding.add(desk, user, OPERATOR)
            else:
                await holding.remove(desk, user, OPERATOR, even_the_last=True)

        self.do(work, which)

    @rule(
        which=st.integers(0, 1),
        by=st.sampled_from(USERS),
        user=st.sampled_from(USERS),
        begins=st.integers(0, 2),
        lasts=st.integers(0, 2),
        hours=st.floats(0, 80),
    )
    def stand_in(
        self, which: int, by: str, user: str, begins: int, lasts: int, hours: float
    ) -> None:
        """And try to make a code, before, in or after that time, without a sweep in between."""

        async def work(desk: DecidingDesk) -> None:
            first = desk.now.astimezone(OSLO).date() + timedelta(days=begins)
            there = await holding.there(desk)
            await holding.appoint(
                desk,
                user,
                by,
                Period(first, first + timedelta(days=lasts)),
                seen=[each.id for each in there],
            )

        self.do(work, which)
        self.clock.forward(hours=hours)
        self.make(which, PEOPLE[0], user)

    @rule(
        which=st.integers(0, 1),
        by=st.sampled_from(USERS),
        person=st.sampled_from(PEOPLE),
        days=st.none() | st.integers(0, 100),
        deed=st.sampled_from(("enter", "confirm", "change")),
    )
    def vouch(
        self, which: int, by: str, person: PersonDetails, days: int | None, deed: str
    ) -> None:
        async def work(desk: DecidingDesk) -> None:
            today = desk.now.astimezone(OSLO).date()
            term = Term(None if days is None else today + timedelta(days=days))
            entry = await self.registered(desk, person)
            if deed == "enter" or entry is None:
                await vouching.enter(desk, person, term, by)
            elif deed == "confirm":
                await vouching.confirm_anew(desk, entry, by)
            else:
                await vouching.change(desk, entry, by, Role.EMPLOYEE, term)

        self.do(work, which)

    @rule(
        which=st.integers(0, 1),
        by=st.sampled_from(USERS),
        person=st.sampled_from(PEOPLE),
        revokes=st.booleans(),
        declines=st.booleans(),
    )
    def withdraw_authority(
        self, which: int, by: str, person: PersonDetails, revokes: bool, declines: bool
    ) -> None:
        async def work(desk: DecidingDesk) -> None:
            entry = await self.registered(desk, person)
            if entry is None:
                return
            await vouching.withdraw(desk, entry, by, revokes=revokes, declines=declines)
            known = await authority.find_person(desk, entry.person_id)
            assert not await authority.has_authority(desk, known.id)
            if revokes:
                assert await codes.valid_of_person(desk, known, most=1) == []
            if declines:
                assert await requests.waiting_for(desk, known, besides="", most=1) == []

        self.do(work, which)

    async def registered(self, desk: Desk, person: PersonDetails) -> vouching.Seen | None:
        for entry in await register.page(desk, person.email, most=100, skip=0):
            if entry.person.name == person.name:
                return vouching.Seen(entry.person.id, entry.word.id)
        return None

    @rule(which=st.integers(0, 1), by=st.sampled_from(USERS), user=st.sampled_from(USERS))
    def remove_colleague(self, which: int, by: str, user: str) -> None:
        before = self.lasting(which)
        self.do(lambda desk: holding.remove(desk, user, by), which)
        assert self.lasting(which) or not before, "a colleague has removed the last one"

    def lasting(self, which: int) -> list[Row]:
        async def read() -> list[Row]:
            async with self.ledger.database.reading() as transaction:
                return await transaction.rows(_LASTING)

        ours = self.organisations[which].organisation.id
        return [row for row in self.run(read()) if row["organisation_id"] == ours]

    @rule(which=st.integers(0, 1), user=st.sampled_from(USERS))
    def leave(self, which: int, user: str) -> None:
        async def work(desk: DecidingDesk) -> None:
            await decisions.withdraw_all(desk, user)
            await authority.person_left(desk, user)

        self.do(work, which)

    @rule(which=st.integers(0, 1), approved=st.booleans())
    def change_state(self, which: int, approved: bool) -> None:
        change = registering.approve if approved else registering.suspend
        self.do(change, which)

    @rule(days=st.floats(0, 40))
    def time_passes(self, days: float) -> None:
        self.clock.forward(days=days)
        self.run(due.sweep(self.ledger))

    def keep(self, code_id: str | None) -> None:
        if code_id:
            self.codes.append(code_id)
            assert self.approved_now, "a code for an organisation that is not approved"

    def mine(self, rows: list[Row]) -> list[Row]:
        ids = {standing.organisation.id for standing in self.organisations}
        return [row for row in rows if row["organisation_id"] in ids]

    @invariant()
    def every_code_stands_on_an_account_holders_word(self) -> None:
        if not hasattr(self, "organisations"):
            return

        async def read() -> list[list[Row]]:
            async with self.ledger.database.reading() as transaction:
                return [await transaction.rows(each) for each in (_CODES, _REQUESTS, _WORDS)]

        found, asked, words = map(self.mine, self.run(read()))
        for row in found:
            self.check_authority(row)
        self.check_one_code_a_request(found, asked)
        self.check_whom_they_stand_on(words)

    def check_whom_they_stand_on(self, words: list[Row]) -> None:
        """The last word on each person, unless it is withdrawn: then on none."""
        given: dict[str, list[Row]] = {row["person_id"]: [] for row in words}
        for row in words:
            if row["withdrawn_at"] is None:
                given[row["person_id"]].append(row)
        for row in words:
            lasting = {each["id"]: each["confirmed_at"] for each in given[row["person_id"]]}
            assert (row["stands_on"] is None) is (not lasting)
            assert not lasting or lasting[row["stands_on"]] == max(lasting.values())

    def check_authority(self, row: Row) -> None:
        assert row["confirmed_person"] == row["person_id"]
        assert row["confirmed_organisation"] == row["organisation_id"]
        assert row["holder_organisation"] == row["organisation_id"]
        assert row["confirmed_at"] <= row["made_at"]
        assert row["withdrawn_at"] is None or row["withdrawn_at"] >= row["made_at"]
        assert row["valid_until"] is None or row["valid_until"] > row["made_at"]
        assert row["added_at"] <= row["confirmed_at"]
        assert row["removed_at"] is None or row["removed_at"] >= row["confirmed_at"]
        if row["deputy_until"] is not None:
            assert row["deputy_from"] <= row["confirmed_at"] < row["deputy_until"]
        assert row["expires_at"] - row["made_at"] == timedelta(days=60)

    def check_one_code_a_request(self, found: list[Row], asked: list[Row]) -> None:
        approved = {row["id"] for row in asked if row["state"] is RequestState.APPROVED}
        from_requests = [row["request_id"] for row in found if row["request_id"]]
        assert len(from_requests) == len(set(from_requests))
        assert set(from_requests) == approved
        replaced = {row["id"] for row in found if row["state"] is CodeState.REPLACED}
        assert {row["replaces_id"] for row in found if row["replaces_id"]} == replaced


HISTORIES = settings(
    max_examples=settings().max_examples * 2 // 5,  # each is a whole life of many steps
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_no_code_exists_without_a_confirmed_authority(migrated_url: str, tmp_path: Path) -> None:
    machine = type("HistoriesHere", (Histories,), {"url": migrated_url})
    run_state_machine_as_test(machine, settings=HISTORIES)


class Forgetting(Histories):
    """The same, over years: what ended long ago is forgotten, and nothing else changes by it."""

    @rule(days=st.sampled_from((60, 1_035, 1_066, 1_095, 2_500)))
    def years_pass(self, days: float) -> None:
        self.clock.forward(days=days)
        self.run(due.sweep(replace(self.ledger, keeps=timedelta(days=36_500))))
        found, asked = self.read(_CODES), self.read(_REQUESTS)
        words = {row["id"]: self.last_word(row["id"]) for row in self.read(_PEOPLE)}
        self.run(retention.sweep(self.ledger))
        found, asked = self.young(found, asked)
        assert by_id(self.read(_CODES)) == by_id(found)
        assert by_id(self.read(_REQUESTS)) == by_id(asked)
        stay = people_of(found, asked) | {
            person for person, word in words.items() if word and self.is_kept(word)
        }
        assert {row["id"] for row in self.read(_PEOPLE)} == stay
        assert all(self.last_word(person) == words[person] for person in stay)

    def is_kept(self, word: Confirmation) -> bool:
        """While it holds, and so long as what has ended is."""
        before = self.clock() - self.ledger.keeps
        if word.withdrawn_at:
            return word.withdrawn_at > before
        if word.valid_until:
            return word.valid_until > before
        return word.confirmed_at > self.clock() - WORD_LIFETIME

    def young(self, found: list[Row], asked: list[Row]) -> tuple[list[Row], list[Row]]:
        """What has to be there afterwards, said once more and otherwise."""
        before = self.clock() - self.ledger.keeps
        waits = {row["code_id"] for row in asked if row["state"] is RequestState.PENDING}
        codes_left = [
            row
            for row in found
            if row["ended_at"] is None or row["ended_at"] > before or row["id"] in waits
        ]
        ids, made = ({row[name] for row in codes_left} for name in ("id", "request_id"))
        requests_left = [
            row
            for row in asked
            if row["decided_at"] is None or row["decided_at"] > before or row["id"] in made
        ]
        for name, left in (("replaces_id", codes_left), ("code_id", requests_left)):
            for row in left:
                row[name] = row[name] if row[name] in ids else None
        return codes_left, requests_left

    def read(self, statement: Select[Any]) -> list[Row]:
        async def read() -> list[Row]:
            async with self.ledger.database.reading() as reading:
                return await reading.rows(statement)

        return self.mine(self.run(read()))

    def last_word(self, person_id: str) -> Confirmation | None:
        """By which a code may be made for them, or may not (rule 2)."""

        async def read() -> list[Confirmation | None]:
            words = []
            for standing in self.organisations:
                async with self.ledger.looking(standing.organisation.team_id) as desk:
                    words.append(await authority.latest_confirmation(desk, person_id))
            return words

        return next(filter(None, self.run(read())), None)


def by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}


def people_of(*rows: list[Row]) -> set[str]:
    return {row["person_id"] for each in rows for row in each}


def test_forgetting_what_ended_long_ago_changes_nothing_that_is_younger(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The organisations of all examples lie in one database, and one sweep might leave some of them.
    monkeypatch.setattr("storage.retention.MOST_BATCHES", 10_000)
    machine = type("ForgettingHere", (Forgetting,), {"url": migrated_url})
    run_state_machine_as_test(machine, settings=HISTORIES)
