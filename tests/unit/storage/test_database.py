"""Transactions: all or nothing, one time, aware UTC, and addresses as people write them."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from storage import events, holding, organisations, schema
from storage import sql as sa
from storage.addresses import UnknownDatabase, postgres_url, sqlite_path
from storage.compiling import DefaultOfPython
from storage.database import Database, DatabaseUnavailable
from storage.desk import Ledger
from storage.migrate import UnknownRevision, is_current, migrate, opened
from storage.opening import open_database
from storage.sql import among, insert_new
from storage.sql_text import UnknownValue
from tests.conftest import TravellingClock
from tests.unit.storage.cast import Office

COUNT_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_an_exception_rolls_everything_back(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as transaction:
            await organisations.add(transaction, "T1", "En")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.reading() as transaction:
        assert await organisations.list_all(transaction) == []


async def test_a_cancelled_transaction_rolls_back_and_the_next_one_works(
    database: Database,
) -> None:
    inside = asyncio.Event()

    async def never_ends() -> None:
        async with database.transaction() as transaction:
            await organisations.add(transaction, "T1", "En")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_ends())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.transaction() as transaction:
        assert await organisations.add(transaction, "T2", "To")
        assert len(await organisations.list_all(transaction)) == 1


async def test_a_transaction_cancelled_while_it_begins_leaves_the_way_free(
    database: Database,
) -> None:
    async def write(team: str) -> None:
        async with database.transaction() as transaction:
            await organisations.add(transaction, team, "Navn")

    tasks = [asyncio.create_task(write(f"T{number}")) for number in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with database.transaction() as transaction:
        assert await organisations.add(transaction, "TLAST", "Siste")


async def test_moments_come_back_as_aware_utc(database: Database, clock: TravellingClock) -> None:
    clock.now = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Oslo"), fold=1)
    office = await Office.begin(database)
    created_at = office.standing.organisation.created_at
    assert created_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert created_at.utcoffset() == datetime(2026, 1, 1, tzinfo=UTC).utcoffset()


async def test_a_moment_without_a_time_zone_is_refused(
    database: Database, clock: TravellingClock
) -> None:
    clock.now = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        async with database.transaction() as transaction:
            await events.take(transaction, "Ev1")


BY_TEAM = sa.select(schema.organisations).where(
    schema.organisations.c.team_id == sa.bindparam("team_id")
)


async def test_a_left_out_parameter_is_an_error_and_no_null(database: Database) -> None:
    async with database.reading() as transaction:
        with pytest.raises(KeyError):
            await transaction.rows(BY_TEAM)


async def test_a_value_that_no_statement_asks_for_is_an_error(database: Database) -> None:
    row = {"id": "O1", "team_id": "T1", "name": "En", "shortname": "En"}
    async with database.transaction() as transaction:
        with pytest.raises(UnknownValue, match="shortname"):
            await transaction.run(sa.insert(schema.organisations), **row)
        with pytest.raises(UnknownValue, match="team"):
            await transaction.rows(BY_TEAM, team_id="T1", team="T1")


ADD_MISSES = insert_new(schema.misses, "id")
MISSES = sa.select(schema.misses).order_by(schema.misses.c.id)


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 31, 100])
async def test_many_rows_are_written_each_as_it_is_and_none_twice(
    database: Database, clock: TravellingClock, count: int
) -> None:
    rows = [
        {"id": f"{n:03}", "count": n, "forget_at": clock.now + timedelta(minutes=n)}
        for n in range(count)
    ]
    async with database.transaction() as transaction:
        await transaction.run(ADD_MISSES, id="001", count=99, forget_at=clock.now)
        await transaction.run_many(ADD_MISSES, [*rows, *rows[-1:]])
    rows[1:2] = [{"id": "001", "count": 99, "forget_at": clock.now}]
    async with database.reading() as reading:
        found = await reading.rows(MISSES)
    assert found == [{**row, "locked_until": None} for row in rows or found]


async def test_of_many_rows_each_has_all_that_the_first_has(
    database: Database, clock: TravellingClock
) -> None:
    whole = {"id": "1", "count": 1, "forget_at": clock.now}
    async with database.transaction() as transaction:
        with pytest.raises(KeyError):
            await transaction.run_many(ADD_MISSES, [whole, {"id": "2", "count": 2}])
        with pytest.raises(UnknownValue):
            await transaction.run_many(ADD_MISSES, [whole, {**whole, "locked_until": clock.now}])


@pytest.mark.parametrize("is_asked_after", [True, False])
async def test_what_a_rule_of_the_tables_refuses_takes_all_with_it(
    database: Database, is_asked_after: bool
) -> None:
    """Wherever it is found out: SQLite is told with the next question, or at the end."""

    async def write() -> None:
        async with database.transaction() as transaction:
            await organisations.add(transaction, "T1", "En")
            await transaction.run(sa.insert(schema.pulse), id="1", weight=b"")
            await transaction.run(sa.insert(schema.pulse), id="1", weight=b"")
            if is_asked_after:
                await organisations.list_all(transaction)

    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        await write()
    async with database.transaction() as transaction:
        assert await organisations.list_all(transaction) == []
        await transaction.run(sa.insert(schema.pulse), id="1", weight=b"")


OF_ODD_NAME = sa.select(schema.organisations.c.id).where(
    schema.organisations.c.name == "Åse's 100 %s \\ $1 ? :x",
    schema.organisations.c.id == sa.bindparam("of_id"),
)


async def test_a_constant_is_a_part_of_the_text_whatever_is_in_it(database: Database) -> None:
    async with database.transaction() as transaction:
        await organisations.add(transaction, "T1", "Åse's 100 %s \\ $1 ? :x")
        (found,) = await transaction.rows(BY_TEAM, team_id="T1")
        assert await transaction.rows(OF_ODD_NAME, of_id=found["id"]) == [{"id": found["id"]}]
        assert await transaction.rows(OF_ODD_NAME, of_id="another") == []


async def test_what_is_not_given_of_a_row_is_the_databases_own_default(database: Database) -> None:
    table = sa.Table(
        "with_defaults",
        sa.MetaData(),
        sa.Column("id", sa.String(4), primary_key=True),
        sa.Column("word", sa.Text, nullable=False, server_default="unsaid"),
    )
    made = "CREATE TEMPORARY TABLE with_defaults (id TEXT, word TEXT NOT NULL DEFAULT 'unsaid')"
    async with database.transaction() as transaction:
        await transaction.rows(sa.text(made))
        await transaction.run(sa.insert(table), id="one")
        await transaction.run(sa.insert(table), id="two", word="said")
        found = await transaction.rows(sa.select(table).order_by(table.c.id))
    assert [row["word"] for row in found] == ["unsaid", "said"]


async def test_a_default_that_sqlalchemy_would_run_is_refused(database: Database) -> None:
    table = sa.Table(
        "with_defaults", sa.MetaData(), sa.Column("id"), sa.Column("word", sa.Text, default="said")
    )
    async with database.transaction() as transaction:
        with pytest.raises(DefaultOfPython):
            await transaction.run(sa.insert(table), id="one")


async def test_a_list_is_one_parameter_however_long(office: Office) -> None:
    statement = sa.select(schema.organisations.c.team_id).where(
        among(schema.organisations.c.team_id, "teams")
    )
    async with office.database.reading() as transaction:
        for teams in ([], ["T0NONE"], [f"T{number}" for number in range(2_000)]):
            assert await transaction.rows(statement, teams=teams) == []
        assert len(await transaction.rows(statement, teams=["T0NONE", office.team])) == 1


async def test_several_processes_may_migrate_at_once(database_url: str) -> None:
    await asyncio.gather(*(migrate(database_url) for _ in range(4)))
    database = await open_database(database_url)
    assert await is_current(database)
    await database.close()


async def test_an_empty_database_is_not_current(database_url: str) -> None:
    database = await open_database(database_url)
    assert not await is_current(database)
    await database.close()


async def test_writers_wait_for_each_other(office: Office, migrated_url: str) -> None:
    """Two processes' worth of connections to one database, and no update is lost."""
    other = await open_database(migrated_url)

    async def add(database: Database, number: int) -> None:
        async with Ledger(database).deciding(office.team) as desk:
            await holding.add(desk, f"U{number}", "operator")

    await asyncio.gather(
        *(add(other if number % 2 else office.database, number) for number in range(20))
    )
    await other.close()
    assert len((await office.look()).holders) == 22


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///bot.sqlite3", "bot.sqlite3"),
        ("sqlite:////var/lib/bot.sqlite3", "/var/lib/bot.sqlite3"),
        ("sqlite+aiosqlite:///bot%20min.sqlite3", "bot min.sqlite3"),
        ("postgresql://localhost/bot", None),
    ],
)
def test_sqlite_addresses(url: str, path: str | None) -> None:
    assert sqlite_path(url) == (Path(path) if path else None)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgres://u:p@localhost:5432/bot", "postgresql://u:p@localhost:5432/bot"),
        ("postgresql+asyncpg://localhost/bot", "postgresql://localhost/bot"),
        (
            "postgresql://postgres:@/bot?host=/var/run/postgresql",
            "postgresql://postgres:@/bot?host=/var/run/postgresql",
        ),
        ("sqlite:///bot", None),
    ],
)
def test_postgresql_addresses(url: str, address: str | None) -> None:
    assert postgres_url(url) == address


async def test_an_address_of_neither_kind_is_refused() -> None:
    for url in ("mysql://localhost/bot", "bot.sqlite3", "sqlite://", "sqlite://host/bot"):
        with pytest.raises(UnknownDatabase):
            await open_database(url)


async def test_a_database_that_is_not_there_says_so(tmp_path: Path) -> None:
    for url in (
        f"sqlite:///{tmp_path}/no/such/folder/bot.sqlite3",
        f"postgresql://postgres@/bot?host={tmp_path}",
        "postgresql://postgres@127.0.0.1:99999/bot",
    ):
        with pytest.raises(DatabaseUnavailable):
            await open_database(url)


async def test_a_database_of_a_newer_bot_is_refused_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.sqlite3"
    await migrate(url)
    with sqlite3.connect(tmp_path / "bot.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(UnknownRevision):
        await migrate(url)


async def test_opening_a_database_again_takes_no_locks_away(tmp_path: Path) -> None:
    """POSIX locks go with ANY descriptor of the file that is closed in the same process. Without
    them the next process to close the database takes itself for the last, and removes the log
    that this one still writes."""
    url = f"sqlite:///{tmp_path}/bot.sqlite3"
    await migrate(url)
    database = await open_database(url)
    async with database.transaction() as transaction:
        await organisations.add(transaction, "T1", "En")
    again = await open_database(url)
    await again.close()
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT count(*) FROM"
    look += " organisations').fetchone(); c.close()"
    path = tmp_path / "bot.sqlite3"
    subprocess.run([sys.executable, "-c", look, path], check=True)  # noqa: ASYNC221
    log_is_there = path.with_name("bot.sqlite3-wal").exists()
    await database.close()
    assert log_is_there


async def test_a_database_that_is_replaced_while_it_is_opened_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a restore, in that very moment."""
    url, path = f"sqlite:///{tmp_path}/bot.sqlite3", tmp_path / "bot.sqlite3"
    await migrate(url)
    (tmp_path / "restored").write_bytes(path.read_bytes())

    def replace(*_: object) -> None:
        (tmp_path / "restored").replace(path)

    monkeypatch.setattr("storage.on_sqlite._require_readable", replace)
    with pytest.raises(DatabaseUnavailable):
        await (await open_database(url)).close()
    monkeypatch.undo()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]  # noqa: ASYNC240
    await (await open_database(url)).close()


async def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path}/bot.sqlite3")
    database = await open_database(f"sqlite:///{tmp_path}/new.sqlite3")
    await database.close()
    assert stat.S_IMODE((tmp_path / "new.sqlite3").stat().st_mode) == 0o600


async def test_a_database_that_another_holds_at_the_start_is_one_sentence_and_no_thread_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.patience.LOCK_WAIT_SECONDS", 0.1)
    path = tmp_path / "bot.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE something (id)")
    holder.execute("BEGIN IMMEDIATE")  # it can be read, and cannot be brought to WAL
    before = set(threading.enumerate())
    with pytest.raises(DatabaseUnavailable):
        await open_database(f"sqlite:///{path}")
    for thread in set(threading.enumerate()) - before:
        await asyncio.to_thread(thread.join, 5.0)
        assert not thread.is_alive()
    holder.close()


async def test_a_start_that_is_called_off_anywhere_leaves_nothing_open(migrated_url: str) -> None:
    before, turns = set(threading.enumerate()), 0
    while not await called_off(opened(migrated_url), turns):
        turns += turns // 4 + 1
    assert turns > 5
    for thread in set(threading.enumerate()) - before:
        await asyncio.to_thread(thread.join, 5.0)
        assert not thread.is_alive()
    if sqlite_path(migrated_url) is None:
        await nobody_is_left_at(migrated_url)


async def called_off(start: AbstractAsyncContextManager[Database], turns: int) -> bool:
    """After so many turns of the loop; whether there was nothing left to call off."""

    async def open_and_close() -> None:
        async with start:
            pass

    starting = asyncio.create_task(open_and_close())
    for _ in range(turns):
        await asyncio.sleep(0)
    starting.cancel()
    await asyncio.wait([starting])
    return not starting.cancelled()


async def nobody_is_left_at(url: str) -> None:
    """PostgreSQL hears a moment later that somebody has hung up."""
    connection = await asyncpg.connect(url)
    for _ in range(200):
        if not await connection.fetchval(COUNT_OTHERS):
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError("somebody has not hung up")
    await connection.close()
