"""What the README shows partners works as it stands there."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from storage.records import CodeStatus
from tests.api.conftest import Counter
from tests.commands import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHAPTER = README.partition("## For partners\n")[2].partition("\n## ")[0]
THERE, EXAMPLE = "https://bot.example.org", "123a4567@MyNGOname"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", CHAPTER, re.DOTALL)
    assert found
    return found[1]


def command(kind: str, script: str) -> list[str]:
    return ["sh", "-c", script] if kind == "console" else [sys.executable, "-c", script]


@pytest.mark.parametrize("language", ["console", "python"])
async def test_what_it_shows_works(counter: Counter, tmp_path: Path, language: str) -> None:
    script = block(language).replace(THERE, counter.url).replace(EXAMPLE, counter.code)
    process = await asyncio.create_subprocess_exec(
        *command(language, script),
        cwd=tmp_path,
        env={**os.environ, "GODKJENNINGSBOT_KEY": counter.key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    written, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    assert "Koden er gyldig" in written.decode()


def test_it_says_of_each_status_what_it_asks_of_whom() -> None:
    _, *told = re.findall(r"^\| `(\w+)` \|", CHAPTER, re.MULTILINE)
    assert told == [*CodeStatus]
