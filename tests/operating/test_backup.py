"""`backup` and `restore`, as an operator runs them: what was there is there again, and whatever
goes wrong harms nothing."""

import asyncio
import json
import os
import signal
import sqlite3
import stat
import tarfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.trial.sandbox import Sandbox
from storage import archive
from storage.keys import new_key
from tests.commands import GENUINE, ROOT
from tests.faults.process import bot_process
from tests.operating.ledgers import LEDGER, crashed, held, ledger_in, office_in, whose
from tests.operating.test_command_line import CommandLine
from tests.slack.stage import BOT_SCOPES

KEY = f"{LEDGER}.key"


async def told(folder: Path, *words: str, **settings: str) -> tuple[int, str]:
    return await asyncio.to_thread(CommandLine(folder, **settings), *words)


def nothing_waits(folder: Path) -> None:
    """Until what was said is kept as said: the bot writes no more."""
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as connection:
        while connection.execute("SELECT 1 FROM outbox WHERE due_at IS NOT NULL").fetchone():
            time.sleep(0.02)


async def refused(folder: Path, *words: str, **settings: str) -> str:
    """In one sentence, with nothing in the folder changed."""
    before = held(folder)
    code, said = await told(folder, *words, **settings)
    assert (code, said.count("\n")) == (2, 1), said
    assert held(folder) == before
    return said


def aside(folder: Path) -> list[Path]:
    """Databases that were kept when others took their place."""
    return [path for path in folder.glob(f"{LEDGER}.2*") if not path.name.endswith(".key")]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """Where a ledger is, with its key."""
    await ledger_in(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Another machine."""
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"


async def test_what_was_backed_up_is_there_again_with_its_key(home: Path, elsewhere: Path) -> None:
    before = held(home)
    mask = os.umask(0)
    code, said = await told(home, "backup", "../copy.tar")
    assert (code, "nøkkelen" in said) == (0, True)
    assert held(home) == before
    assert mode(home.parent / "copy.tar") == 0o600
    code, said = await told(elsewhere, "restore", "../copy.tar")
    os.umask(mask)
    assert (code, "er ikke med" in said) == (0, True)
    assert await whose(elsewhere / LEDGER) == "Røde Kors"
    assert sorted(held(elsewhere)) == [LEDGER, KEY]
    assert {mode(elsewhere / name) for name in (LEDGER, KEY)} == {0o600}


async def test_a_key_in_the_settings_is_not_in_the_backup_and_that_is_said(
    home: Path, elsewhere: Path
) -> None:
    key = (home / KEY).read_text()
    (home / KEY).unlink()
    code, said = await told(home, "backup", "../copy.tar", SECRET_KEY=key)
    assert (code, "SECRET_KEY og er ikke med" in said) == (0, True)
    with tarfile.open(home.parent / "copy.tar") as tar:
        assert tar.getnames() == [archive.MANIFEST, archive.DATABASE]
    assert "SECRET_KEY" in await refused(elsewhere, "restore", "../copy.tar")
    assert "SECRET_KEY" in await refused(elsewhere, "restore", "../copy.tar", SECRET_KEY=new_key())
    assert (await told(elsewhere, "restore", "../copy.tar", SECRET_KEY=key))[0] == 0
    assert sorted(held(elsewhere)) == [LEDGER]


async def test_a_backup_whose_codes_nobody_can_read_is_none(home: Path) -> None:
    said = await refused(home, "backup", "copy.tar", SECRET_KEY=new_key())
    assert "kan ikke leses" in said
    (home / KEY).unlink()
    assert "kan ikke leses" in await refused(home, "backup", "copy.tar")


@pytest.mark.parametrize(
    "place",
    [LEDGER, f"{LEDGER}-wal", f"{LEDGER}-journal", KEY, "linked", "notes", ".", "no/such/copy.tar"],
)
async def test_a_backup_is_put_nowhere_where_it_would_harm(home: Path, place: str) -> None:
    (home / "notes").write_text("mine")
    os.link(home / LEDGER, home / "linked")
    await refused(home, "backup", place)
    await refused(home, "backup", place, "--replace")


async def test_a_backup_is_replaced_when_that_is_said(home: Path) -> None:
    assert (await told(home, "backup", "copy.tar"))[0] == 0
    first = (home / "copy.tar").read_bytes()
    assert "--replace" in await refused(home, "backup", "copy.tar")
    (home / "copy.tar").write_bytes(first[:2_000])  # broken off: one may well want it replaced
    assert (await told(home, "backup", "copy.tar", "--replace"))[0] == 0
    assert len((home / "copy.tar").read_bytes()) == len(first)


async def test_where_nothing_is_nothing_is_backed_up_or_made(elsewhere: Path) -> None:
    assert "ingen database" in await refused(elsewhere, "backup", "copy.tar")
    (elsewhere / LEDGER).touch()
    assert "ingen database" in await refused(elsewhere, "backup", "copy.tar")


async def test_a_damaged_database_makes_no_backup(home: Path) -> None:
    whole = (home / LEDGER).read_bytes()
    (home / LEDGER).write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    assert "sikkerhetskopi" in await refused(home, "backup", "copy.tar")


async def test_a_database_in_which_something_is_missing_makes_no_backup(home: Path) -> None:
    """SQLite copies it without a complaint."""
    with closing(sqlite3.connect(home / LEDGER)) as connection, connection:
        connection.execute("DELETE FROM people")
    assert "sikkerhetskopi" in await refused(home, "backup", "copy.tar")


async def test_a_disk_that_is_full_leaves_nothing_half_written(home: Path) -> None:
    """The size of a file is limited instead: the same to whoever writes it."""
    command = ("sh", "-c", 'ulimit -f 100; exec "$@"', "sh")
    before = held(home)
    process = await asyncio.create_subprocess_exec(
        *command, *GENUINE, "backup", "copy.tar",
        cwd=home, env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",  # Python would cut its own files short as well
        },
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said = (await process.communicate())[1].decode()
    assert (process.returncode, said.count("\n"), "Ingenting er endret" in said) == (2, 1, True)
    assert held(home) == before


@pytest.mark.parametrize("words", [("backup", "x.tar"), ("restore", "x.tar")])
async def test_postgresql_is_copied_by_its_own_tools(
    elsewhere: Path, words: tuple[str, str]
) -> None:
    said = await refused(elsewhere, *words, DATABASE_URL="postgresql://localhost/bot")
    assert "pg_dump" in said
    assert "SECRET_KEY" in said


@pytest.fixture
async def copy(home: Path) -> Path:
    """A backup, outside of all folders."""
    assert (await told(home, "backup", "../copy.tar"))[0] == 0
    return home.parent / "copy.tar"


async def test_a_database_that_is_there_is_replaced_only_when_that_is_said_and_kept_aside(
    copy: Path, elsewhere: Path
) -> None:
    await ledger_in(elsewhere, "Naboen")
    assert "--replace" in await refused(elsewhere, "restore", str(copy))
    code, said = await told(elsewhere, "restore", str(copy), "--replace")
    assert code == 0, said
    assert await whose(elsewhere / LEDGER) == "Røde Kors"
    (old,) = aside(elsewhere)
    assert str(old) in said
    assert await whose(old) == "Naboen"


async def test_what_a_killed_bot_left_is_kept_aside_whole_and_undoes_nothing(
    copy: Path, tmp_path: Path
) -> None:
    async with office_in(tmp_path / "running", "Naboen"):
        left = crashed(tmp_path / "running", tmp_path / "crashed")
    assert (await told(left.parent, "restore", str(copy), "--replace"))[0] == 0
    assert await whose(left) == "Røde Kors"
    (old,) = aside(left.parent)
    assert await whose(old) == "Naboen"


async def test_a_log_without_its_database_undoes_nothing(copy: Path, tmp_path: Path) -> None:
    async with office_in(tmp_path / "running", "Naboen"):
        left = crashed(tmp_path / "running", tmp_path / "crashed")
    left.unlink()
    assert (await told(left.parent, "restore", str(copy)))[0] == 0
    assert await whose(left) == "Røde Kors"


async def test_a_damaged_database_can_be_replaced(copy: Path, home: Path) -> None:
    (home / LEDGER).write_bytes(b"rubbish " * 4_000)
    code, said = await told(home, "restore", str(copy), "--replace")
    assert code == 0, said
    assert await whose(home / LEDGER) == "Røde Kors"
    assert [path.read_bytes() for path in aside(home)] == [b"rubbish " * 4_000]


def rewritten(copy: Path, **changes: object) -> bytes:
    """A backup that says something else of itself."""
    folder = copy.parent / "rewritten"
    folder.mkdir()
    with tarfile.open(copy) as tar:
        tar.extractall(folder, filter="data")
    about = json.loads((folder / archive.MANIFEST).read_text())
    (folder / archive.MANIFEST).write_text(json.dumps(about | changes))
    with tarfile.open(folder / "copy.tar", "w") as tar:
        for name in (archive.MANIFEST, archive.DATABASE, archive.KEY):
            tar.add(folder / name, name)
    return (folder / "copy.tar").read_bytes()


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def not_whole(copy: Path) -> dict[str, bytes]:
    whole = copy.read_bytes()
    return {
        "empty": b"",
        "rubbish": b"rubbish " * 1_000,
        "half": whole[: len(whole) // 2],
        "without the key": whole[: whole.rindex(b"key" + b"\0" * 50)],
        "begun": whole[:600],
        "flipped": flipped(whole, 100_000),
        "another form": rewritten(copy, form=99),
        "no form": whole.replace(b'"form"', b'"from"'),
    }


async def test_what_is_no_whole_backup_restores_nothing(copy: Path, elsewhere: Path) -> None:
    await ledger_in(elsewhere, "Naboen")
    for name, content in not_whole(copy).items():
        (elsewhere / "bad.tar").write_bytes(content)
        said = await refused(elsewhere, "restore", "bad.tar", "--replace")
        assert "bad.tar" in said, name
        assert await refused(elsewhere, "restore", "bad.tar") == said, name
    for path in (".", "none.tar", "/dev/null"):
        said = await refused(elsewhere, "restore", path, "--replace")
        assert await refused(elsewhere, "restore", path) == said, path


async def test_a_backup_of_a_newer_bot_is_refused(home: Path, elsewhere: Path) -> None:
    with sqlite3.connect(home / LEDGER) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert (await told(home, "backup", "../copy.tar"))[0] == 0
    assert "nyere versjon" in await refused(elsewhere, "restore", "../copy.tar")


async def test_a_backup_whose_key_is_of_something_else_is_refused(
    copy: Path, elsewhere: Path
) -> None:
    said = await refused(elsewhere, "restore", str(copy), SECRET_KEY=new_key())
    assert "SECRET_KEY" in said


@pytest.mark.parametrize("stopped", [False, True])
async def test_nothing_is_restored_while_a_bot_runs(
    copy: Path, tmp_path: Path, stopped: bool
) -> None:
    """Be it that it only stands still."""
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        folder = tmp_path / "running"
        folder.mkdir()
        async with bot_process(slack, folder, [ola]) as bot:
            await bot.start()
            assert bot._process
            await ola.sees("Du er nå kontoholder")
            await asyncio.to_thread(nothing_waits, folder)
            if stopped:
                bot._process.send_signal(signal.SIGSTOP)
            command = ("restore", str(copy), "--replace")
            said = await refused(folder, *command, DATABASE_URL="sqlite:///bot.sqlite3")
            assert "Stopp boten" in said
            bot._process.send_signal(signal.SIGCONT)
            assert await bot.terminate() == 0
