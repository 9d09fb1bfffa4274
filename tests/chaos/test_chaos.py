"""Half a minute of everything failing, on each database: what `make chaos` does for longer."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.checking import check
from tests.chaos.on_postgresql import postgres_database
from tests.chaos.on_sqlite import sqlite_database
from tests.chaos.plans import short
from tests.chaos.report import report
from tests.chaos.run import played

SEED = 20260301

LEAST_DONE = 20
"""Deeds, of whatever kind, on a machine that has little time for them too."""

pytestmark = pytest.mark.timeout(240)  # for a busy machine


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_when_all_trouble_is_over_people_were_told_what_the_ledger_says(
    tmp_path: Path, database: str
) -> None:
    ledger = sqlite_database(tmp_path) if database == "sqlite" else postgres_database()
    async with ledger as opened:
        run = await played(short(SEED, socket_mode=database != "sqlite"), opened, tmp_path)
    await asyncio.to_thread((tmp_path / "record.txt").write_text, run.record)
    assert not [each for each in check(run.evidence) if each.kind.is_violation], report(run)
    assert run.figures.deeds.total() >= LEAST_DONE
