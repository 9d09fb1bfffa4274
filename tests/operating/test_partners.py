"""Partners, as the operator adds them: a key is shown once, and stands nowhere else."""

import asyncio
import json
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from bot.api.rehearsal import CODES, FIRST_USED
from storage import partner_keys
from storage.addresses import sqlite_path
from storage.row_security import SEES_ALL
from storage.schema import metadata
from tests.commands import GENUINE, ROOT
from tests.operating.test_command_line import CommandLine
from tests.operating.test_lists import documented

KEY = re.compile(r"gkb(?:test)?_[0-9A-Za-z]{38}")
EITHER = pytest.mark.parametrize("words", [(), ("--json",)], ids=["told", "json"])


@pytest.fixture
def command(tmp_path: Path, migrated_url: str) -> CommandLine:
    """Beside a ledger that is there, of each kind in turn."""
    return CommandLine(tmp_path, DATABASE_URL=migrated_url)


def key_in(told: str) -> str:
    (key,) = KEY.findall(told)
    assert isinstance(key, str)
    assert partner_keys.is_partner_key(key)
    return key


def done(command: CommandLine, *words: str) -> str:
    code, told = command("partner", *words)
    assert code == 0, told
    return told


def listed(command: CommandLine) -> list[dict[str, object]]:
    found = json.loads(done(command, "list", "--json"))
    assert isinstance(found, list)
    return found


async def everything(url: str) -> str:
    """All that the ledger holds, as text."""
    path = sqlite_path(url)
    if path:
        with closing(sqlite3.connect(path)) as file:
            return "\n".join(file.iterdump())
    connection = await asyncpg.connect(url, server_settings=SEES_ALL)
    rows = [await connection.fetch(f"SELECT * FROM {name}") for name in metadata.tables]
    await connection.close()
    return str(rows)


@EITHER
def test_a_key_is_shown_once_and_stands_nowhere_in_the_ledger(
    command: CommandLine, migrated_url: str, words: tuple[str, ...]
) -> None:
    added = key_in(done(command, "add", "Østlandets nettbutikk", *words))
    rotated = key_in(done(command, "rotate", "østlandets NETTBUTIKK", *words))
    assert added != rotated
    shown = "".join(done(command, *each) for each in (("list",), ("list", "--json")))
    kept = asyncio.run(everything(migrated_url))
    assert "Østlandets nettbutikk" in shown
    assert "nettbutikk" in kept
    for key in (added, rotated):
        assert partner_keys.hint(key) in shown
        assert partner_keys.hint(key) in kept
        assert key not in shown + kept
        assert key[-20:] not in shown + kept
        assert partner_keys.digest(key).hex() not in shown


def test_whoever_adds_a_partner_is_told_what_to_do_with_the_key(command: CommandLine) -> None:
    heading, key, *usage = done(command, "add", "Nettbutikken").splitlines()
    assert heading == "Nøkkelen til Nettbutikken. Den vises nå, og aldri igjen:"
    assert key == key_in(key)
    assert usage[-1] == "Authorization: Bearer <nøkkelen>"


def test_whoever_adds_one_for_rehearsing_is_told_the_codes(command: CommandLine) -> None:
    assert "@Proveorganisasjonen" not in done(command, "add", "Nettbutikken")
    told = done(command, "add", "Prøveren", "--test")
    assert [line for line in told.splitlines() if "@" in line] == [
        *(f"{code}  {status}" for code, status in CODES.items()),
        f"{FIRST_USED} er den som har «first_use».",
    ]


@EITHER
def test_the_key_alone_goes_where_a_program_reads(
    command: CommandLine, words: tuple[str, ...]
) -> None:
    written = subprocess.run(
        [*GENUINE, "partner", "add", "Nettbutikken", *words],
        cwd=command.folder, env={**command.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    read = json.loads(written.stdout)[0]["key"] if words else written.stdout.rstrip("\n")
    assert read == key_in(written.stdout)
    assert KEY.findall(written.stderr) == []
    assert ("aldri igjen" in written.stderr) == (not words)


def test_what_a_partner_is_told_and_whether_they_only_rehearse_is_said_when_they_are_added(
    command: CommandLine,
) -> None:
    done(command, "add", "Nettbutikken")
    assert "Prøving" not in done(command, "list")
    done(command, "add", "Butikk for prøving", "--sees", "holder", "--test")
    heading, rehearsing, real = done(command, "list").splitlines()
    assert heading.split() == ["Navn", "ID", "Ser", "Tilstand", "Nøkler", "Prøving", "Lagt", "til"]
    for told in ("Butikk for prøving", "navn og e-post også", "aktiv", "gkbtest_", "ja"):
        assert told in rehearsing
    for told in ("Nettbutikken", "organisasjonen", "aktiv", "gkb_", "–"):
        assert told in real
    first, second = listed(command)
    assert set(first) == documented("partner list")
    assert [each["scope"] for each in (first, second)] == ["holder", "organisation"]
    assert [each["is_test"] for each in (first, second)] == [True, False]


def test_an_old_key_goes_on_for_a_while_or_not_at_all(command: CommandLine) -> None:
    added = key_in(done(command, "add", "Nettbutikken"))
    told = done(command, "rotate", "Nettbutikken", "--overlap-days", "2")
    assert "De gamle nøklene virker til 2" in told
    line = done(command, "list").splitlines()[1]
    assert f"{partner_keys.hint(key_in(told))}…, {partner_keys.hint(added)}… til 2" in line
    told = done(command, "rotate", str(listed(command)[0]["id"]), "--now")
    assert "De gamle nøklene virker ikke lenger." in told
    (row,) = listed(command)
    assert row["keys"] == [
        {"hint": partner_keys.hint(key_in(told)), "made_at": row["keys"][0]["made_at"],  # type: ignore[index]
         "ends_at": None}
    ]  # fmt: skip


def test_a_partner_is_suspended_and_let_in_again(command: CommandLine) -> None:
    done(command, "add", "Nettbutikken")
    assert done(command, "resume", "Nettbutikken") == "Nettbutikken var ikke sperret.\n"
    told = done(command, "suspend", "NETTBUTIKKEN")
    assert told == "Nettbutikken er sperret: spørsmål besvares ikke, og ingen beskjeder sendes.\n"
    (before,) = listed(command)
    assert done(command, "suspend", "Nettbutikken") == "Nettbutikken var sperret fra før.\n"
    assert listed(command) == [before]
    assert "sperret" in done(command, "list")
    *_, last = done(command, "rotate", "Nettbutikken", "--now").splitlines()
    assert last == (
        "Nettbutikken er sperret. Åpne igjen med: python -m bot partner resume Nettbutikken"
    )
    (before,) = listed(command)
    told = done(command, "resume", "Nettbutikken")
    assert told.startswith("Nettbutikken er åpnet igjen. Partneren har ikke fått vite om koder")
    (after,) = listed(command)
    assert after == {**before, "state": "active", "suspended_at": None}


def test_what_cannot_be_done_is_told_in_one_sentence(command: CommandLine) -> None:
    assert done(command, "list") == "Det er ingen partnere ennå.\n"
    done(command, "add", "Nettbutikken")
    nobody = "Det er ingen partner som heter Skyen. Se alle med: python -m bot partner list\n"
    for word in ("rotate", "suspend", "resume"):
        assert command("partner", word, "Skyen") == (2, nobody)
    taken = "Det er en partner med navnet NETTBUTIKKEN fra før. Se: python -m bot partner list\n"
    assert command("partner", "add", "NETTBUTIKKEN") == (2, taken)
    unnamed = "Navnet må ha bokstaver, og ikke linjeskift eller styretegn.\n"
    for name in ("", "  ", "to\nlinjer", "\x1b[31mrød"):
        assert command("partner", "add", name) == (2, unnamed)
    long = (2, "Navnet er for langt. Bruk høyst 100 tegn.\n")
    assert command("partner", "add", "å" * 101) == long
    assert command("partner", "add", "å" * 100)[0] == 0
    both = command("partner", "rotate", "Nettbutikken", "--now", "--overlap-days", "3")
    assert both == (2, "Velg --now eller --overlap-days.\n")
    assert command("partner", "rotate", "Nettbutikken", "--overlap-days", "0")[0] == 2
    assert len(listed(command)) == 2


def test_in_the_wrong_folder_no_ledger_is_left_behind(tmp_path: Path) -> None:
    code, told = CommandLine(tmp_path)("partner", "add", "Nettbutikken")
    assert (code, "finnes ikke" in told) == (2, True)
    assert list(tmp_path.iterdir()) == []
