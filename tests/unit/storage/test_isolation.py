"""Whatever happens in whatever order in three workspaces, one of which has two organisations: what
is read, told and done in one is never another's, also by an id that somebody has from there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from storage import (
    audit,
    choosing,
    codes,
    decisions,
    holding,
    installations,
    leaving,
    making,
    organisations,
    outbox,
    questions,
    register,
    requests,
    retention,
)
from storage.desk import DecidingDesk, Desk, Ledger
from storage.installations import Granted
from storage.keys import Keyring, new_key
from storage.opening import open_database
from storage.organisations import of_team
from storage.records import OPERATOR, OrganisationState, PersonDetails, Role
from storage.refusals import Refusal
from tests.conftest import TravellingClock
from tests.unit.storage.test_histories import HISTORIES

T = TypeVar("T")
WHERE = (0, 1, 1, 2)
"""In which of three workspaces each of four organisations is."""

ANYWHERE = st.integers(0, len(WHERE) - 1)
MOST = 1_000


@dataclass
class One:
    """An organisation, and all that was ever made in it."""

    team: str
    id: str
    holder: str
    ids: set[str] = field(default_factory=set)

    @property
    def mark(self) -> str:
        """Stands in all that is typed there."""
        return f"mark{self.holder[1:]}x"


class Isolation(RuleBasedStateMachine):
    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = TravellingClock()
        self.there: list[One] = []
        self.requests: list[str] = []
        self.codes: list[str] = []

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return self.runner.run(awaited())

    @initialize()
    def begin(self) -> None:
        self.ledger = Ledger(self.run(open_database(self.url, self.clock)), Keyring([new_key()]))
        run = uuid4().hex[:12].upper()
        self.teams = [f"T{number}{run}" for number in range(3)]
        for number, where in enumerate(WHERE):
            self.there.append(self.run(self._enter(self.teams[where], f"U{number}{run}")))

    async def _enter(self, team: str, holder: str) -> One:
        self.clock.forward(milliseconds=1)
        async with self.ledger.database.transaction() as transaction:
            approved = OrganisationState.APPROVED
            await organisations.add(transaction, team, "Laget", state=approved, another=True)
            entered = (await of_team(transaction, team))[-1]
            granted = Granted(
                id=team,
                enterprise_id=None,
                team_name="",
                installed_by=holder,
                said={},
                token_expires_at=None,
            )
            await installations.keep(transaction, self.ledger.keys, granted)
        async with self.ledger.deciding_at(entered.id) as desk:
            await holding.add(desk, holder, OPERATOR)
        return One(team, entered.id, holder)

    def teardown(self) -> None:
        self.run(self.ledger.database.close())
        self.runner.close()

    def do(self, which: int, work: Callable[[DecidingDesk], Awaitable[str | None]]) -> str | None:
        self.clock.forward(milliseconds=1)

        async def transact() -> str | None:
            async with self.ledger.deciding_at(self.there[which].id) as desk:
                return await work(desk)

        try:
            made = self.run(transact())
        except Refusal:
            return None
        self.there[which].ids |= {made} if made else set()
        return made

    def form(self, which: int) -> requests.NewRequest:
        one, number = self.there[which], uuid4().hex
        person = PersonDetails(one.mark, "Nordmann", f"{one.mark}@example.org", Role.VOLUNTEER)
        return requests.NewRequest(f"U{number[:9].upper()}", person, one.mark, number)

    @rule(which=ANYWHERE)
    def ask(self, which: int) -> None:
        made = self.do(which, lambda desk: requests.ask(desk, self.form(which)))
        self.requests += [made] if made else []

    @precondition(lambda self: self.requests)
    @rule(which=ANYWHERE, who=ANYWHERE, data=st.data())
    def approve(self, which: int, who: int, data: st.DataObject) -> None:
        request, holder = data.draw(st.sampled_from(self.requests)), self.there[who].holder
        made = self.do(which, lambda desk: decisions.approve(desk, request, holder))
        assert made is None or (who == which and request in self.there[which].ids)
        self.codes += [made] if made else []

    @precondition(lambda self: self.codes)
    @rule(which=ANYWHERE, who=ANYWHERE, data=st.data())
    def refresh(self, which: int, who: int, data: st.DataObject) -> None:
        code, holder = data.draw(st.sampled_from(self.codes)), self.there[who].holder
        made = self.do(which, lambda desk: making.refresh(desk, code, holder))
        assert made is None or (who == which and code in self.there[which].ids)
        self.codes += [made] if made else []

    @precondition(lambda self: self.codes)
    @rule(which=ANYWHERE, who=ANYWHERE, data=st.data())
    def revoke(self, which: int, who: int, data: st.DataObject) -> None:
        code, holder = data.draw(st.sampled_from(self.codes)), self.there[who].holder

        async def work(desk: DecidingDesk) -> str:
            await making.revoke(desk, code, holder)
            return code

        assert self.do(which, work) in (None, *self.there[which].ids)

    @rule(which=ANYWHERE)
    def ask_holders(self, which: int) -> None:
        one = self.there[which]

        async def work(desk: DecidingDesk) -> None:
            await questions.forward(desk, one.holder, one.mark, uuid4().hex)

        self.do(which, work)

    @rule(which=ANYWHERE)
    def choose(self, which: int) -> None:
        one = self.there[which]

        async def work() -> None:
            async with self.ledger.database.transaction() as transaction:
                await choosing.choose(transaction, one.team, one.holder, one.id)

        self.run(work())

    @rule(which=st.integers(0, 2))
    def leave(self, which: int) -> None:
        """All that is in that workspace, which begins anew."""
        team = self.teams[which]

        async def work() -> None:
            async with self.ledger.database.transaction() as transaction:
                await installations.end(transaction, team, "account_inactive")
                await leaving.forget(transaction, team, transaction.now)
            await retention.forget_left(self.ledger)

        self.run(work())
        for number, one in enumerate(self.there):
            if one.team == team:
                self.there[number] = self.run(self._enter(team, one.holder))

    @invariant()
    def nothing_of_one_is_anothers(self) -> None:
        for one in self.there:
            found = self.run(self._all_there_is_to_read(one))
            others = {
                text for each in self.there if each is not one for text in (each.mark, each.holder)
            }
            for text in found:
                assert not [mark for mark in others if mark in text], (one, text)

    async def _all_there_is_to_read(self, one: One) -> list[str]:
        async with self.ledger.looking_at(one.id) as desk:
            found: list[object] = [*await self._of(desk)]
            assert desk.standing.holders == (one.holder,)
        async with self.ledger.database.reading() as reading:
            belongs = [
                await choosing.belongs_to(reading, other.id, one.holder)
                for other in self.there
                if other is not one
            ]
            owned = await choosing.owners(reading, sorted(one.ids))
        assert not any(belongs)
        assert owned <= {one.id}
        return [str(each) for each in found]

    async def _of(self, desk: Desk) -> list[object]:
        return [
            *await requests.pending(desk, most=MOST),
            *await codes.list_codes(desk, most=MOST),
            *await register.page(desk, "", most=MOST, skip=0),
            *await audit.happened(desk, most=MOST),
            *await outbox.undelivered_here(desk),
            *await questions.unanswered(desk),
        ]


FEWER = settings(
    HISTORIES, max_examples=max(3, HISTORIES.max_examples // 4), stateful_step_count=25
)
"""All of four organisations is read after each step."""


def test_nothing_of_one_organisation_is_anothers(migrated_url: str) -> None:
    machine = type("IsolationHere", (Isolation,), {"url": migrated_url})
    run_state_machine_as_test(machine, settings=FEWER)
