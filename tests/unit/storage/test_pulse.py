"""Whether the ledger can be written is found out by writing, at most so often."""

from pathlib import Path

import pytest

from storage import organisations, schema
from storage import sql as sa
from storage.database import Database, DatabaseBusy, DatabaseFailed
from storage.migrate import opened
from storage.opening import open_database
from storage.pulse import KEEP_SECONDS, LOOK_SECONDS, Pulse
from tests.conftest import TravellingClock
from tests.migrated import migrated_at_once

REFUSING = """
    CREATE TRIGGER no_codes BEFORE INSERT ON codes BEGIN SELECT RAISE(ABORT, 'none'); END
"""


async def test_nothing_that_was_written_for_it_stays(database: Database) -> None:
    assert await Pulse(database).trouble() == ""
    async with database.reading() as transaction:
        assert await transaction.rows(sa.select(schema.pulse.c.id)) == []


async def test_however_often_it_is_asked_it_is_written_seldom(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    async def count(_database: Database) -> None:
        nonlocal written
        written += 1
        raise DatabaseBusy

    monkeypatch.setattr("storage.pulse.write", count)
    now = 1_000.0
    pulse = Pulse(database, lambda: now)
    assert [await pulse.trouble() for _ in range(100)] == ["busy"] * 100
    assert written == 1
    now += KEEP_SECONDS
    await pulse.trouble()
    assert written == 2


async def test_a_disk_without_room_is_told_and_so_is_that_there_is_room_again(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with opened(migrated_at_once(tmp_path / "ledger.sqlite3"), clock) as database:
        await limit_pages(database, 1)  # no less than there are
        assert await Pulse(database).trouble() == "disk_full"
        with pytest.raises(DatabaseFailed) as failed:
            async with database.transaction() as transaction:
                await organisations.add(transaction, "T1", "x" * 9_000)
        assert failed.value.reason == "disk_full"
        await limit_pages(database, 1_000_000)
        assert await Pulse(database).trouble() == ""


async def limit_pages(database: Database, most: int) -> None:
    async with database.transaction() as transaction:
        limit = sa.text(f"PRAGMA max_page_count = {most}")
        await transaction.rows(limit.columns(sa.column("max_page_count")))


async def test_a_server_that_may_only_be_read_is_told(postgres_url: str) -> None:
    """As one is that has taken over for another and is not yet in charge."""
    async with opened(postgres_url) as database, database.transaction() as transaction:
        name = postgres_url.partition("?")[0].rpartition("/")[2]
        await transaction.run(
            sa.text(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        )
    database = await open_database(postgres_url)
    assert await Pulse(database).trouble() == "read_only"
    await database.close()


async def test_a_table_that_somebody_holds_is_told(
    migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(migrated_postgres_url) as one, opened(migrated_postgres_url) as other:
        async with one.transaction() as transaction:
            await transaction.run(sa.text("LOCK TABLE outbox IN EXCLUSIVE MODE"))
            with monkeypatch.context() as impatient:
                impatient.setattr("storage.pulse.WAIT_SECONDS", 0.2)
                assert await Pulse(other).trouble() == "busy"
        assert await Pulse(other).trouble() == ""


@pytest.mark.parametrize("change", ["DROP TABLE audit", REFUSING], ids=["a table", "a trigger"])
async def test_tables_that_are_changed_by_hand_are_told(
    tmp_path: Path, clock: TravellingClock, change: str
) -> None:
    async with opened(migrated_at_once(tmp_path / "ledger.sqlite3"), clock) as database:
        now = 1_000.0
        pulse = Pulse(database, lambda: now)
        assert await pulse.trouble() == ""
        async with database.transaction() as transaction:
            await transaction.run(sa.text(change))
        now += LOOK_SECONDS
        assert await pulse.trouble() == "other_tables"
