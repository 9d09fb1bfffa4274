"""What the README shows partners works as it stands there."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from bot.api.rehearsal import CODES, FIRST_USED
from storage.records import CodeStatus
from tests.api.conftest import ISSUER, Counter
from tests.commands import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHAPTER = README.partition("## For partners\n")[2].partition("\n## ")[0]
ITS_ID = "01JQ8Z3N5W7T9V1X2Y4A6B8C0D"
THERE, EXAMPLE = "https://bot.example.org", "123a4567@MyNGOname"


def block(language: str, which: int = 0) -> str:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", CHAPTER, re.DOTALL)
    return found[which]


def command(kind: str, script: str) -> list[str]:
    return ["sh", "-c", script] if kind == "console" else [sys.executable, "-c", script]


@pytest.mark.parametrize("language", ["console", "python"])
async def test_what_it_shows_works(counter: Counter, tmp_path: Path, language: str) -> None:
    script = block(language).replace(THERE, counter.url).replace(EXAMPLE, counter.code)
    code, written = await run(tmp_path, counter, *command(language, script))
    assert code == 0, written
    assert "Koden er gyldig" in written


@pytest.mark.parametrize("by_another", [False, True])
async def test_a_statement_that_was_kept_is_checked_as_it_shows(
    counter: Counter, tmp_path: Path, by_another: bool
) -> None:
    """Long after it ran out: it was signed at the tests' moment."""
    told = (await counter.verifies(reference="ordre-1017")).body
    me = (await counter.asks("GET", "/api/v1/me")).body
    keys = (await counter.asks("GET", "/api/v1/keys")).body
    if by_another:
        keys["keys"][0]["x"] = OKPKey.generate_key("Ed25519").as_dict(private=False)["x"]
    (tmp_path / "statement.txt").write_text(told["statement"])
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    script = block("python", 1).replace(THERE, ISSUER).replace(ITS_ID, me["id"])
    code, written = await run(tmp_path, counter, sys.executable, "-c", script)
    assert (code != 0) == by_another, written
    assert ("valid ordre-1017 2026-" in written) != by_another


async def run(folder: Path, counter: Counter, *words: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env={**os.environ, "GODKJENNINGSBOT_KEY": counter.key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    written, _ = await process.communicate()
    return process.returncode, written.decode()


def test_it_says_of_each_status_what_it_asks_of_whom() -> None:
    _, *told = re.findall(r"^\| `(\w+)` \|", CHAPTER, re.MULTILINE)
    assert told == [*CodeStatus]


def test_it_names_a_code_for_rehearsing_each_status() -> None:
    told = re.findall(r"^\| `(\w+)` \| `(\w+@\w+)` \|", CHAPTER, re.MULTILINE)
    assert {(code, CodeStatus(status)) for status, code in told} == CODES.items() - {
        (FIRST_USED, CodeStatus.VALID)
    }
    assert FIRST_USED in CHAPTER
