"""The way in over HTTP: Slack's signature over the raw bytes first, then everything else."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from tests.slack.stage import COMMAND, Stage

FORM = "application/x-www-form-urlencoded"


async def post(
    play: Stage,
    body: bytes,
    *,
    content_type: str = FORM,
    secret: str | None = None,
    age: int = 0,
    parts: AsyncIterator[bytes] | None = None,
    **headers: str,
) -> tuple[int, str]:
    timestamp = str(int(time.time()) - age)
    verifier = SignatureVerifier(secret or play.slack.signing_secret)
    text = body.decode("utf-8", "replace")
    signed = {
        "content-type": content_type,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": verifier.generate_signature(timestamp=timestamp, body=text) or "",
    }
    url = f"http://127.0.0.1:{play.bot.port}/slack/events"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=parts or body, headers={**signed, **headers}) as answer,
    ):
        return answer.status, await answer.text()


def command(play: Stage, text: str) -> bytes:
    team_id = play.slack.workspace.team_id
    fields = {"command": COMMAND, "text": text, "team_id": team_id, "user_id": play.per.id}
    return urlencode(fields).encode()


async def test_a_signed_command_is_answered(http_play: Stage) -> None:
    status, body = await post(http_play, command(http_play, "hjelp"))
    assert status == 200
    assert json.loads(body)["response_type"] == "ephemeral"


@pytest.mark.parametrize("text", ["payload", "hva er payload=1&x", "&payload={}"])
async def test_the_word_payload_in_a_command_is_a_word(http_play: Stage, text: str) -> None:
    status, body = await post(http_play, command(http_play, text))
    assert status == 200
    assert "ikke svare på" in json.loads(body)["text"]


@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": "en annens"},
        {"age": 60 * 6},
        {"age": -60 * 6},
        {"x-slack-signature": ""},
        {"x-slack-signature": "v0=æøå".encode().decode("latin-1")},
        {"x-slack-request-timestamp": "i går"},
        {"x-slack-request-timestamp": ""},
    ],
)
async def test_what_slack_has_not_signed_lately_is_refused(
    http_play: Stage, forgery: dict[str, object]
) -> None:
    status, body = await post(http_play, command(http_play, "hjelp"), **forgery)  # type: ignore[arg-type]
    assert (status, body) == (401, "")


@pytest.mark.parametrize("body", [b"{", b"payload={", b"\xff\xfe", b""])
async def test_malformed_and_unsigned_is_refused_before_it_is_read(
    http_play: Stage, body: bytes
) -> None:
    for content_type in (FORM, "application/json"):
        status, _ = await post(http_play, body, content_type=content_type, secret="feil")
        assert status == 401


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", b"{"), ("application/json", b"[]"), (FORM, b"payload=%7B")],
)
async def test_malformed_but_signed_is_a_bad_request(
    http_play: Stage, content_type: str, body: bytes
) -> None:
    assert (await post(http_play, body, content_type=content_type))[0] == 400


async def test_bytes_that_are_no_text_are_refused(http_play: Stage) -> None:
    assert (await post(http_play, b"text=\xff\xfe"))[0] == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "block_actions"},
        {"type": "block_actions", "user": None, "actions": []},
        {"type": "view_submission", "view": "x", "user": {"id": "U1"}},
        {"type": "event_callback", "event": []},
        {"type": "event_callback", "event": {"type": "message"}},
        {"type": "shortcut", "callback_id": 3, "user": {"id": "U1"}},
        {"type": "message_action"},
    ],
)
async def test_an_odd_payload_breaks_nothing(http_play: Stage, body: dict[str, object]) -> None:
    raw = urlencode({"payload": json.dumps(body)}).encode()
    assert (await post(http_play, raw))[0] == 200
    assert (await post(http_play, json.dumps(body).encode(), content_type="application/json"))[
        0
    ] == 200


async def test_the_handshake_is_answered(http_play: Stage) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "abc"}).encode()
    status, answered = await post(http_play, body, content_type="application/json")
    assert status == 200
    assert "abc" in answered


async def test_a_body_larger_than_anything_of_slacks_is_refused(http_play: Stage) -> None:
    assert (await post(http_play, b"x" * 1_000_001))[0] == 413


async def test_other_ways_and_places(http_play: Stage) -> None:
    base = f"http://127.0.0.1:{http_play.bot.port}"
    async with aiohttp.ClientSession() as session:
        expected = {
            "/slack/events": 405,
            "/slack/events?ssl_check=1": 200,
            "/healthz": 200,
            "/readyz": 200,
            "/": 404,
        }
        for path, status in expected.items():
            async with session.get(base + path) as answer:
                assert answer.status == status, path


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("POST", 401)])
async def test_a_web_socket_is_not_opened_where_slacks_requests_come_in(
    http_play: Stage, caplog: pytest.LogCaptureFixture, method: str, status: int
) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    url = f"http://127.0.0.1:{http_play.bot.port}/slack/events"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=upgrade) as answer,
    ):
        assert answer.status == status
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_what_arrives_whole_after_the_bot_was_told_to_stop_is_left_to_slacks_retry(
    http_play: Stage,
) -> None:
    whole, begun = command(http_play, "hjelp"), asyncio.Event()

    async def in_two_parts() -> AsyncIterator[bytes]:
        yield whole[:10]
        await begun.wait()
        yield whole[10:]

    sending = asyncio.create_task(post(http_play, whole, parts=in_two_parts()))
    await http_play.slack.workspace.changes.until(lambda: None, 0.1)  # the first part is there
    http_play.bot.life.end()
    begun.set()
    status, _ = await sending
    assert status == 503
