"""Where the bot was removed all is kept for a time, and then all goes that the organisation had."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import (
    due,
    installations,
    leaving,
    organisations,
    outbox,
    questions,
    registering,
    retention,
    schema,
)
from storage.database import Database
from storage.installations import Due
from storage.outbox import HELP, ORGANISATION_LEAVING, NewNotice
from storage.records import INSTALLATION_LIFETIME, TOLD_BEFORE, Topic, Verdict
from storage.refusals import NoOrganisation
from storage.registering import Channel
from storage.sql import select
from storage.verifying import verify
from tests.conftest import TravellingClock
from tests.unit.storage.cast import KARI, TEAM, Office, details
from tests.unit.storage.filling import fill_ledger
from tests.unit.storage.test_installations import OF_GRID, OF_TEAM, end, keep
from tests.unit.storage.test_retention import be_told, texts, use

HERE = replace(OF_TEAM, id=TEAM)
OTHER = "T0OTHER"
A_SECOND = timedelta(seconds=1)


async def sweep(office: Office, clock: TravellingClock, forward: timedelta = timedelta()) -> None:
    clock.now += forward
    await due.sweep(office.ledger)


async def rows(database: Database, organisation_id: str) -> dict[str, int]:
    """How many rows each table has that are about it."""
    found = {}
    async with database.reading() as reading:
        for name, table in schema.metadata.tables.items():
            column = "id" if name == "organisations" else "organisation_id"
            if column in table.c and name not in ("events", "installations", "installing", "pulse"):
                of_it = select(table.c[column]).where(table.c[column] == organisation_id)
                found[name] = len(await reading.rows(of_it))
    return {name: count for name, count in found.items() if count}


ITSELF = {"organisations": 1}
"""That it has been here, and no more."""

STAYS = frozenset(("id", "team_id", "state", "issuer", "revision", "review_before"))
WHEN = frozenset(("created_at", "left_at", "forgotten_at"))
"""What the README says that stays of it; of its workspace's id nothing does."""


async def with_all_there_is(office: Office) -> None:
    """A code that was used, somebody who waits, and all that is told and asked."""
    code_id = await office.code(submission=f"{office.team}1")
    await use(office, code_id)
    await be_told(office, code_id)
    await office.ask(details("Per"), by="UPER", submission=f"{office.team}2")
    async with office.asking() as desk:
        await outbox.tell(desk, NewNotice(HELP, KARI, about="1"))
        await questions.keep(desk, "Hva er en kode?", Verdict.ANSWERED, Topic.WHAT)


async def is_there(office: Office, team: str = TEAM) -> bool:
    try:
        async with office.ledger.looking(team):
            return True
    except NoOrganisation:
        return False


async def test_all_goes_when_it_has_been_gone_long_enough_and_nothing_of_anybody_else(
    office: Office, clock: TravellingClock
) -> None:
    other = await Office.begin(office.database, team=OTHER, name="Laget")
    for each in (office, other):
        await with_all_there_is(each)
    before = await rows(other.database, other.standing.organisation.id)
    await keep(office.database, office.keyring, HERE, replace(OF_TEAM, id=OTHER))
    await end(office.database, TEAM)
    which = office.standing.organisation.id
    clock.now += INSTALLATION_LIFETIME - A_SECOND
    await retention.sweep(office.ledger)
    assert await is_there(office)
    clock.now += A_SECOND
    await retention.sweep(office.ledger)
    assert not await is_there(office)
    assert await rows(office.database, which) == ITSELF
    assert "Røde Kors" not in await texts(office)
    async with office.database.reading() as reading:
        (row,) = await reading.rows(
            select(schema.organisations).where(schema.organisations.c.id == which)
        )
    assert {name for name, value in row.items() if value not in (None, "")} <= STAYS | WHEN
    assert TEAM not in str(row)
    left = await rows(other.database, other.standing.organisation.id)
    assert (left["codes"], left["uses"]) == (before["codes"], before["uses"])
    assert left.keys() >= {"people", "codes", "code_requests", "audit", "audit_heads"}


async def test_in_small_batches(
    office: Office, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 7)
    monkeypatch.setattr(retention, "MOST_BATCHES", 500)
    await fill_ledger(office.database, office.standing, 60)
    await keep(office.database, office.keyring, HERE)
    await end(office.database, TEAM)
    clock.now += INSTALLATION_LIFETIME
    await retention.sweep(office.ledger)
    assert await rows(office.database, office.standing.organisation.id) == ITSELF


async def test_installed_anew_nothing_goes(office: Office, clock: TravellingClock) -> None:
    await with_all_there_is(office)
    await keep(office.database, office.keyring, HERE)
    await end(office.database, TEAM)
    clock.now += INSTALLATION_LIFETIME
    await keep(office.database, office.keyring, HERE)
    await sweep(office, clock)
    assert await is_there(office)
    await end(office.database, TEAM)
    await sweep(office, clock, INSTALLATION_LIFETIME - A_SECOND)
    assert await is_there(office)


async def test_whoever_comes_when_it_has_left_begins_anew(
    office: Office, clock: TravellingClock
) -> None:
    await keep(office.database, office.keyring, HERE)
    await end(office.database, TEAM)
    clock.now += INSTALLATION_LIFETIME
    async with office.database.transaction() as transaction:
        before = transaction.now - INSTALLATION_LIFETIME
        assert await leaving.forget_installations(transaction, before, 9) == 1
    anew = await Office.begin(office.database, name="Et annet lag", holders=("U1",))
    assert anew.standing.organisation.id != office.standing.organisation.id
    await sweep(office, clock)
    assert await rows(office.database, office.standing.organisation.id) == ITSELF
    assert await is_there(anew)


async def test_one_that_its_grid_serves_stays_as_long_as_that(
    office: Office, clock: TravellingClock
) -> None:
    async with office.database.transaction() as transaction:
        await organisations.joined_grid(transaction, TEAM, "E0GRID")
    await keep(office.database, office.keyring, HERE, OF_GRID)
    await end(office.database, TEAM)
    await sweep(office, clock, INSTALLATION_LIFETIME)
    assert await is_there(office)
    await end(office.database, "E0GRID")
    await sweep(office, clock, INSTALLATION_LIFETIME)
    assert not await is_there(office)


async def test_one_whose_token_stands_in_the_settings_never_leaves(
    office: Office, clock: TravellingClock
) -> None:
    await sweep(office, clock, INSTALLATION_LIFETIME * 3)
    assert await is_there(office)
    async with office.looking() as desk:
        assert await leaving.goes_at(desk) is None


async def claim_farewells(database: Database) -> list[Due]:
    async with database.transaction() as transaction:
        lease = timedelta(seconds=30)
        return await installations.claim_farewell(transaction, most=9, lease=lease)


async def farewells(database: Database) -> list[str]:
    return [each.id for each in await claim_farewells(database)]


async def test_the_operator_is_told_before(office: Office, clock: TravellingClock) -> None:
    channel = Channel("T0OPERATOR", "C0DRIFT")
    await keep(office.database, office.keyring, HERE)
    await end(office.database, TEAM)
    clock.now += INSTALLATION_LIFETIME - TOLD_BEFORE - A_SECOND
    assert await farewells(office.database) == []
    clock.now += A_SECOND
    assert await farewells(office.database) == [TEAM]
    for _ in range(2):
        async with office.asking() as desk:
            assert await leaving.goes_at(desk) == clock() + TOLD_BEFORE
            await registering.tell_that_it_goes(desk, channel)
    async with office.looking() as desk:
        told = await outbox.undelivered_here(desk)
    assert [(each.kind, each.team_id, each.place) for each in told] == [
        (ORGANISATION_LEAVING, "T0OPERATOR", "C0DRIFT")
    ]
    clock.now += timedelta(seconds=30)
    (last,) = await claim_farewells(office.database)  # whoever was at it has died
    async with office.database.transaction() as transaction:
        await installations.told(transaction, last)
    clock.now += timedelta(days=1)
    assert await farewells(office.database) == []


async def test_whoever_looks_whether_all_that_happened_is_there_is_told_why_it_is_not(
    office: Office, clock: TravellingClock
) -> None:
    other = await Office.begin(office.database, team=OTHER, name="Laget")
    before = [each.head for each in await verify(office.database)]
    await keep(office.database, office.keyring, HERE)
    await end(office.database, TEAM)
    await sweep(office, clock, INSTALLATION_LIFETIME)
    found = {each.head.organisation_id: each for each in await verify(office.database, before)}
    left, there = (found[each.standing.organisation.id] for each in (office, other))
    assert (left.left_at, left.broken) == (clock(), None)
    assert (there.left_at, there.broken) == (None, None)
    assert len(await verify(office.database)) == 1
