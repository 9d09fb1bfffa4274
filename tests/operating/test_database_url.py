"""Each address that will do for no database is refused in plain words, and not shown."""

import re
from pathlib import Path

import pytest

from storage.addresses import has_bad_port
from tests.operating.test_command_line import CommandLine
from tests.operating.test_doctor import UNREACHED

SECRET = "hemmelig7"
HERE = f"postgresql://boten:{SECRET}@127.0.0.1"
NO_WORDS = re.compile(r"\b[A-Z]\w+Error\b|\bis\b|\bno\b|[Pp]ermission|directory|unable|port_")

PORT = "DATABASE_URL: porten skal være et tall fra 1 til 65535."
NO_ADDRESS = "DATABASE_URL: skal se ut som"
NOT_SO = "Får ikke åpnet databasen: adressen er ikke skrevet slik PostgreSQL vil ha den."


@pytest.mark.parametrize(
    ("url", "told_of_it"),
    [
        (f"{HERE}:99999/bot", PORT),
        (f"{HERE}:-1/bot", PORT),
        (f"{HERE}:0/bot", PORT),
        (f"{HERE}:abc/bot", PORT),
        (f"{HERE}:9,127.0.0.1:65536/bot", PORT),
        (f"{HERE}/bot?port=99999", PORT),
        (f"postgresql://boten:{SECRET}/{SECRET}@127.0.0.1/bot", PORT),
        (f"mysql://boten:{SECRET}@127.0.0.1/bot", NO_ADDRESS),
        (f"postgresql:/boten:{SECRET}@127.0.0.1/bot", NO_ADDRESS),
        (f"postgresql://boten:{SECRET}@[::1/bot", NO_ADDRESS),
        (f"sqlite:///{SECRET * 30}", "DATABASE_URL: navnet på filen eller en mappe er for langt."),
        (f"{HERE}:9/bot?sslmode={SECRET}", NOT_SO),
        (f"{HERE}:9/bot", "Får ikke åpnet databasen: ingen svarer på den adressen."),
    ],
)
def test_an_address_that_will_not_do_is_refused_and_not_shown(
    tmp_path: Path, url: str, told_of_it: str
) -> None:
    command = CommandLine(tmp_path, **UNREACHED, DATABASE_URL=url)
    for words in (("organisation", "list"), ("doctor",)):
        code, told = command(*words)
        assert (code, told_of_it in told) == (2, True), told
        assert SECRET not in told
        assert not NO_WORDS.search(told), told


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("folder", "det er en mappe, eller noe annet enn en fil"),
        ("file/ledger", "mappen finnes ikke"),
        ("link", "den finnes ikke"),
    ],
)
def test_a_file_that_cannot_be_opened_is_told_of_in_words(
    tmp_path: Path, place: str, why: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    command = CommandLine(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/{place}")
    code, told = command("organisation", "add", "T012AB", "Laget")
    assert code == 2
    assert told == (
        f"Får ikke åpnet databasen {tmp_path}/{place}: {why}. Sjekk at DATABASE_URL er riktig.\n"
    )


@pytest.mark.parametrize("word", ["list", "add"])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, word: str) -> None:
    (tmp_path / "notes.txt").write_text("no database " * 4_000)
    command = CommandLine(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/notes.txt")
    code, told = command("organisation", word, *(["T1", "Laget"] if word == "add" else []))
    assert code == 2
    assert told.startswith(f"Filen {tmp_path}/notes.txt er ingen SQLite-database")
    assert "is not" not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///bot",
        "postgresql://localhost/bot",
        "postgresql://localhost:5432",
        "postgresql://localhost:5432?sslmode=require",
        "postgresql://u:p@localhost:65535/bot",
        "postgresql+asyncpg://u:p@one:5432,two:5433/bot",
        "postgresql://u:p@[::1]:5432/bot",
        "postgresql://u:p@[::1]/bot",
        "postgresql://postgres:@/bot?host=/var/run/postgresql&port=5433",
        "postgresql://u:p@localhost:/bot",
    ],
)
def test_a_port_that_there_is_or_none_is_not_refused(url: str) -> None:
    assert not has_bad_port(url)
