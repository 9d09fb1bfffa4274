"""A terminal that knows few letters, and a reader that has read enough."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.commands import GENUINE, ROOT
from tests.operating.test_command_line import CommandLine

ADDED = ("organisation", "add", "T012AB", "Røde Kors ✓")


def run(folder: Path, *words: str, **environment: str) -> bytes:
    done = subprocess.run(
        [*GENUINE, *words],
        cwd=folder, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.stdout + done.stderr


def test_what_a_terminal_has_no_letters_for_is_written_in_those_it_has(tmp_path: Path) -> None:
    CommandLine(tmp_path)(*ADDED)
    latin = {"PYTHONIOENCODING": "latin-1"}
    told = run(tmp_path, "organisation", "list", **latin).decode("latin-1")
    assert "Røde Kors v\n" in told
    told = run(tmp_path, "doctor", **latin).decode("latin-1")
    assert told.startswith("x Innstillinger: SLACK_BOT_TOKEN: mangler.")
    assert "under «OAuth" in told
    told = run(tmp_path, "organisation", "list", "--json", **latin).decode("ascii")
    assert json.loads(told)[0]["name"] == "Røde Kors ✓"


@pytest.mark.parametrize(
    "words", [("organisation", "list"), ("doctor",), ("--help",)], ids=" ".join
)
def test_whoever_has_read_enough_is_not_told_of_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    CommandLine(tmp_path)(*ADDED)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*GENUINE, *words],
        cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.stderr == b""
