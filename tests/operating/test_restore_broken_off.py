"""`restore`, killed at any point at which it touches what is there: the old ledger is there or the
new one, whole, and with the keys for it."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage import key_file
from storage.backup import back_up
from storage.restoring import restore
from tests.operating.ledgers import LEDGER, crashed, ledger_in, office_in, whose

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FORKS = multiprocessing.get_context("forkserver")
STEPS = ("link", "rename", "replace", "unlink")
KILLED = 9


def restored_until(step: int, backup: Path, database: Path) -> None:
    """In a process of its own, which ends before it takes the step of this number."""
    count = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def take(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                os._exit(KILLED)
            return real(*arguments, **options)

        return take

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))
    asyncio.run(restore(backup, database, (), NOW, replace=True))


async def left_by(step: int, backup: Path, database: Path) -> int | None:
    process = FORKS.Process(target=restored_until, args=(step, backup, database))
    process.start()
    await asyncio.to_thread(process.join)
    return process.exitcode


@pytest.mark.parametrize("there", ["running", "nothing"])
async def test_killed_at_any_step(tmp_path: Path, there: str) -> None:
    home, backup = await ledger_in(tmp_path / "home"), tmp_path / "copy.tar"
    await back_up(home, backup, (), NOW, replace=False)
    async with office_in(tmp_path / "running", "Naboen"):
        code: int | None = KILLED
        step, seen = 0, set()
        while code == KILLED:
            step += 1
            database = tmp_path / f"killed-{step}" / LEDGER
            if there == "running":
                crashed(tmp_path / "running", database.parent)
            else:
                database.parent.mkdir()
            code = await left_by(step, backup, database)
            seen.add(await whose(database) if database.exists() else "nothing")
    assert code == 0
    assert step > 5
    assert seen == {"Naboen" if there == "running" else "nothing", "Røde Kors"}
    assert key_file.read(key_file.beside(database)) == key_file.read(key_file.beside(home))
