"""Anybody can reach the web server: what they may take of it is bounded, and Slack is answered
meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.operating.connections import MOST_CONNECTIONS, SECONDS, Waiting
from bot.trial.sandbox.http_delivery import encoded, signed_headers
from bot.trial.sandbox.payloads import slash_command
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, Stage, stage

PLENTY = 20.0
"""Seconds that nothing here takes, however slow the machine."""


class Line:
    """A connection to the bot, on which it is written as one likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def writes(self, raw: bytes) -> None:
        self._writer.write(raw)
        await self._writer.drain()

    async def hears(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        async with asyncio.timeout(PLENTY):
            head = await self._reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            (length,) = [line[15:] for line in lines if line.startswith(b"content-length:")]
            return int(head.split()[1]), await self._reader.readexactly(int(length))

    async def is_closed(self) -> bytes:
        """What came before it was."""
        async with asyncio.timeout(PLENTY):
            try:
                return await self._reader.read()
            except ConnectionError:
                return b""

    async def close(self) -> None:
        self._writer.transport.abort()


class Crowd:
    """Connections of strangers, closed at the end."""

    def __init__(self, play: Stage) -> None:
        self._port = play.bot.port
        self._lines: list[Line] = []

    async def line(self, raw: bytes = b"") -> Line:
        line = Line(*await asyncio.open_connection("127.0.0.1", self._port))
        self._lines.append(line)
        await line.writes(raw)
        return line

    async def gathers(self, number: int, raw: bytes) -> list[Line]:
        return [await self.line(raw) for _ in range(number)]

    async def leaves(self) -> None:
        for line in self._lines:
            await line.close()


@asynccontextmanager
async def crowd(play: Stage) -> AsyncIterator[Crowd]:
    strangers = Crowd(play)
    try:
        yield strangers
    finally:
        await strangers.leaves()


@pytest.fixture
async def strangers(http_play: Stage) -> AsyncIterator[Crowd]:
    """At a bot within its usual bounds."""
    async with crowd(http_play) as gathered:
        yield gathered


@pytest.fixture
async def impatient(
    tmp_path: Path, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Crowd]:
    """At a bot that soon has waited too long, for whatever it is."""
    monkeypatch.setattr("bot.operating.web.TICK_SECONDS", 0.02)
    for what in Waiting:
        monkeypatch.setitem(SECONDS, what, 0.1)
    async with stage(tmp_path, clock=clock) as play, crowd(play) as gathered:
        yield gathered


def head(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in ("POST /slack/events HTTP/1.1", *lines)).encode()


def command(play: Stage, text: str = "hjelp") -> bytes:
    """As Slack sends it."""
    workspace = play.slack.workspace
    channel = workspace.direct_messages(play.per.id)
    payload = slash_command(workspace, workspace.users[play.per.id], channel, COMMAND, text)
    content_type, body = encoded("command", payload)
    headers = signed_headers(play.slack.signing_secret, content_type, body)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return head("Host: bot", f"Content-Length: {len(body)}", *lines) + b"\r\n" + body


def claimed(play: Stage, length: int) -> bytes:
    """The head of a request that could be Slack's, for all that can be seen of it yet."""
    headers = signed_headers("en annens", "application/json", b"")
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return head("Host: bot", f"Content-Length: {length}", *lines) + b"\r\n"


async def is_answered(line: Line, play: Stage) -> None:
    await line.writes(command(play))
    status, body = await line.hears()
    assert status == 200
    assert json.loads(body)["response_type"] == "ephemeral"


SLOW = {
    "silent": b"",
    "in its head": head("Host: bot") + b"X-Slow: ",
    "in its body": head("Host: bot", "Content-Length: 100") + b"\r\nx",
    "on a health check": b"POST /healthz HTTP/1.1\r\nContent-Length: 100\r\n\r\nx",
}


@pytest.mark.parametrize("slow", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("most", [20, MOST_CONNECTIONS])
async def test_slack_is_answered_while_three_hundred_slow_ones_hold_the_line(
    tmp_path: Path,
    clock: TravellingClock,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    slow: bytes,
) -> None:
    monkeypatch.setattr("bot.operating.connections.MOST_CONNECTIONS", most)
    async with stage(tmp_path, clock=clock) as play, crowd(play) as strangers:
        kept_open = await strangers.line()
        await is_answered(kept_open, play)
        await strangers.gathers(300, slow)
        await is_answered(await strangers.line(), play)
        await is_answered(kept_open, play)
        for path, answer in (("healthz", b"true"), ("readyz", b"true")):
            asking = await strangers.line(f"GET /{path} HTTP/1.1\r\n\r\n".encode())
            status, body = await asking.hears()
            assert (status, answer in body) == (200, True)


@pytest.mark.parametrize("slow", SLOW.values(), ids=SLOW)
async def test_who_never_comes_to_an_end_is_let_go(impatient: Crowd, slow: bytes) -> None:
    await (await impatient.line(slow)).is_closed()


async def test_who_trickles_is_let_go_too(impatient: Crowd) -> None:
    line = await impatient.line(head("Host: bot"))
    ended = asyncio.create_task(line.is_closed())
    while not ended.done():
        await line.writes(b"X-Slow: 1\r\n") if not ended.done() else None
        await asyncio.sleep(0.02)
    await ended


async def test_a_connection_that_slack_keeps_open_takes_one_request_after_another(
    http_play: Stage, strangers: Crowd
) -> None:
    line = await strangers.line()
    for _ in range(3):
        await is_answered(line, http_play)


async def test_one_that_is_used_no_more_is_let_go(impatient: Crowd) -> None:
    line = await impatient.line(b"GET /healthz HTTP/1.1\r\n\r\n")
    assert b'{"alive":true}' in await line.is_closed()


HEADS = {
    "one long line": head("Host: bot", "X-Long: " + "x" * 70_000),
    "many lines": head("Host: bot", *(f"X-{n}: {'x' * 900}" for n in range(75))),
    "many short lines": head("Host: bot", *(f"X-{n}: x" for n in range(103))),
    "a long path": b"POST /" + b"x" * 65_600 + b" HTTP/1.1\r\nHost: bot\r\n",
    "a line without an end": head("Host: bot") + b"X-Long: " + b"x" * 70_000,
    "a path without an end": b"POST /" + b"x" * 70_000,
}


@pytest.mark.parametrize("large", HEADS.values(), ids=HEADS)
async def test_a_head_larger_than_anything_of_slacks_is_refused(
    http_play: Stage, strangers: Crowd, large: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it comes to an end or not, and before it has been waited for too long."""
    monkeypatch.setitem(SECONDS, Waiting.FOR_REQUEST, 600.0)
    for end in (b"\r\n", b""):
        line = await strangers.line(large + end)
        answer = await line.is_closed()  # or lost, where not all was read that had come
        assert not answer or answer.startswith(b"HTTP/1.1 431 ")
    await is_answered(await strangers.line(), http_play)


async def test_a_body_in_very_many_pieces_is_refused(strangers: Crowd) -> None:
    start = head("Host: bot", "Transfer-Encoding: chunked", *headers_of_nobody())
    line = await strangers.line(start + b"\r\n" + b"1\r\nx\r\n" * 14_000)
    assert b" 200 " not in await line.is_closed()


def headers_of_nobody() -> list[str]:
    signed = signed_headers("en annens", "application/json", b"")
    return [f"{name}: {value}" for name, value in signed.items()]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (head("Host: bot", "Content-Length: 900000"), 401),
        (head("Host: bot", "Content-Length: 900000", "X-Slack-Signature: v0=1"), 401),
        (head("Host: bot", "Content-Length: 1000001", *headers_of_nobody()), 413),
        (b"GET /slack/events HTTP/1.1\r\nContent-Length: 900000\r\n", 405),
        (b"POST /slack/event HTTP/1.1\r\nContent-Length: 900000\r\n", 404),
    ],
)
async def test_what_the_head_gives_away_is_refused_before_the_body_is_there(
    strangers: Crowd, raw: bytes, status: int
) -> None:
    assert (await (await strangers.line(raw + b"\r\n")).hears())[0] == status


async def test_slack_is_answered_while_others_bring_more_than_the_bot_will_keep(
    tmp_path: Path, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who have kept it waiting longest are let go, and the last have room."""
    monkeypatch.setattr("bot.operating.connections.MOST_BYTES", 300_000)
    async with stage(tmp_path, clock=clock) as play, crowd(play) as strangers:
        started = claimed(play, 150_000) + b"x" * 90_000
        first, *_, last = await strangers.gathers(20, started)
        await first.is_closed()
        await is_answered(await strangers.line(), play)
        await last.writes(b"x" * 60_000)
        assert (await last.hears())[0] == 401


async def test_requests_in_a_row_are_answered_in_a_row(http_play: Stage, strangers: Crowd) -> None:
    line = await strangers.line(b"GET /healthz HTTP/1.1\r\n\r\n" + command(http_play) * 3)
    assert [(await line.hears())[0] for _ in range(4)] == [200] * 4
    await is_answered(line, http_play)


async def test_very_many_in_a_row_are_refused(strangers: Crowd) -> None:
    line = await strangers.line(b"GET /healthz HTTP/1.1\r\n\r\n" * 2_000)
    assert (await line.is_closed()).count(b" 200 OK") < 100


async def test_who_sends_the_rest_for_ever_after_the_answer_is_let_go(impatient: Crowd) -> None:
    line = await impatient.line(head("Host: bot", "Content-Length: 900000") + b"\r\n")
    assert b" 401 " in await line.is_closed()
