"""The way in over HTTP: Slack's signature over the raw bytes first, then everything else."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier
from yarl import URL

from bot import logs
from bot.app import answering_partners
from bot.operating.signpost import PAGES
from bot.trial.sandbox.http_delivery import signed_headers
from storage import partners
from storage.records import PartnerScope
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, Stage, stage

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


async def test_bytes_that_are_no_text_are_a_bad_request(http_play: Stage) -> None:
    body = b"text=\xff\xfe"
    signed = signed_headers(http_play.slack.signing_secret, FORM, body)
    own = {name.lower(): text for name, text in signed.items()}
    assert (await post(http_play, body, **own))[0] == 400  # type: ignore[arg-type]


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
        {"type": "of tomorrow", "team_id": "T0ORG", "event": "x"},
        {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}, "event": [], "team": "x"},
        {"type": "of tomorrow", "authorizations": [[]]},
        {"type": "of tomorrow", "authorizations": {"x": 1}},
        {
            "type": "block_actions",
            "user": {"id": "U1"},
            "actions": [{"action_id": "x"}],
            "view": [],
        },
    ],
)
async def test_an_odd_payload_breaks_nothing(
    http_play: Stage, body: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    raw = urlencode({"payload": json.dumps(body)}).encode()
    assert (await post(http_play, raw))[0] == 200
    raw = json.dumps(body).encode()
    assert (await post(http_play, raw, content_type="application/json"))[0] == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_without_a_trigger_nothing_is_opened_and_no_screen_is_blamed(
    http_play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await post(http_play, command(http_play, "")))[0] == 200
    await http_play.per.says("Hvor lenge varer koden?")
    await http_play.per.sees("60 dager")  # by then it would have been tried
    assert not [call for call in http_play.slack.workspace.calls if call.method == "views.open"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("kind", ["user_change", "team_join"])
@pytest.mark.parametrize(
    "odd",
    [
        {"id": ["U1"]},
        {"profile": ["x"]},
        {"profile": {"real_name": {"x": 1}, "first_name": 3, "email": "kari@example.org"}},
        {"profile": {"email": ["kari@example.org"]}},
    ],
)
async def test_somebody_who_is_described_oddly_breaks_nothing(
    http_play: Stage, caplog: pytest.LogCaptureFixture, kind: str, odd: dict[str, object]
) -> None:
    event = {"type": kind, "user": {"id": "U0NEW", "team_id": "T0ORG", **odd}}
    assert (await http_play.slack.deliver("event", http_play.slack.event(event))).status == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_handshake_is_answered(http_play: Stage) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "abc"}).encode()
    status, answered = await post(http_play, body, content_type="application/json")
    assert status == 200
    assert "abc" in answered


async def test_a_body_larger_than_anything_of_slacks_is_refused(http_play: Stage) -> None:
    assert (await post(http_play, b"x" * 1_000_001))[0] == 413


def warnings(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """What the log says, in the fields that an operator reads."""
    hidden = {"timestamp", "level"}
    lines = [logs.fields(record) for record in caplog.records if record.levelname == "WARNING"]
    return [{name: line[name] for name in line if name not in hidden} for line in lines]


@pytest.mark.parametrize("ahead", [900, -900])
async def test_a_clock_that_is_off_is_told_of_as_that_and_once(
    http_play: Stage, caplog: pytest.LogCaptureFixture, ahead: int
) -> None:
    for _ in range(3):
        assert (await post(http_play, command(http_play, "hjelp"), age=ahead))[0] == 401
    (said,) = warnings(caplog)
    assert isinstance(seconds := said.pop("seconds_ahead"), int)
    assert abs(seconds - ahead) <= 30
    assert said == {
        "event": "signature_refused",
        "reason": "clock_is_off",
        "check": "the clock of this machine",
    }


@pytest.mark.parametrize("age", [0, 900])
async def test_a_wrong_secret_is_told_of_as_that_whatever_the_clock_shows(
    http_play: Stage, caplog: pytest.LogCaptureFixture, age: int
) -> None:
    """Anybody can send an old time: that alone says nothing of the clock."""
    for _ in range(3):
        await post(http_play, command(http_play, "hjelp"), secret="en annens", age=age)
    assert warnings(caplog) == [
        {
            "event": "signature_refused",
            "reason": "wrong_secret",
            "check": "SLACK_SIGNING_SECRET",
        }
    ]


async def test_a_request_without_a_signature_is_told_of_as_that(
    http_play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Something on the way may have taken it out: the secret may be right."""
    for name in ("x-slack-signature", "x-slack-request-timestamp"):
        await post(http_play, command(http_play, "hjelp"), **{name: ""})  # type: ignore[arg-type]
    (said,) = warnings(caplog)
    assert (said["reason"], said["check"]) == ("no_signature", "X-Slack-Signature")


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", ""])
async def test_a_content_type_that_slack_does_not_use_is_said_to_be_wrong(
    http_play: Stage, caplog: pytest.LogCaptureFixture, content_type: str
) -> None:
    for _ in range(2):
        status, body = await post(http_play, command(http_play, "hjelp"), content_type=content_type)
        assert (status, body) == (415, "application/json, application/x-www-form-urlencoded\n")
    (said,) = warnings(caplog)
    assert (said["event"], said["reason"]) == ("request_refused", "content_type")


async def test_a_content_type_is_read_as_it_may_be_written(http_play: Stage) -> None:
    for content_type in (FORM.title(), f"{FORM}; charset=utf-8"):
        body = command(http_play, "hjelp")
        assert (await post(http_play, body, content_type=content_type))[0] == 200


ASTRAY = ["/slack", "/slack/", "/slack/event", "/slack/events/", "/Slack/Events", "//slack/events",
          "/bot/slack/events", "/slack/interactive", "/slack/install"]  # fmt: skip


@pytest.mark.parametrize("path", [*ASTRAY, "/", "/events", "/slack/event%73/x"])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_where_there_is_nothing_the_right_path_is_told(
    http_play: Stage, method: str, path: str
) -> None:
    status, content_type, body = await ask(http_play, method, path)
    assert (status, content_type) == (404, "text/plain; charset=utf-8")
    assert "/slack/events, med POST" in body


async def test_that_slack_sends_astray_is_logged_once(
    http_play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for path in (*ASTRAY, "/", "/.env", "/wp-login.php"):
        await ask(http_play, "POST", path)
    await ask(http_play, "POST", "/events", {"x-slack-signature": "v0=1"})
    assert warnings(caplog) == [
        {"event": "slack_sends_elsewhere", "reason": "wrong_path", "right": "/slack/events"}
    ]


async def test_passers_by_are_not_logged(
    http_play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/", "/.env", "/wp-login.php"):
        await ask(http_play, "POST", path)
    assert warnings(caplog) == []


async def test_whoever_opens_the_address_in_a_browser_reads_that_it_is_right(
    http_play: Stage,
) -> None:
    status, _, body = await ask(http_play, "GET", "/slack/events")
    assert (status, body.startswith("Adressen er riktig.")) == (405, True)


async def test_slacks_requests_over_http_to_a_bot_in_socket_mode_are_told_the_way(
    tmp_path: Path, clock: TravellingClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage(tmp_path, mode="socket_mode", clock=clock) as play:
        caplog.clear()
        for path in ("/slack/events", "/slack/event"):
            status, _, body = await ask(play, "POST", path)
            assert status == 404
            assert "Socket Mode" in body
        assert "Socket Mode" not in (await ask(play, "GET", "/"))[2]
    said = [line for line in warnings(caplog) if line["event"] == "slack_sends_over_http"]
    assert [line["check"] for line in said] == ["socket_mode_enabled, SLACK_APP_TOKEN"]


async def test_slacks_requests_to_what_answers_partners_alone_are_told_the_way(
    http_play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with answering_partners(replace(http_play.settings, port=0), http_play.clock) as port:
        caplog.clear()
        for path in ("/slack/events", "/slack/event"):
            status, _, body = await ask(http_play, "POST", path, port=port)
            assert (status, body.startswith("Her får bare partnere svar.")) == (404, True)
        assert (await ask(http_play, "GET", "/", port=port))[2] == "Her er det ingenting.\n"
    assert warnings(caplog) == [{"event": "slack_sends_elsewhere", "reason": "partners_alone"}]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_partners_key_opens_nothing_but_what_is_partners(
    http_play: Stage, method: str
) -> None:
    async with http_play.ledger.database.transaction() as transaction:
        scope = PartnerScope.HOLDER
        _, key = await partners.add(transaction, "Nettbutikken", scope, is_test=False)
    shown = {"authorization": f"Bearer {key}"}
    as_signed = {**shown, "x-slack-signature": key, "x-slack-request-timestamp": "1"}
    for path in ("/slack/events", "/healthz", "/", "/metrics", *PAGES):
        without = await ask(http_play, method, path)
        assert await ask(http_play, method, path, shown) == without, path
        assert (await ask(http_play, method, path, as_signed))[0] == without[0], path
    assert (await ask(http_play, "GET", "/api/v1/me", shown))[0] == 200


async def ask(
    play: Stage,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    *,
    port: int | None = None,
) -> tuple[int, str, str]:
    url = URL(f"http://127.0.0.1:{port or play.bot.port}{path}", encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers) as answer,
    ):
        return answer.status, answer.headers["content-type"], await answer.text()


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
