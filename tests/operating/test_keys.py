"""The keys of a ledger: none is made where codes need another, what is missing is said, and the
doctor leaves everything as it is."""

import asyncio
import signal
from pathlib import Path

import pytest

from bot.trial.sandbox import Sandbox
from storage.keys import Keyring, new_key
from storage.opening import open_database
from tests.commands import Command
from tests.faults.health import until
from tests.faults.process import bot_process
from tests.faults.test_process import get, run
from tests.operating.ledgers import LEDGER, crashed, held, ledger_in, office_in
from tests.operating.test_command_line import CommandLine
from tests.slack.stage import BOT_SCOPES
from tests.unit.storage.cast import Office, details

KEY = f"{LEDGER}.key"
SETTINGS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "hemmelig",
    "SLACK_API_URL": "http://127.0.0.1:9/",  # where nobody answers
}


async def told(folder: Path, *words: str, **settings: str) -> str:
    """What a command says that ends by itself: a bot that starts all the same is ended."""
    environment = CommandLine(folder, **SETTINGS, **settings).environment
    begun = Command(words, folder, environment)
    try:
        async with asyncio.timeout(30):
            return (await asyncio.to_thread(begun.finished))[1]
    except TimeoutError:
        begun.send_signal(signal.SIGKILL)
        raise


async def test_a_new_ledger_gets_a_key_that_only_we_may_read(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        del bot.environment["SECRET_KEY"]
        await bot.start()
        key = tmp_path / "bot.sqlite3.key"
        assert key.stat().st_mode & 0o777 == 0o600
        first = key.read_text()
        await bot.terminate()
        await bot.start()
        assert key.read_text() == first


async def test_a_key_file_that_is_taken_away_or_replaced_is_told_until_it_is_back(
    tmp_path: Path,
) -> None:
    """What is made meanwhile nobody could read after the next start."""
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        del bot.environment["SECRET_KEY"]
        port, key = await bot.start(), tmp_path / "bot.sqlite3.key"
        right = key.read_text()
        key.unlink()
        await until(port, 503, keys="file_gone")
        key.write_text(new_key())
        await until(port, 503, keys="file_gone")
        key.write_text(f"{new_key()}\n{right}")
        await until(port, 200)


@pytest.mark.parametrize("word", ["run", "doctor", "rotate-keys"])
async def test_where_codes_need_a_key_that_is_gone_no_other_is_made(
    tmp_path: Path, word: str
) -> None:
    await ledger_in(tmp_path)
    (tmp_path / KEY).unlink()
    before = held(tmp_path)
    assert f"nøkkelfilen {KEY} mangler" in await told(tmp_path, word)
    assert held(tmp_path) == before


@pytest.mark.parametrize(
    "content", ["", "passord", f"{new_key()} x"], ids=["empty", "no key", "more than a key"]
)
async def test_a_key_file_without_a_key_is_named_and_left(tmp_path: Path, content: str) -> None:
    await ledger_in(tmp_path)
    (tmp_path / KEY).write_text(content)
    before = held(tmp_path)
    for word in ("run", "doctor"):
        said = await told(tmp_path, word)
        assert f"nøkkelfilen {KEY}" in said
        assert "new-key" not in said
    assert held(tmp_path) == before


async def test_the_doctor_makes_nothing_where_nothing_is(tmp_path: Path) -> None:
    assert "ikke satt opp ennå" in await told(tmp_path, "doctor")
    assert held(tmp_path) == {}


async def test_the_doctor_changes_nothing_that_a_killed_bot_left(tmp_path: Path) -> None:
    async with office_in(tmp_path / "running"):
        left = crashed(tmp_path / "running", tmp_path / "crashed").parent
    before = held(left)
    assert "✓ Nøkler" in await told(left, "doctor")
    assert held(left) == before


async def test_the_doctor_leaves_a_ledger_at_rest_as_it_is(tmp_path: Path) -> None:
    await ledger_in(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())  # noqa: ASYNC240
    content = held(tmp_path)
    assert "✓ Nøkler" in await told(tmp_path, "doctor")
    assert sorted(path.name for path in tmp_path.iterdir()) == before  # noqa: ASYNC240
    assert held(tmp_path) == content


async def test_the_doctor_says_who_else_may_read_it_and_how_to_mend_that(tmp_path: Path) -> None:
    await ledger_in(tmp_path)
    assert "✓ Filrettigheter" in await told(tmp_path, "doctor")
    (tmp_path / LEDGER).chmod(0o644)
    assert f"chmod 600 {LEDGER}\n" in await told(tmp_path, "doctor")
    (tmp_path / KEY).chmod(0o640)
    assert f"chmod 600 {LEDGER} {KEY}\n" in await told(tmp_path, "doctor")


async def two_keys(folder: Path) -> tuple[str, str]:
    """Of a ledger whose newest code is under the newer; its older one under the older."""
    older, newer = (await ledger_in(folder)).with_name(KEY).read_text().strip(), new_key()
    database = await open_database(f"sqlite:///{folder}/{LEDGER}")
    office = await Office.begin(database)
    office.takes_keys(Keyring([newer, older]))
    await office.code(details("Per"), submission="V2")
    await database.close()
    return newer, older


async def test_an_old_key_is_missed_as_long_as_one_code_needs_it(tmp_path: Path) -> None:
    newer, older = await two_keys(tmp_path)
    for word in ("run", "doctor"):
        assert "ikke alle kodene kan leses" in await told(tmp_path, word, SECRET_KEY=newer)
    assert "✓ Nøkler" in await told(tmp_path, "doctor", SECRET_KEY=f"{newer},{older}")
    assert "Endret nå: 1." in await told(tmp_path, "rotate-keys", SECRET_KEY=f"{newer},{older}")
    assert "✓ Nøkler" in await told(tmp_path, "doctor", SECRET_KEY=newer)


async def test_a_bot_is_not_ready_when_a_code_needs_a_key_that_it_has_not(
    tmp_path: Path, migrated_url: str
) -> None:
    """Another process, with another key first, has made one."""
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        async with bot_process(slack, tmp_path, [ola], database_url=migrated_url) as bot:
            port = await bot.start()
            assert (await get(port, "/readyz"))[0] == 200
            database = await open_database(migrated_url)
            # Of whom this bot's own Slack knows nothing: it would say that they have left.
            office = await Office.begin(database, team="T0NEXT", name="Naboen")
            await office.code()
            await database.close()
            status, parts = await get(port, "/readyz")
            assert (status, parts["keys"]) == (503, False)
            assert parts["reasons"]["keys"] == "missing"
            await bot.terminate()
            assert "ikke alle kodene kan leses" in (await run(bot, "run"))[1]
