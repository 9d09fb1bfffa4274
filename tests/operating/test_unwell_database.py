"""Every command, whatever is wrong with the database: one sentence, and an exit code."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import asyncpg
import pytest

from bot.trial.sandbox import Sandbox, SlackError
from storage.keys import new_key
from tests.commands import Command
from tests.conftest import THE_BOT, of_the_server
from tests.faults.health import until
from tests.faults.process import bot_process
from tests.migrated import migrated_at_once
from tests.slack.stage import BOT_SCOPES

COMMANDS = [
    ("organisation", "list"),
    ("organisation", "add", "T1", "Laget"),
    ("organisation", "approve", "T1"),
    ("organisation", "refuse", "T1", "--reason", "Nei"),
    ("organisation", "suspend", "T1"),
    ("account-holder", "list"),
    ("account-holder", "add", "U1"),
    ("account-holder", "remove", "U1"),
    ("outbox", "list"),
    ("outbox", "retry", "--all"),
    ("faq", "unanswered"),
    ("rotate-keys",),
    ("run",),
]

Unwell = Callable[[Path], AbstractContextManager[str]]
"""A database in a folder, with which something is wrong; its address."""


def ledger(folder: Path) -> Path:
    path = folder / "ledger.sqlite3"
    migrated_at_once(path)
    return path


@contextmanager
def locked(folder: Path) -> Iterator[str]:
    path = ledger(folder)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield f"sqlite:///{path}"


@contextmanager
def held(folder: Path) -> Iterator[str]:
    """Whoever only reads gets in."""
    path = ledger(folder)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield f"sqlite:///{path}"


@contextmanager
def damaged(folder: Path) -> Iterator[str]:
    path = ledger(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    yield f"sqlite:///{path}"


@contextmanager
def cut_short(folder: Path) -> Iterator[str]:
    path = ledger(folder)
    path.write_bytes(path.read_bytes()[: 3 * 4096])
    yield f"sqlite:///{path}"


@contextmanager
def no_database(folder: Path) -> Iterator[str]:
    path = folder / "ledger.sqlite3"
    path.write_bytes(b"rubbish " * 4_000)
    yield f"sqlite:///{path}"


@contextmanager
def in_no_folder(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder}/no/such/folder/ledger.sqlite3"


@contextmanager
def a_folder(folder: Path) -> Iterator[str]:
    (folder / "ledger.sqlite3").mkdir()
    yield f"sqlite:///{folder}/ledger.sqlite3"


@contextmanager
def of_another_shape(folder: Path) -> Iterator[str]:
    path = ledger(folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE questions DROP COLUMN picked")
    yield f"sqlite:///{path}"


@contextmanager
def of_somebody_else(folder: Path) -> Iterator[str]:
    """Who keeps people, too."""
    path = folder / "members.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
    yield f"sqlite:///{path}"


@contextmanager
def without_a_table(folder: Path) -> Iterator[str]:
    """Of an older version, and broken."""
    path = ledger(folder)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
        connection.execute("DROP TABLE code_requests")
    yield f"sqlite:///{path}"


@contextmanager
def of_a_newer_bot(folder: Path) -> Iterator[str]:
    path = ledger(folder)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    yield f"sqlite:///{path}"


@contextmanager
def unreachable(folder: Path) -> Iterator[str]:
    yield "postgresql://nobody@127.0.0.1:9/nothing"


@contextmanager
def on_a_full_disk(folder: Path) -> Iterator[str]:
    with small_disk(folder / "disk") as disk:
        path = ledger(disk)
        with (disk / "filling").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        yield f"sqlite:///{path}"


@contextmanager
def on_a_disk_to_be_read(folder: Path) -> Iterator[str]:
    with small_disk(folder / "disk") as disk:
        path = ledger(disk)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield f"sqlite:///{path}"


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


STATES = [
    locked, held, of_somebody_else, damaged, cut_short, no_database,
    in_no_folder, a_folder, of_another_shape, of_a_newer_bot, unreachable, on_a_full_disk,
    on_a_disk_to_be_read,
]  # fmt: skip


@pytest.mark.parametrize("state", STATES)
async def test_every_command_says_it_in_one_sentence(tmp_path: Path, state: Unwell) -> None:
    with state(tmp_path) as url:
        await all_say_it(tmp_path, url)


async def test_what_is_no_whole_ledger_is_told_by_whoever_would_work_on_it(tmp_path: Path) -> None:
    with without_a_table(tmp_path) as url:
        await commands_say_it(tmp_path, url)


async def test_so_it_does_where_postgresql_permits_nothing(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(of_the_server(migrated_postgres_url))
    try:
        await connection.execute("CREATE ROLE stranger LOGIN")
        await all_say_it(tmp_path, migrated_postgres_url.replace(f"{THE_BOT}:@", "stranger:@"))
    finally:
        await connection.execute("DROP ROLE stranger")
        await connection.close()


async def all_say_it(folder: Path, url: str) -> None:
    examined = command(folder, url, ("doctor",))
    _, (code, written) = await asyncio.gather(
        commands_say_it(folder, url), asyncio.to_thread(examined.finished, 60)
    )
    told = said(written)
    assert [line[:2] for line in told[:2]] == ["✓ ", "✗ "]
    assert (code, sum(line.startswith("✗ Database: ") for line in told)) == (2, 1), told


async def commands_say_it(folder: Path, url: str) -> None:
    """At once: some wait for ten seconds first, and in vain."""
    begun = [command(folder, url, words) for words in COMMANDS]
    ended = await asyncio.gather(*(asyncio.to_thread(each.finished, 60) for each in begun))
    for words, (code, written) in zip(COMMANDS, ended, strict=True):
        told = said(written)
        assert (code, len(told)) == (2, 1), (words, told)
        assert "atabase" in told[0], (words, told)


def command(folder: Path, url: str, words: tuple[str, ...]) -> Command:
    environment = {
        "PATH": os.environ["PATH"],
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SECRET_KEY": new_key(),
        "PORT": "0",
        "LOG_FORMAT": "json",
        "DATABASE_URL": url,
    }
    return Command(words, folder, environment)


def said(written: str) -> list[str]:
    """The lines that are not the log's."""
    return [line for line in written.splitlines() if not _is_log(line)]


def _is_log(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


async def test_a_bot_whose_file_was_taken_away_tells_the_doctor(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        async with bot_process(slack, tmp_path, [ola], socket_mode=True) as bot:
            port = await bot.start()
            environment = {**bot.environment, "PORT": str(port)}
            examined = Command(("doctor",), tmp_path, environment)
            code, told = await asyncio.to_thread(examined.finished)
            assert (code, "✓ Boten som kjører" in told) == (0, True), told
            path = tmp_path / "bot.sqlite3"
            shutil.copy(path, tmp_path / "copy")
            (tmp_path / "copy").replace(path)
            await until(port, 503)
            examined = Command(("doctor",), tmp_path, environment)
            code, told = await asyncio.to_thread(examined.finished)
            assert "✗ Boten som kjører: er ikke i orden: database (file_gone)" in told
            assert code == 1


@pytest.mark.parametrize(
    ("refused", "told"),
    [("auth.test", "SLACK_BOT_TOKEN: "), ("apps.connections.open", "SLACK_APP_TOKEN: ")],
)
async def test_the_doctor_blames_the_token_that_was_refused_and_the_address_that_is_not_slack(
    tmp_path: Path, refused: str, told: str
) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        slack.workspace.fail(refused, SlackError("invalid_auth"), times=1)
        async with bot_process(slack, tmp_path, [], socket_mode=True) as bot:
            examined = Command(("doctor",), tmp_path, bot.environment)
            _, written = await asyncio.to_thread(examined.finished)
            assert f"✗ Slack: {told}" in written
            assert "SLACK_API_URL peker et annet sted" in written
            bot.environment["SLACK_API_URL"] = slack.api_url.replace("/api", "/nowhere")
            examined = Command(("doctor",), tmp_path, bot.environment)
            _, written = await asyncio.to_thread(examined.finished)
            assert "✗ Slack: svaret er ikke slik Slack svarer" in written
