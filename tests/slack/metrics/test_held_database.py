"""The metrics while the database does not do what is asked of it."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiosqlite
import asyncpg
import pytest

from storage.addresses import sqlite_path
from tests.conftest import TravellingClock
from tests.slack.metrics.scraping import scraped, told, until, value
from tests.slack.stage import stage

Hold = Callable[[str], AbstractAsyncContextManager[None]]


async def test_an_event_that_was_not_taken_is_counted_as_such(
    tmp_path: Path, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.bolt.DATABASE_SECONDS", 0.1)
    async with stage(tmp_path, clock=clock, has_metrics=True, strict=False) as play:
        path = sqlite_path(play.settings.database_url)
        assert path
        async with aiosqlite.connect(path, isolation_level=None) as other:
            await other.execute("BEGIN IMMEDIATE")
            await play.per.says("Hvor lenge varer koden?")
            await until(play, 4, "not_acknowledged_total", kind="event")
            assert await value(play, "database_up") == 1
        assert await value(play, "database_wait_seconds_count", reason="lock")


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another process has the outbox to itself."""
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


@asynccontextmanager
async def frozen(url: str) -> AsyncIterator[None]:
    """The server answers nothing, not even that it is to let a statement be."""
    connection = await asyncpg.connect(url)
    others = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    for other in others:
        os.kill(other["pid"], signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            os.kill(other["pid"], signal.SIGCONT)
        await connection.close()


@pytest.mark.parametrize("hold", [locked, frozen])
async def test_a_scrape_tells_what_it_knows_while_the_database_does_not_answer(
    migrated_postgres_url: str,
    tmp_path: Path,
    clock: TravellingClock,
    monkeypatch: pytest.MonkeyPatch,
    hold: Hold,
) -> None:
    monkeypatch.setattr("bot.operating.seen.LOOK_SECONDS", 0.1)
    url = migrated_postgres_url
    async with stage(tmp_path, clock=clock, url=url, has_metrics=True) as play:
        await until(play, 0, "outbox_notices", state="due")
        async with hold(url):
            metrics = await scraped(play)
            assert told(metrics, "database_up") == 0
            assert told(metrics, "outbox_notices", state="due") is None
            assert told(metrics, "outbox_oldest_due_seconds", turn="answer") is None
            assert told(metrics, "workspace_taken", team=play.slack.workspace.team_id) == 1
        await until(play, 1, "database_up")
        await until(play, 0, "outbox_notices", state="due")
