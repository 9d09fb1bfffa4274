"""What the commands say of themselves, and of how they were typed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from bot.operating.command_line import app
from bot.words import version
from tests.operating.test_command_line import CommandLine

ENGLISH = re.compile(
    r"\b(Usage|Options|Arguments|Commands|Show|Missing|Error|Invalid|required|default|range)\b"
)


def all_commands(group: typer.Typer, *before: str) -> Iterator[tuple[str, ...]]:
    yield before
    for command in group.registered_commands:
        assert command.callback
        yield (*before, command.name or command.callback.__name__)
    for below in group.registered_groups:
        assert below.typer_instance
        assert below.name
        yield from all_commands(below.typer_instance, *before, below.name)


@pytest.mark.parametrize("words", list(all_commands(app)), ids=" ".join)
def test_every_command_tells_of_itself_in_one_language_and_in_whole_sentences(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, told = CommandLine(tmp_path)(*words, "--help")
    assert code == 0
    assert told.startswith(f"Bruk: python -m bot {' '.join(words)}".rstrip())
    assert ENGLISH.findall(told) == []
    assert "..." not in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_command_is_told_apart_by_its_version(tmp_path: Path) -> None:
    assert CommandLine(tmp_path)("--version") == (0, f"godkjenningsbot {version()}\n")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("nix", "Kommandoen nix finnes ikke. Se: python -m bot --help"),
        ("codes nix", "Kommandoen nix finnes ikke. Se: python -m bot codes --help"),
        ("audit --nix", "Valget --nix finnes ikke. Se: python -m bot audit --help"),
        (
            "account-holder add",
            "Det mangler medlems-id. Se: python -m bot account-holder add --help",
        ),
        ("audit --most mange", "--most kan ikke være det. Se: python -m bot audit --help"),
        (
            "partner rotate X --overlap-days 0",
            "--overlap-days kan ikke være mindre enn 1. Se: python -m bot partner rotate --help",
        ),
        (
            "partner rotate X --overlap-days 91",
            "--overlap-days kan ikke være mer enn 90. Se: python -m bot partner rotate --help",
        ),
        ("audit --most 0", "--most kan ikke være mindre enn 1. Se: python -m bot audit --help"),
        ("audit --most", "Det mangler noe etter --most."),
        (
            "codes list --state gone",
            "--state kan være en av disse: active, expired, replaced, revoked. "
            "Se: python -m bot codes list --help",
        ),
        (
            "organisation add T1 Laget vårt",
            "Kommandoen kan ikke skrives slik. Se: python -m bot organisation add --help",
        ),
        (
            "audit --since igår",
            "igår er ingen dato. Skriv den slik: 2026-11-30, eller 2026-11-30T14:00.",
        ),
        ("audit --person ola", "ola er ingen medlems-ID. Den ser ut som U012AB3CD."),
        (
            "account-holder add T0AAAAAAA",
            "T0AAAAAAA er ingen medlems-ID. Den ser ut som U012AB3CD.",
        ),
        (
            "codes list --team U0AAAAAAA",
            "U0AAAAAAA er ingen arbeidsområde-ID. Den ser ut som T012AB3CD.",
        ),
        (
            "account-holder add U012AB3CD",
            "U012AB3CD er bare et eksempel. Sett inn ID-en fra Slack.",
        ),
        (
            "audit --code 123a4567@MyNGOname",
            "Det er ikke ID-en til en kode. Bruk den fra «codes list», og aldri selve koden.",
        ),
        (
            "audit --code U0AAAAAAA",
            "Det er ikke ID-en til en kode. Bruk den fra «codes list», og aldri selve koden.",
        ),
    ],
)
def test_what_is_typed_wrong_is_told_in_one_sentence(tmp_path: Path, typed: str, told: str) -> None:
    assert CommandLine(tmp_path)(*typed.split()) == (2, f"{told}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("codes",)], ids=["nothing", "codes"])
def test_where_no_command_is_typed_there_is_help(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, told = CommandLine(tmp_path)(*words)
    assert (code, told.startswith("Bruk: ")) == (2, True)
