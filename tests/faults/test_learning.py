"""A bot that is told to end while it learns ends, and what it learns with ends as well."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import psutil

from bot.trial.sandbox import Sandbox
from tests.commands import ROOT
from tests.faults.process import bot_process

NEVER_DONE = "import time\n\ntime.sleep(600)\n"


async def test_nothing_is_left_of_a_bot_that_ends_while_it_learns(tmp_path: Path) -> None:
    for room in ("bot", "handlers", "storage", "templates"):
        shutil.copytree(ROOT / room, tmp_path / room)
    (tmp_path / "handlers" / "faq" / "training.py").write_text(NEVER_DONE)
    async with (
        Sandbox() as slack,
        bot_process(slack, tmp_path, [], socket_mode=True, PYTHONPATH=str(tmp_path)) as bot,
    ):
        bot.command = (sys.executable, "-m", "bot", "run")
        await bot.begin()
        await bot.writes(b"learning_phrasings")
        learning = await learner(os.getpid())
        assert await bot.terminate() == 0
        assert b"stopped_in_the_middle" not in bot.written
        assert not learning.is_running()


async def learner(parent: int) -> psutil.Process:
    """The process in which it is learnt, below ours."""
    for _ in range(500):
        for process in psutil.Process(parent).children(recursive=True):
            if "handlers.faq.training" in process.cmdline():
                return process
        await asyncio.sleep(0.02)
    raise AssertionError("nothing is learnt")
