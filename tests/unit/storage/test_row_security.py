"""PostgreSQL keeps the organisations apart, whatever a statement forgets to say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from storage import choosing, questions, row_security, schema
from storage.database import Database, DatabaseFailed, Reading
from storage.opening import open_database
from storage.records import Issuer, Verdict
from storage.refusals import CodeTaken
from storage.sql import Select, Table, delete, insert, select, text, update
from tests.conftest import TravellingClock, of_the_server
from tests.unit.storage.cast import KARI, OLA, Office, details
from tests.unit.storage.test_retention import be_told, use

APART = [table for table in schema.metadata.tables.values() if "organisation_id" in table.c]
"""All that belongs to an organisation."""

WHOSE: dict[Table, Select[Any]] = {table: select(table.c.organisation_id) for table in APART}
of_each = pytest.mark.parametrize("table", APART, ids=lambda table: table.name)


@pytest.fixture
async def database(migrated_postgres_url: str, clock: TravellingClock) -> AsyncIterator[Database]:
    opened = await open_database(migrated_postgres_url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def offices(database: Database) -> tuple[Office, Office]:
    """Two that have something of everything."""
    one = await Office.begin(database)
    other = await Office.begin(database, team="T0OTHER", name="Speiderne")
    for office in (one, other):
        await fill(office)
    return one, other


async def fill(office: Office) -> None:
    code_id = await office.code(submission=f"V{office.team}")
    await use(office, code_id)
    await be_told(office, code_id)
    async with office.asking() as desk:
        await questions.keep(desk, "Hva koster det?", Verdict.REFUSED, None)
        await questions.forward(desk, KARI, "Hva koster det?", f"Q{office.team}")
        await choosing.choose(desk.transaction, office.team, KARI, desk.organisation.id)


async def whose(reading: Reading, table: Table) -> set[str]:
    """Of which organisations it shows rows, to whoever does not say of which."""
    return {row["organisation_id"] for row in await reading.rows(WHOSE[table])}


@of_each
async def test_at_a_desk_nothing_of_others_is_seen(
    offices: tuple[Office, Office], table: Table
) -> None:
    one, other = (office.standing.organisation.id for office in offices)
    ledger = offices[0].ledger
    async with ledger.looking_at(one) as looking:
        assert await whose(looking.reading, table) == {one}
    async with ledger.looking("T0OTHER") as looking:
        assert await whose(looking.reading, table) == {other}
    async with ledger.asking("T0OTHER") as asking:
        assert await whose(asking.transaction, table) == {other}
    async with ledger.deciding_at(one) as deciding:
        assert await whose(deciding.transaction, table) == {one}
        async with deciding.transaction.beyond():
            assert await whose(deciding.transaction, table) == {one, other}
        assert await whose(deciding.transaction, table) == {one}


@of_each
async def test_a_connection_that_comes_back_is_kept_to_nobody(
    offices: tuple[Office, Office], table: Table
) -> None:
    both = {office.standing.organisation.id for office in offices}
    for _more_than_there_are_connections in range(12):
        async with offices[0].looking(), offices[0].asking():
            pass
    for _more_than_there_are_connections in range(12):
        async with offices[0].database.reading() as reading:
            assert await whose(reading, table) == both
        async with offices[0].database.transaction() as transaction:
            assert await whose(transaction, table) == both


async def test_at_a_desk_nothing_of_others_is_changed_or_made(
    offices: tuple[Office, Office],
) -> None:
    one, other = offices
    async with one.asking() as desk:
        await desk.transaction.run(update(schema.people).values(email=""))
        await desk.transaction.run(delete(schema.outbox))
    async with other.looking() as look:
        emails = await look.rows(
            select(schema.people.c.email).where(
                schema.people.c.organisation_id == text(":of_organisation")
            )
        )
        assert [row["email"] for row in emails] == [details().email]
        assert await whose(look.reading, schema.outbox) == {look.organisation.id}
    with pytest.raises(DatabaseFailed, match="InsufficientPrivilege"):
        await choose_at_the_desk_of(one, other.standing.organisation.id)


async def choose_at_the_desk_of(office: Office, organisation_id: str) -> None:
    async with office.asking() as desk:
        values = {"id": "a", "organisation_id": organisation_id, "chosen_at": desk.now}
        await desk.transaction.run(insert(schema.choices), **values)


@of_each
async def test_whoever_has_not_said_what_they_are_to_see_is_refused(
    offices: tuple[Office, Office], migrated_postgres_url: str, table: Table
) -> None:
    async with connected(migrated_postgres_url) as connection:
        with pytest.raises(asyncpg.UndefinedObjectError, match=row_security.SETTING):
            await connection.fetch(f"SELECT * FROM {table.name}")
        await connection.execute(f"SET {row_security.SETTING} = ''")
        assert await connection.fetch(f"SELECT * FROM {table.name}") == []


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_the_role_of_the_server_itself_is_past_it(
    database: Database, migrated_postgres_url: str, clock: TravellingClock
) -> None:
    async with database.reading() as reading:
        assert not await row_security.is_past_it(reading)
    opened = await open_database(of_the_server(migrated_postgres_url), clock)
    async with opened.reading() as reading:
        assert await row_security.is_past_it(reading)
    await opened.close()


async def test_a_code_that_another_organisation_has_is_taken_all_the_same(
    database: Database,
) -> None:
    """It is the only thing at a desk that is asked of all."""
    one = await Office.begin(database, issuer=Issuer.TECHSOUP)
    other = await Office.begin(database, team="T0OTHER", name="Speiderne", issuer=Issuer.TECHSOUP)
    other.takes_keys(one.keyring)
    await approve_pasted(one)
    with pytest.raises(CodeTaken):
        await approve_pasted(other)


async def approve_pasted(office: Office) -> None:
    request_id = await office.ask(submission=f"V{office.team}")
    assert request_id is not None
    await office.approve(request_id, by=OLA, pasted="123a4567@Laget")
