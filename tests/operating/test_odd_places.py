"""Places and names that nobody would choose: links, others' files, and words that are none."""

import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from storage.addresses import file_url
from storage.migrate import opened
from tests.commands import GENUINE, ROOT
from tests.operating.ledgers import LEDGER, held, ledger_in, whose
from tests.operating.test_backup import refused, told
from tests.operating.test_command_line import CommandLine
from tests.operating.test_unwell_database import said


async def linked(folder: Path) -> Path:
    """A folder in which the database is a link to where it lies, and its key beside the link."""
    await ledger_in(folder / "data")
    (folder / LEDGER).symlink_to(Path("data") / LEDGER)
    (folder / "data" / f"{LEDGER}.key").rename(folder / f"{LEDGER}.key")
    return folder


# A link


async def test_a_log_that_is_taken_away_behind_a_link_is_missed(tmp_path: Path) -> None:
    folder = await linked(tmp_path)
    async with opened(file_url(folder / LEDGER)) as database:
        (folder / "data" / f"{LEDGER}-wal").unlink()
        with pytest.raises(Exception, match="deleted or replaced"):
            async with database.reading():
                pass


async def test_what_is_restored_behind_a_link_has_its_key_where_the_bot_looks(
    tmp_path: Path,
) -> None:
    folder = await linked(tmp_path)
    assert (await told(folder, "backup", "copy.tar"))[0] == 0
    (folder / f"{LEDGER}.key").unlink()
    code, written = await told(folder, "restore", "copy.tar", "--replace")
    assert code == 0, written
    assert (folder / LEDGER).is_symlink()
    assert not (folder / "data" / f"{LEDGER}.key").exists()
    assert await whose(folder / LEDGER) == "Røde Kors"


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
async def test_nothing_is_backed_up_in_the_databases_own_place_behind_a_link(
    tmp_path: Path, end: str
) -> None:
    folder = await linked(tmp_path)
    why = await refused(folder, "backup", f"data/{LEDGER}{end}", "--replace")
    assert "i bruk til noe annet" in why


@pytest.mark.parametrize("target", ["nowhere", LEDGER], ids=["nothing", "itself"])
@pytest.mark.parametrize("words", [("organisation", "list"), ("run",)], ids=" ".join)
def test_a_link_to_nothing_is_told_of(tmp_path: Path, target: str, words: tuple[str, ...]) -> None:
    (tmp_path / LEDGER).symlink_to(target)
    code, written = CommandLine(tmp_path, **SETTINGS)(*words)
    assert (code, len(said(written))) == (2, 1), written


@pytest.mark.parametrize("words", [("organisation", "list"), ("doctor",), ("run",)], ids=" ".join)
def test_what_is_no_file_is_told_of(tmp_path: Path, words: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / LEDGER)
    code, written = CommandLine(tmp_path, **SETTINGS)(*words)
    assert code == 2, written
    assert (
        f"Får ikke åpnet databasen {LEDGER}: det er en mappe, eller noe annet enn en fil."
        in written
    )


# Somebody else's database

SETTINGS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "secret",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "PORT": "0",
    "LOG_FORMAT": "json",
}


def foreign(folder: Path, version: str | None) -> Path:
    path = folder / LEDGER
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE books (title TEXT)")
        if version is not None:
            other.execute("CREATE TABLE alembic_version (version_num TEXT)")
            other.execute("INSERT INTO alembic_version VALUES (?)", [version])
    return path


@pytest.mark.parametrize("version", [None, "ae1027a6acf", "9999"])
@pytest.mark.parametrize(
    "words", [("organisation", "list"), ("run",), ("doctor",), ("rotate-keys",)], ids=" ".join
)
def test_somebody_elses_database_is_left_as_it_is(
    tmp_path: Path, version: str | None, words: tuple[str, ...]
) -> None:
    foreign(tmp_path, version)
    before = held(tmp_path)
    code, written = CommandLine(tmp_path, **SETTINGS)(*words)
    expected = "har tabeller som boten ikke har laget" if version is None else "annen versjon"
    assert expected in written
    assert code == 2
    assert held(tmp_path) == before


# What cannot be read, and what nobody has foreseen


@pytest.mark.parametrize("path", ["sqlite:///.", "sqlite:///a%00b", "sqlite:///.."])
def test_what_can_be_no_file_is_no_database(tmp_path: Path, path: str) -> None:
    code, written = CommandLine(tmp_path, DATABASE_URL=path)("organisation", "list")
    assert (code, written.count("\n")) == (2, 1), written
    assert written.startswith("DATABASE_URL: ")


def test_what_nobody_has_foreseen_is_one_sentence_too(tmp_path: Path) -> None:
    code, written = CommandLine(tmp_path)("faq", "score", ".")
    assert (code, written.count("\n")) == (2, 1), written
    assert "Is a directory" in written
    assert "GODKJENNINGSBOT_TRACEBACK=1" in written


@pytest.mark.parametrize("name", ["", "  ", "Røde\nKors", "Røde\x1b[31mKors"])
def test_a_name_that_is_none_is_not_taken(tmp_path: Path, name: str) -> None:
    command = CommandLine(tmp_path)
    assert command("organisation", "add", "T012AB", name)[0] == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("organisation", "add", "T" + "0" * 40, "Laget"), "er ingen arbeidsområde-ID"),
        (("account-holder", "add", "U" + "0" * 40), "er ingen medlems-ID"),
        (("account-holder", "list", "--team", "laget"), "er ingen arbeidsområde-ID"),
    ],
)
def test_an_id_that_is_none_is_not_taken(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    code, written = CommandLine(tmp_path)(*words)
    assert code == 2
    assert told in written


def test_a_bot_that_was_started_without_standard_input_ends_as_any_other(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **SETTINGS}
    closed = ["bash", "-c", 'exec "$@" <&-', "bash", *GENUINE, "run"]
    with subprocess.Popen(
        closed, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as bot:
        assert bot.stdout is not None
        line = bot.stdout.readline()
        assert b"listening" in line, line
        bot.send_signal(signal.SIGTERM)
        rest = bot.stdout.read()
        assert bot.wait() == 0, rest
