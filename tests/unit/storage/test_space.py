"""SQLite gives the disk back what it took, and keeps nothing of what is forgotten."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from storage import organisations, retention, space
from storage.migrate import migrate, opened, with_connection
from storage.opening import open_database
from storage.records import ENDED_LIFETIME
from tests.conftest import TravellingClock
from tests.migrated import migrated_at_once
from tests.unit.storage.cast import Office
from tests.unit.storage.filling import fill_ended

FILL = "INSERT INTO filler SELECT randomblob(4000) FROM json_each(?)"
MANY = "[" + ",".join(["0"] * 1_000) + "]"


def pragma(path: Path, name: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
        return value


def fill_and_empty(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE filler (filling BLOB)")
        connection.execute(FILL, (MANY,))
        connection.execute("DROP TABLE filler")


async def test_a_new_database_gives_space_back(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    await migrate(f"sqlite:///{path}")
    assert pragma(path, "auto_vacuum") == space.INCREMENTAL
    opened_first = tmp_path / "other.sqlite3"
    await (await open_database(f"sqlite:///{opened_first}")).close()
    await migrate(f"sqlite:///{opened_first}")
    assert pragma(opened_first, "auto_vacuum") == space.INCREMENTAL


async def test_what_is_free_goes_back_a_little_at_a_time_but_for_what_is_to_spare(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bot.sqlite3"
    url = migrated_at_once(path)
    fill_and_empty(path)
    free = [pragma(path, "freelist_count")]
    async with opened(url) as database:
        while free[-1] > space.SPARE_PAGES:
            await database.give_back_space()
            free.append(pragma(path, "freelist_count"))
            most = min(space.PAGES_AT_ONCE, free[-2] - space.SPARE_PAGES)
            assert free[-2] - free[-1] == most
        await database.give_back_space()
    assert free[-1] == pragma(path, "freelist_count") == space.SPARE_PAGES
    assert path.stat().st_size == pragma(path, "page_count") * 4096


async def test_space_is_given_back_another_time_when_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    url = migrated_at_once(path)
    fill_and_empty(path)
    free = pragma(path, "freelist_count")
    async with opened(url) as database:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await database.give_back_space()
            assert pragma(path, "freelist_count") == free
        await database.give_back_space()
    assert pragma(path, "freelist_count") < free


async def test_nothing_of_whom_is_forgotten_stays_in_the_file(
    tmp_path: Path, clock: TravellingClock
) -> None:
    path = tmp_path / "bot.sqlite3"
    async with opened(migrated_at_once(path), clock) as database:
        office = await Office.begin(database)
        await fill_ended(database, office.standing, 500, ENDED_LIFETIME)
        assert b"Etternavn" in written(path)
        await retention.sweep(office.ledger)
    assert b"Etternavn" not in written(path)
    assert b"@example.org" not in written(path)


async def old_ledger(path: Path) -> str:
    """As a bot made it that knew nothing of giving space back, with an organisation in it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE of_old (thing)")
    url = f"sqlite:///{path}"
    await with_connection(url, to_the_second_revision)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(AN_ORGANISATION)
        connection.commit()
    assert pragma(path, "auto_vacuum") == 0
    return url


AN_ORGANISATION = """
    INSERT INTO organisations (id, team_id, name, short_name, issuer, state, created_at)
    VALUES ('O1', 'T1', 'Navn', 'Navn', 'bot', 'approved', '2026-01-01T00:00:00.000000+00:00')
"""


def to_the_second_revision(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(space.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")


async def test_an_older_database_is_written_anew_once_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    url = await old_ledger(path)
    await asyncio.gather(migrate(url), migrate(url))
    assert pragma(path, "auto_vacuum") == space.INCREMENTAL
    async with opened(url) as database, database.reading() as reading:
        assert [each.team_id for each in await organisations.list_all(reading)] == ["T1"]


@pytest.mark.parametrize("why", ["full", "held"])
async def test_where_it_cannot_be_written_anew_all_goes_on_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, why: str
) -> None:
    path = tmp_path / "bot.sqlite3"
    url = await old_ledger(path)
    monkeypatch.setattr(space, "WAIT_SECONDS", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    if why == "full":
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(free=1_000))
    else:
        other.execute("BEGIN IMMEDIATE")
    space.make_it_give_space_back(path)
    other.close()
    assert [record.getMessage() for record in caplog.records] == ["space_not_given_back"]
    assert pragma(path, "auto_vacuum") == 0
    async with opened(url) as database:
        await database.give_back_space()


class Disk(NamedTuple):
    free: int


def written(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))
