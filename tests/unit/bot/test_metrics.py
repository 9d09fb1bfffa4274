"""The metrics by themselves: told at once, whatever the database does, and one bot's alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.operating.metrics import Metrics
from handlers.house import Registry
from storage.database import Reading
from storage.opening import open_database
from tests.migrated import migrated_at_once


async def test_they_are_told_before_there_is_anything_to_look_at() -> None:
    page = (await Metrics().page()).decode()
    assert "godkjenningsbot_database_up 0.0\n" in page
    assert 'godkjenningsbot_acknowledgement_seconds_count{kind="command"} 0.0\n' in page


async def test_a_database_that_never_answers_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def silent() -> AsyncIterator[Reading]:
        await asyncio.Event().wait()
        yield  # type: ignore[misc]

    database = await open_database(migrated_at_once(tmp_path / "ledger.sqlite3"))
    metrics = Metrics()
    metrics.may_look_at(database, Registry([]))
    try:
        assert "godkjenningsbot_database_up 1.0\n" in (await metrics.page()).decode()
        monkeypatch.setattr("bot.operating.seen.LOOK_SECONDS", 0.05)
        monkeypatch.setattr(database, "reading", silent)
        page = (await metrics.page()).decode()
    finally:
        await database.close()
    assert "godkjenningsbot_database_up 0.0\n" in page
    assert "godkjenningsbot_outbox_notices{" not in page


async def test_a_kind_of_request_that_nobody_knows_makes_no_label() -> None:
    metrics = Metrics()
    metrics.acknowledged("", 0.1)
    metrics.not_acknowledged("siri@example.org")
    page = (await metrics.page()).decode()
    assert 'godkjenningsbot_acknowledgement_seconds_count{kind="other"} 1.0\n' in page
    assert 'godkjenningsbot_not_acknowledged_total{kind="other"} 1.0\n' in page


async def test_each_bot_counts_its_own() -> None:
    one, other = Metrics(), Metrics()
    one.swept(0.1)
    assert "godkjenningsbot_sweep_seconds_count 1.0\n" in (await one.page()).decode()
    assert "godkjenningsbot_sweep_seconds_count 0.0\n" in (await other.page()).decode()
