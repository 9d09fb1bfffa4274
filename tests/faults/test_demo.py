"""`python -m bot demo` as a process: one address, a folder that is kept, an end that is clean."""

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from storage import organisations, partners, webhooks
from storage.opening import open_database
from storage.webhooks import Event
from tests.commands import Command
from tests.faults.partner_side import partner_side

SECONDS = 30


@dataclass
class DemoProcess:
    process: Command
    output: asyncio.StreamReader
    url: str
    said: str

    async def interrupt(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Ctrl-C; its exit code, and what it wrote after it had said its address."""
        self.process.send_signal(number)
        async with asyncio.timeout(SECONDS):
            written = await self.output.read()
            return await self.process.wait(), written.decode()

    async def kill(self) -> None:
        await self.interrupt(signal.SIGKILL)

    async def says(self, who: str, text: str) -> None:
        await self.does(who, "say", text=text)

    async def does(self, who: str, act: str, **fields: str) -> None:
        async with aiohttp.ClientSession() as session:
            address = f"{self.url}/{who}/meldinger/{act}"
            async with session.post(address, data=fields, headers={"Origin": self.url}) as answer:
                assert answer.status == 204

    async def page(self, who: str) -> str:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/{who}/meldinger") as answer,
        ):
            return await answer.text()


def begun(folder: Path, *options: str, **environment: str) -> Command:
    words = ("demo", "--folder", "kept", *options)
    return Command(words, folder, {"PATH": os.environ["PATH"], **environment})


@asynccontextmanager
async def demo(folder: Path, *options: str, **environment: str) -> AsyncIterator[DemoProcess]:
    process = begun(folder, "--port", "0", *options, **environment)
    output = await process.output()
    said = ""
    try:
        async with asyncio.timeout(SECONDS):
            while "Ctrl-C" not in said:
                line = (await output.readline()).decode()
                assert line, said
                said += line
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found
        yield DemoProcess(process, output, found[0], said)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await output.read()


async def refused(folder: Path, *options: str) -> str:
    """What it said as it ended at once, with an error."""
    code, written = await asyncio.to_thread(begun(folder, *options).finished, SECONDS)
    assert code == 2, written
    return written


@pytest.mark.parametrize(
    "options",
    [(), ("--http",), ("--issuer", "techsoup"), ("--many",), ("--many", "--http", "--agent")],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_opens_and_ends_cleanly(
    tmp_path: Path, options: tuple[str, ...], number: signal.Signals
) -> None:
    async with demo(tmp_path, *options) as running:
        assert str(tmp_path / "kept") in running.said
        assert len(re.findall(r"http://", running.said)) == 1
        await running.says("kari", "/godkjenningskode hjelp")
        assert "Bare synlig for deg" in await running.page("kari")
        code, written = await running.interrupt(number)
        assert code == 0
        assert "Traceback" not in written


@pytest.mark.parametrize("options", [(), ("--many",)])
async def test_partners_ask_at_its_address_as_its_page_says(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    async with demo(tmp_path, *options) as running, aiohttp.ClientSession() as session:
        assert "/api/docs" in running.said
        async with session.get(f"{running.url}/api/docs") as answer:
            (where,) = re.findall("curl (.+)/api/v1/codes/verify", await answer.text())
        assert where.startswith(running.url)
        async with session.get(f"{where}/api/docs.css") as answer:
            assert answer.status == 200
        asked = {"code": "123a4567@RodeKors", "service": "Kontorpakke"}
        added = await asyncio.to_thread(added_key, tmp_path, *options)
        key = {"Authorization": f"Bearer {added}"}
        for headers, status, told in (({}, 401, "title"), (key, 200, "status")):
            address = f"{where}/api/v1/codes/verify"
            async with session.post(address, json=asked, headers=headers) as answer:
                assert (answer.status, told in await answer.json()) == (status, True)


def added_key(folder: Path, *options: str) -> str:
    written = in_its_ledger(folder, options, "partner", "add", "Nettbutikken", "--json")
    key: str = json.loads(written)[0]["key"]
    return key


def in_its_ledger(folder: Path, options: tuple[str, ...], *words: str) -> str:
    """A command of the operator's, beside the room."""
    kept = folder / "kept" / ("many" if "--many" in options else "")
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{kept / 'bot.sqlite3'}",
        "WEBHOOKS_INSIDE": "yes",
    }
    code, written = Command(words, folder, environment).finished(SECONDS)
    assert code == 0, written
    return written


@pytest.mark.parametrize(
    ("inside", "came"), [("yes", (204, None)), ("no", (None, "not_outside_https"))]
)
async def test_it_tells_partners_where_the_command_line_at_its_ledger_says_that_it_does(
    tmp_path: Path, inside: str, came: tuple[int | None, str | None]
) -> None:
    async def take(request: web.Request) -> web.Response:
        return web.Response(status=204)

    async with demo(tmp_path) as running:
        await running.interrupt()
    async with partner_side(take) as hooks:
        for words in (("add", "Nettbutikken"), ("webhook", "Nettbutikken", hooks)):
            await asyncio.to_thread(in_its_ledger, tmp_path, (), "partner", *words)
        await tell_of_a_code(tmp_path)
        async with demo(tmp_path, WEBHOOKS_INSIDE=inside) as running:
            assert await tried(tmp_path) == came
            await running.interrupt()


async def tell_of_a_code(folder: Path) -> None:
    database = await open_database(f"sqlite:///{folder / 'kept' / 'bot.sqlite3'}")
    async with database.transaction() as transaction:
        (organisation,) = await organisations.list_all(transaction)
        partner = await partners.find(transaction, "Nettbutikken")
        await webhooks.add(transaction, partner.id, organisation.id, Event.CODE_REVOKED, {})
    await database.close()


async def tried(folder: Path) -> tuple[int | None, str | None]:
    """What came of it, when it has been sent."""
    words = ("partner", "deliveries", "Nettbutikken", "--json")
    async with asyncio.timeout(SECONDS):
        while True:
            (row,) = json.loads(await asyncio.to_thread(in_its_ledger, folder, (), *words))
            if row["status"] or row["error"]:
                return row["status"], row["error"]


async def test_it_ends_with_a_page_open(tmp_path: Path) -> None:
    async with demo(tmp_path) as running, aiohttp.ClientSession() as session:
        address = f"{running.url}/kari/meldinger/live"
        async with session.ws_connect(address, headers={"Origin": running.url}) as page:
            await page.receive()
            code, written = await running.interrupt()
            assert code == 0
            assert "Traceback" not in written


async def test_what_was_done_is_there_the_next_time(tmp_path: Path) -> None:
    async with demo(tmp_path) as running:
        await running.says("kari", "Er noen her?")
        await running.does("kari", "travel", days="7")
        await running.interrupt()
    async with demo(tmp_path) as again:
        page = await again.page("kari")
        assert "Er noen her?" in page
        assert (tmp_path / "kept" / "bot.sqlite3").stat().st_mode & 0o077 == 0
        assert (tmp_path / "kept" / "room.json").stat().st_mode & 0o077 == 0
        await again.interrupt()
    (tmp_path / "kept" / "mine.txt").write_text("not the room's")
    async with demo(tmp_path, "--fresh") as anew:
        assert "Er noen her?" not in await anew.page("kari")
        await anew.interrupt()
    assert (tmp_path / "kept" / "mine.txt").exists()


async def test_it_begins_before_the_organisation_is_registered_and_stays_so(tmp_path: Path) -> None:
    missing = "Organisasjonen er ikke registrert her ennå"
    async with demo(tmp_path) as running:
        await running.says("kari", "Er noen her?")
        await running.interrupt()
    async with demo(tmp_path, "--unregistered") as running:
        assert "Er noen her?" not in await running.page("kari")
        await running.says("kari", "/godkjenningskode")
        assert missing in await running.page("kari")
        await running.interrupt()
    async with demo(tmp_path) as again:
        assert missing in await again.page("kari")
        assert "0/8" in await again.page("kari")


async def test_the_room_with_two_workspaces_is_kept_apart_from_the_other(tmp_path: Path) -> None:
    for options, who in (((), "kari"), (("--many",), "ola")):
        async with demo(tmp_path, *options) as running:
            await running.says(who, f"Dette er {who}s")
            await running.interrupt()
    async with demo(tmp_path) as alone:
        assert "Dette er karis" in await alone.page("kari")
        assert "Fjellklang" not in await alone.page("ola")
        async with demo(tmp_path, "--many") as shared:
            assert "Fjellklang" in await shared.page("ola")
            assert "Dette er olas" in await shared.page("ola")
            assert "Dette er karis" not in await shared.page("kari")


async def test_one_room_is_not_taken_for_the_other(tmp_path: Path) -> None:
    async with demo(tmp_path, "--many") as running:
        await running.interrupt()
    said = await refused(tmp_path, "--port", "0", "--folder", "kept/many")
    assert "--fresh" in said
    assert "Traceback" not in said
    said = await refused(tmp_path, "--many", "--unregistered")
    assert "Velg --many eller --unregistered." in said


async def test_killed_it_comes_back_with_what_was_said(tmp_path: Path) -> None:
    async with demo(tmp_path) as running:
        await running.says("kari", "Akkurat da")
        kept = tmp_path / "kept" / "room.json"
        async with asyncio.timeout(SECONDS):
            while "Akkurat da" not in _text_of(kept):  # noqa: ASYNC110 - another's file
                await asyncio.sleep(0.05)
        await running.kill()
    async with demo(tmp_path) as again:
        assert "Akkurat da" in await again.page("kari")


def _text_of(kept: Path) -> str:
    return kept.read_text(encoding="utf-8") if kept.exists() else ""


async def test_settings_of_the_real_bot_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "SLACK_BOT_TOKEN=xoxb-real\nDATABASE_URL=sqlite:///real.sqlite3\n"
    )
    async with demo(tmp_path, SLACK_BOT_TOKEN="wrong", DATABASE_URL="wrong://") as running:
        assert "Kari" in await running.page("kari")
    assert not (tmp_path / "real.sqlite3").exists()


async def test_a_port_in_use_is_said_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await refused(tmp_path, "--port", str(port))
    assert said.count("\n") == 1
    assert f"Port {port} kan ikke brukes" in said
    assert f"python -m bot demo --port {port + 1}" in said


async def test_a_room_that_is_open_is_not_opened_twice(tmp_path: Path) -> None:
    async with demo(tmp_path) as running:
        await running.says("kari", "Her er jeg")
        said = await refused(tmp_path, "--port", "0", "--fresh")
        assert "er åpent fra før" in said
        assert "Her er jeg" in await running.page("kari")


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"ahead_seconds": "x"}', '{"form": 0}'])
async def test_a_broken_room_is_said_with_the_way_out(tmp_path: Path, kept: str) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "room.json").write_text(kept)
    said = await refused(tmp_path, "--port", "0")
    assert "--fresh" in said
    assert "Traceback" not in said


async def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    said = await refused(tmp_path, "--port", "0")
    assert str(tmp_path / "kept") in said
    assert "Traceback" not in said
