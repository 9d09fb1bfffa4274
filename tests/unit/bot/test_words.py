"""What the operator is told to type can be pasted as it stands."""

import sys
from pathlib import Path

import pytest

from bot import words
from bot.words import installing, program


@pytest.mark.parametrize(
    ("started", "python", "told"),
    [
        ("/usr/bin/godkjenningsbot", "/usr/bin/python3", "godkjenningsbot"),
        ("C:/bot/godkjenningsbot.exe", "C:/bot/python.exe", "godkjenningsbot"),
        ("/src/bot/__main__.py", "/usr/bin/python3", "python -m bot"),
        ("/src/bot/__main__.py", "HERE/.venv/bin/python", ".venv/bin/python -m bot"),
    ],
)
def test_the_program_is_called_what_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: str, python: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [started, "doctor"])
    monkeypatch.setattr(sys, "executable", python.replace("HERE", str(tmp_path)))
    assert program() == told


def test_an_extra_is_installed_for_where_the_bot_runs_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "ROOT", tmp_path)
    assert installing("learn") == 'pip install "godkjenningsbot[learn]"'
    (tmp_path / "pyproject.toml").touch()
    assert installing("learn") == f'pip install "{tmp_path}[learn]"'
    monkeypatch.chdir(tmp_path)
    assert installing("trial") == 'pip install ".[trial]"'
