"""`audit verify`: whether all that has happened is there as it was written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import key_file
from storage.keys import new_key
from tests.operating.ledgers import LEDGER, ledger_in
from tests.operating.test_command_line import CommandLine
from tests.unit.storage.cast import TEAM


@pytest.fixture
async def command(tmp_path: Path) -> CommandLine:
    """In a folder with a ledger in which a code has been made."""
    ledger = await ledger_in(tmp_path)
    (key,) = key_file.read(key_file.beside(ledger))
    return CommandLine(tmp_path, SECRET_KEY=key)


def changed(command: CommandLine, *statements: str) -> None:
    """By somebody who can write to the file, and leaves its guards as they were."""
    with closing(sqlite3.connect(command.folder / LEDGER)) as database:
        guards = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        texts = dict(guards.fetchall())
        unguard = [f"DROP TRIGGER {name}" for name in texts]
        database.executescript(";".join((*unguard, *statements)))
        for statement in texts.values():
            database.execute(statement)


def verify(command: CommandLine, *more: str) -> tuple[int, list[str]]:
    code, told = command("audit", "verify", *more)
    return code, told.splitlines()


async def test_what_is_whole_is_said_and_where_it_ends_is_handed_out(
    command: CommandLine,
) -> None:
    code, (whole, keep, head) = verify(command)
    assert code == 0
    assert whole.startswith(f"{TEAM}: Alt er som det ble skrevet.")
    assert "--keep" in keep
    assert len(head.split()) == 4


async def test_where_it_ended_is_kept_and_compared(command: CommandLine) -> None:
    kept = command.folder / "elsewhere" / "heads"
    kept.parent.mkdir()
    for _ in range(2):
        code, told = verify(command, "--keep", str(kept))
        assert (code, told[-1]) == (0, f"Hvor historikken slutter, står nå i {kept}.")
    assert kept.stat().st_mode & 0o777 == 0o600
    before = kept.read_text()
    changed(
        command,
        "DELETE FROM audit WHERE seq = (SELECT seq FROM audit_heads)",
        "UPDATE audit_heads SET seq = seq - 1, hash = "
        "(SELECT hash FROM audit WHERE seq = audit_heads.seq - 1)",
    )
    assert verify(command)[0] == 0, "it is seen beside what was kept alone"
    code, told = verify(command, "--keep", str(kept))
    assert code == 1
    assert "Alt etter hendelse" in told[0]
    assert kept.read_text() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE audit SET actor = 'UEVE' WHERE seq = 2", "Hendelse 2 er endret"),
        ("DELETE FROM audit WHERE seq = 2", "Hendelse 2 mangler"),
    ],
)
async def test_what_is_broken_is_told_and_where(
    command: CommandLine, change: str, said: str
) -> None:
    changed(command, change)
    code, told = verify(command)
    assert code == 1
    assert said in told[0]
    assert len(told) == 1


async def test_what_somebody_else_has_written_to_the_file_is_not_believed(
    command: CommandLine,
) -> None:
    kept = command.folder / "heads"
    verify(command, "--keep", str(kept))
    forged = kept.read_text().replace(" 1", " 2", 1)
    kept.write_text(forged + "noe annet\n")
    code, told = verify(command, "--keep", str(kept))
    assert code == 2
    assert "skrevet av andre enn boten" in told[-1]
    assert kept.read_text() == forged + "noe annet\n"


async def test_with_another_key_it_is_known_as_long_as_the_old_one_is_there(
    command: CommandLine,
) -> None:
    kept = command.folder / "heads"
    verify(command, "--keep", str(kept))
    older, newer = command.environment["SECRET_KEY"], new_key()
    command.environment["SECRET_KEY"] = f"{newer},{older}"
    assert verify(command, "--keep", str(kept))[0] == 0
    command.environment["SECRET_KEY"] = newer
    assert verify(command, "--keep", str(kept))[0] == 0


def test_a_ledger_without_a_key_has_nothing_to_sign_with(tmp_path: Path) -> None:
    command = CommandLine(tmp_path)
    command("organisation", "add", "T012AB", "Laget")
    assert verify(command) == (0, ["T012AB: Alt er som det ble skrevet. Hendelser: 1."])
    code, told = verify(command, "--keep", str(tmp_path / "heads"))
    assert code == 2
    assert "ingen nøkkel" in told[-1]
    code, told = verify(command, "--keep", str(tmp_path))
    assert (code, told) == (2, [f"{tmp_path} kan ikke leses."])
