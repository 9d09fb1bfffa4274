"""A backup is taken while a bot is busy: all that was acknowledged before is in it, and a bot that
starts on what was restored goes on from there."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bot.trial.sandbox import Human, Sandbox
from tests.faults.process import BotProcess, bot_process
from tests.operating.test_command_line import CommandLine
from tests.slack.stage import BOT_SCOPES, COMMAND, FORM

DATABASE_URL = "sqlite:///bot.sqlite3"
CODE = "@RodeKors"


async def starts(bot: BotProcess, slack: Sandbox, *, socket_mode: bool) -> None:
    port = await bot.start()
    if socket_mode:
        await slack.socket_mode.connected()
    else:
        await slack.connect_http(f"http://127.0.0.1:{port}/slack/events")


async def asks(person: Human) -> None:
    await person.types(COMMAND)
    await person.sees("Fornavn")
    await person.fills(FORM)
    outcome = await person.submits()
    if outcome.updated:  # an account holder sees the code
        await person.closes(everything=True)
    else:
        assert outcome.closed


async def ask_for_ever(person: Human, acknowledged: list[str], enough: asyncio.Event) -> None:
    while True:
        await asks(person)
        acknowledged.append(person.id)
        if len(acknowledged) >= 5:
            enough.set()


async def backed_up_meanwhile(busy: Path, acknowledged: list[str]) -> int:
    """How many had been acknowledged before a backup during which more were: one is quick, and may
    fall between two."""
    command = CommandLine(busy, DATABASE_URL=DATABASE_URL)
    for _ in range(50):
        before = len(acknowledged)
        code, said = await asyncio.to_thread(command, "backup", "../copy.tar", "--replace")
        assert code == 0, said
        if len(acknowledged) > before:
            return before
    raise AssertionError("nothing was acknowledged during any backup")


def asked(folder: Path) -> int:
    ledger = sqlite3.connect(folder / "bot.sqlite3")
    (count,) = ledger.execute("SELECT count(*) FROM code_requests").fetchone()
    ledger.close()
    return int(count)


@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket_mode"])
async def test_a_backup_of_a_busy_bot_holds_all_that_was_acknowledged_before(
    tmp_path: Path, socket_mode: bool
) -> None:
    busy, restored = tmp_path / "busy", tmp_path / "restored"
    busy.mkdir()
    restored.mkdir()
    async with Sandbox(scopes=BOT_SCOPES, patience=20.0) as slack:
        ola = slack.person("Ola", "Nordmann", email="ola@example.org")
        people = [slack.person(f"Person{n}", "N", email=f"p{n}@example.org") for n in range(4)]
        async with bot_process(slack, busy, [ola], socket_mode=socket_mode) as bot:
            del bot.environment["SECRET_KEY"]  # the key is beside the database
            await starts(bot, slack, socket_mode=socket_mode)
            await asks(ola)  # who approves at once
            await ola.sees("Koden din er klar")
            acknowledged: list[str] = []
            enough = asyncio.Event()
            load = [asyncio.create_task(ask_for_ever(who, acknowledged, enough)) for who in people]
            async with asyncio.timeout(20):
                await enough.wait()
            before = await backed_up_meanwhile(busy, acknowledged)
            for task in load:
                task.cancel()
            await asyncio.gather(*load, return_exceptions=True)
            await bot.terminate()
            command = CommandLine(restored, DATABASE_URL=DATABASE_URL)
            code, said = await asyncio.to_thread(command, "restore", "../copy.tar")
            assert code == 0, said
            assert before <= asked(restored) <= asked(busy)
            bot.folder = restored
            await starts(bot, slack, socket_mode=socket_mode)
            await ola.clicks("Vis koden")
            await ola.sees(CODE)
            await asks(people[0])
