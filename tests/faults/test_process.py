"""The process: ready when it is, in words when it cannot start, gone in time when told to."""

import asyncio
import json
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.trial.sandbox import Sandbox, Silence
from storage.keys import new_key
from tests.commands import GENUINE, Command
from tests.faults.health import until
from tests.faults.process import BotProcess, bot_process
from tests.slack.stage import BOT_SCOPES, COMMAND, FORM


@pytest.fixture(params=[False, True], ids=["http", "socket_mode"])
def socket_mode(request: pytest.FixtureRequest) -> bool:
    answer: bool = request.param
    return answer


async def get(port: int, path: str) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.json()


async def test_it_tells_how_it_is(tmp_path: Path, socket_mode: bool) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        async with bot_process(slack, tmp_path, [ola], socket_mode=socket_mode) as bot:
            port = await bot.start()
            assert await get(port, "/healthz") == (200, {"alive": True})
            status, parts = await get(port, "/readyz")
            assert (status, set(parts.values())) == (200, {True})
            with sqlite3.connect(tmp_path / "bot.sqlite3") as ledger:
                ledger.execute("UPDATE alembic_version SET version_num = '0000'")
            ledger.close()
            status, parts = await get(port, "/readyz")
            assert (status, parts["database"]) == (503, False)


async def test_on_sigterm_it_finishes_what_is_in_hand_and_exits_with_nought(
    tmp_path: Path, socket_mode: bool
) -> None:
    async with Sandbox(scopes=BOT_SCOPES, retry_delays=(0, 0, 0)) as slack:
        ola, kari = slack.person("Ola", "Nordmann"), slack.person("Kari", "Nordmann", "k@x.no")
        async with bot_process(slack, tmp_path, [ola], socket_mode=socket_mode) as bot:
            bot.command = (*GENUINE, "run")
            port = await bot.start()
            if socket_mode:
                await slack.socket_mode.connected()
            else:
                await slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
            await kari.types(COMMAND)
            await kari.sees("Fornavn")
            await kari.fills(FORM)
            slack.workspace.fail("users.lookupByEmail", Silence(1.0), times=1)
            assert (await kari.submits()).closed
            started = time.monotonic()
            code = await bot.terminate()
            assert code == 0, bot.written.decode()
            assert time.monotonic() - started < 10
            assert b'"stopped"' in bot.written


async def test_where_it_is_to_leave_first_all_is_answered_until_then(
    tmp_path: Path, socket_mode: bool
) -> None:
    """And a second SIGTERM ends it at once."""
    async with Sandbox(scopes=BOT_SCOPES, retry_delays=(0, 0, 0)) as slack:
        ola, kari = slack.person("Ola", "Nordmann"), slack.person("Kari", "Nordmann", "k@x.no")
        async with bot_process(slack, tmp_path, [ola], socket_mode=socket_mode) as bot:
            bot.environment["LEAVE_SECONDS"] = "60"
            port = await bot.start()
            if socket_mode:
                await slack.socket_mode.connected()
            else:
                await slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
            await until(port, 200)
            bot.send(signal.SIGTERM)
            await until(port, 503, staying="stopping")
            await kari.types(COMMAND)
            await kari.sees("Fornavn")
            assert await bot.terminate() == 0


async def test_on_sigterm_while_slack_does_not_answer_it_exits_with_nought(tmp_path: Path) -> None:
    """A WebSocket that is never opened: the client tries for ever."""
    tried = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tried.set()
        while await reader.read(1024):
            pass
        writer.close()

    async with (
        Sandbox(scopes=BOT_SCOPES) as slack,
        await asyncio.start_server(silent, "127.0.0.1", 0) as server,
    ):
        port = server.sockets[0].getsockname()[1]
        slack.workspace.socket_url = f"ws://127.0.0.1:{port}"
        async with bot_process(slack, tmp_path, [], socket_mode=True) as bot:
            await bot.begin()
            await tried.wait()
            assert await bot.terminate() == 0
            assert b"part_died" not in bot.written


async def test_a_wrong_setting_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    async with Sandbox() as slack, bot_process(slack, tmp_path, [], PORT="mange") as bot:
        code, told = await run(bot, "run")
        assert code == 2
        assert told.startswith("PORT: ")
        assert "Traceback" not in told


async def test_a_port_in_use_is_said_in_words(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        port = await bot.start()
        environment = {**bot.environment, "PORT": str(port)}
        code, told = await run(BotProcess(environment, tmp_path), "run")
        assert code == 2
        assert "PORT: " in told
        assert "Traceback" not in told


async def test_a_refused_token_ends_the_start_with_its_name(tmp_path: Path) -> None:
    async with Sandbox() as slack, bot_process(slack, tmp_path, []) as bot:
        bot.environment["SLACK_BOT_TOKEN"] = "xoxb-wrong"
        code, told = await run(bot, "run")
        assert code == 2
        assert "SLACK_BOT_TOKEN: " in told
        assert "xoxb-wrong" not in told


async def test_a_broken_socket_and_a_refresh_are_survived(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES, patience=20.0) as slack:
        ola, kari = slack.person("Ola", "Nordmann"), slack.person("Kari", "Nordmann", "k@x.no")
        async with bot_process(slack, tmp_path, [ola], socket_mode=True) as bot:
            await bot.start()
            for disturb in (slack.socket_mode.refresh, slack.socket_mode.break_connection):
                await slack.socket_mode.connected()
                opened = slack.socket_mode.opened
                disturbing = disturb()
                if disturbing is not None:
                    await disturbing
                await slack.workspace.changes.until(
                    lambda before=opened: slack.socket_mode.opened > before or None,  # type: ignore[misc]
                    20.0,
                )
                await slack.socket_mode.connected()
                await kari.types(COMMAND)
                await kari.sees("Fornavn")
                await kari.closes()


async def run(bot: BotProcess, *words: str) -> tuple[int, str]:
    code, written = await asyncio.to_thread(Command(words, bot.folder, bot.environment).finished)
    lines = [line for line in written.splitlines() if not is_log(line)]
    return code, "\n".join(lines)


def is_log(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


@pytest.mark.parametrize("variable", ["SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"])
async def test_a_refused_token_of_socket_mode_is_named(tmp_path: Path, variable: str) -> None:
    async with (
        Sandbox(scopes=BOT_SCOPES) as slack,
        bot_process(slack, tmp_path, [], socket_mode=True) as bot,
    ):
        bot.environment[variable] = f"{bot.environment[variable][:5]}wrong"
        code, told = await run(bot, "run")
        assert (code, f"{variable}: " in told) == (2, True), told


@pytest.mark.parametrize("word", ["run", "doctor"])
async def test_a_file_that_is_no_database_is_said_in_words_and_the_process_ends(
    tmp_path: Path, word: str
) -> None:
    (tmp_path / "bot.sqlite3").write_bytes(b"rubbish " * 4_000)
    async with Sandbox(scopes=BOT_SCOPES) as slack, bot_process(slack, tmp_path, []) as bot:
        code, told = await run(bot, word)
        assert code != 0
        assert "Traceback" not in told
        assert "bot.sqlite3" in told


async def test_codes_are_not_made_with_another_key_than_the_one_they_need(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann", "ola@example.org")
        async with bot_process(slack, tmp_path, [ola]) as bot:
            port = await bot.start()
            await slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
            await ola.types(COMMAND)
            await ola.sees("Fornavn")
            await ola.fills(FORM)
            assert (await ola.submits()).updated
            await bot.terminate()
            bot.environment["SECRET_KEY"] = new_key()
            code, told = await run(bot, "run")
            assert (code, "SECRET_KEY: " in told) == (2, True)


async def test_an_env_file_in_another_encoding_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("ORGANISATION_NAME=Røde Kors\n".encode("latin-1"))
    async with Sandbox() as slack, bot_process(slack, tmp_path, []) as bot:
        code, told = await run(bot, "run")
        assert (code, "UTF-8" in told, "Traceback" in told) == (2, True, False)


async def test_a_form_in_hand_at_sigterm_is_kept_while_the_database_is_held(
    tmp_path: Path, socket_mode: bool
) -> None:
    async with Sandbox(scopes=BOT_SCOPES, retry_delays=(0, 0, 0)) as slack:
        ola, kari = slack.person("Ola", "N", "o@x.no"), slack.person("Kari", "N", "k@x.no")
        async with bot_process(slack, tmp_path, [ola], socket_mode=socket_mode) as bot:
            port = await bot.start()
            if socket_mode:
                await slack.socket_mode.connected()
            else:
                await slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
            await kari.types(COMMAND)
            await kari.sees("Fornavn")
            await kari.fills(FORM)
            ledger = sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None)
            ledger.execute("BEGIN IMMEDIATE")
            submitting = asyncio.create_task(kari.submits())
            await asyncio.sleep(0.3)  # it has come to the bot, of which nobody is told
            stopping = asyncio.create_task(bot.terminate())
            await asyncio.sleep(0.2)
            ledger.execute("COMMIT")
            assert await stopping == 0
            await submitting
            assert ledger.execute("SELECT count(*) FROM code_requests").fetchone() == (1,)
            ledger.close()
        slack.workspace.violations.clear()
