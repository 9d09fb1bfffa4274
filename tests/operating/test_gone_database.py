"""A database that is gone is no new one; and one that is damaged is told of once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.addresses import beside
from tests.operating.ledgers import LEDGER, held, ledger_in
from tests.operating.test_command_line import CommandLine
from tests.operating.test_doctor import NOT_SET_UP, UNREACHED

PAGE = 4096
KEY, LOG = f"{LEDGER}.key", f"{LEDGER}-wal"

Taken = Callable[[Path], str]
"""Takes a database away, and says what is to be told of it."""


def but_for_the_key(database: Path) -> str:
    database.unlink()
    return f"filen {LEDGER} er borte, men {KEY} ligger der ennå."


def but_for_an_empty_file(database: Path) -> str:
    database.write_bytes(b"")
    return f"filen {LEDGER} er tom, men {KEY} ligger der ennå."


def but_for_the_log(database: Path) -> str:
    (database.parent / KEY).rename(database.parent / "elsewhere")
    database.rename(database.parent / LOG)
    return f"filen {LEDGER} er borte, men {LOG} ligger der ennå."


def but_for_both(database: Path) -> str:
    database.rename(database.parent / LOG)
    return f"filen {LEDGER} er borte, men {LOG}, {KEY} ligger der ennå."


TAKEN = [but_for_the_key, but_for_an_empty_file, but_for_the_log, but_for_both]


@pytest.mark.parametrize("taken", TAKEN)
async def test_the_doctor_tells_that_a_database_is_gone_and_what_to_do(
    tmp_path: Path, taken: Taken
) -> None:
    told_of_it = taken(await ledger_in(tmp_path))
    before = held(tmp_path)
    code, told = CommandLine(tmp_path, **UNREACHED)("doctor")
    assert code != 0
    assert f"✗ Database: {told_of_it} Stopp boten" in told
    assert "«restore»" in told
    assert "satt opp" not in told
    assert held(tmp_path) == before


@pytest.mark.parametrize("words", [("organisation", "list"), ("backup", "copy.tar")])
async def test_no_command_takes_one_that_is_gone_for_a_new_one(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    told_of_it = but_for_the_key(await ledger_in(tmp_path))
    code, told = CommandLine(tmp_path)(*words)
    assert code == 2
    assert told.startswith(f"Database: {told_of_it} Stopp boten")


@pytest.mark.parametrize("name", [None, LEDGER])
def test_a_new_folder_is_no_reason_to_worry(tmp_path: Path, name: str | None) -> None:
    """Nor is one in which a first start was broken off: it has a log, and no key yet."""
    if name is not None:
        (tmp_path / name).touch(0o600)
        beside(tmp_path / name)[0].touch(0o600)
    _code, told = CommandLine(tmp_path, **UNREACHED)("doctor")
    assert NOT_SET_UP in told.splitlines()


@pytest.mark.parametrize("part", range(1, 8))
async def test_damage_anywhere_in_the_file_is_told_of_once(tmp_path: Path, part: int) -> None:
    database = await ledger_in(tmp_path)
    whole = database.read_bytes()
    at = len(whole) // PAGE * part // 8 * PAGE
    database.write_bytes(whole[:at] + b"\xff" * 8 * PAGE + whole[at + 8 * PAGE :])
    code, told = CommandLine(tmp_path, **UNREACHED)("doctor")
    of_it = [line for line in told.splitlines() if "Database" in line]
    assert code == 2
    assert len(of_it) == 1, told
    assert of_it[0].startswith("✗ Database: Databasen er skadet. Stopp boten")
