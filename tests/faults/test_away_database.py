"""The database is not there for a while: its server, its file, or room on its disk. What happens
meanwhile is not acknowledged, and taken when Slack brings it again."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from storage.addresses import sqlite_path
from storage.database import DatabaseUnavailable
from storage.migrate import is_current, opened
from tests.conftest import TravellingClock
from tests.faults.test_held_database import DATABASE_SECONDS, SLACK_SECONDS
from tests.faults.test_unwell_database import fill, small_disk
from tests.migrated import migrated_at_once
from tests.slack.stage import COMMAND, FORM, Mode, Stage, stage, without_roll_call

RETRIES = (0.5, 0.5, 0.5)
"""Seconds after which Slack brings an event again: long enough for the database to be back."""

SEND_AWAY = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1"

Away = Callable[[str], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def away(url: str) -> AsyncIterator[None]:
    """While it lasts: the file lies elsewhere; the server has sent everybody away and lets nobody
    in."""
    path = sqlite_path(url)
    if path is not None:
        elsewhere = path.with_name("elsewhere")
        path.rename(elsewhere)
        yield
        elsewhere.rename(path)
        return
    name = urlsplit(url).path.strip("/")
    connection = await asyncpg.connect(url.replace(f"/{name}?", "/postgres?"))
    await connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    try:
        await connection.fetch(SEND_AWAY, name)
        yield
    finally:
        await connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await connection.close()


@asynccontextmanager
async def full(url: str) -> AsyncIterator[None]:
    path = sqlite_path(url)
    assert path
    filled = fill(path.parent)
    yield
    filled.unlink()


@pytest.fixture(autouse=True)
def no_roll_call(monkeypatch: pytest.MonkeyPatch) -> None:
    without_roll_call(monkeypatch)


@contextmanager
def short_waits() -> Iterator[None]:
    """For what cannot come to be: once the database is back, it is waited for as long as ever."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.slack.bolt.DATABASE_SECONDS", DATABASE_SECONDS)
        yield


@pytest.fixture(params=["http", "socket_mode"])
def mode(request: pytest.FixtureRequest) -> Mode:
    answer: Mode = request.param
    return answer


async def what_happens_is_taken_later(play: Stage, trouble: Away) -> None:
    """Somebody asks, an account holder leaves, and a form is sent."""
    await play.kari.types(COMMAND)
    await play.kari.sees("Fornavn")
    await play.kari.fills(FORM)
    async with trouble(play.settings.database_url):
        with short_waits():
            await play.per.says("Hvor lenge varer koden?")
            await play.slack.deactivates(play.anne)
            refused = await play.kari.submits()
        assert "Ingenting er tapt" in str(refused.errors)
    play.bot.wake()  # it would look by itself in some seconds
    await play.per.sees("60 dager")

    async def has_left() -> bool:
        return (await play.standing()).holders == (play.ola.id,)

    await play.until(has_left, "Anne is account holder still")
    assert (await play.kari.submits()).closed
    await play.slack.settles()
    assert len([each for each in play.per.messages() if "60 dager" in each.text()]) == 1
    assert len(await play.waiting()) == 1


@asynccontextmanager
async def played(
    folder: Path, mode: Mode, clock: TravellingClock, url: str
) -> AsyncIterator[Stage]:
    async with stage(
        folder,
        mode=mode,
        clock=clock,
        url=url,
        strict=False,
        retry_delays=RETRIES,
        acknowledgement_timeout=SLACK_SECONDS,
    ) as ready:
        yield ready


async def test_what_happens_while_it_is_away_is_taken_when_it_is_back(
    tmp_path: Path, clock: TravellingClock, migrated_url: str, mode: Mode
) -> None:
    async with played(tmp_path, mode, clock, migrated_url) as play:
        await what_happens_is_taken_later(play, away)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
async def test_what_happens_while_its_disk_is_full_is_taken_when_there_is_room(
    tmp_path: Path, clock: TravellingClock, mode: Mode
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        url = migrated_at_once(disk / "bot.sqlite3")
        async with played(tmp_path, mode, clock, url) as play:
            await what_happens_is_taken_later(play, full)


async def test_one_that_cannot_be_read_is_not_taken_for_one_that_was_never_set_up(
    migrated_url: str,
) -> None:
    """Which would be answered with a migration."""
    async with opened(migrated_url) as database:
        assert await is_current(database)
        async with away(migrated_url):
            with pytest.raises(DatabaseUnavailable):
                await is_current(database)
        assert await is_current(database)
