"""How the bot is reached: signatures, retries, three seconds, Socket Mode's connections."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp

from bot.trial.sandbox import NotReached, Retry, Sandbox
from bot.trial.sandbox.http_delivery import signature
from bot.trial.sandbox.payloads import slash_command

from .genuine_bot import over_http, over_socket_mode, serving

MESSAGE = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "text": "hei"}


def collecting(app: AsyncApp) -> list[dict[str, Any]]:
    """The message events the app hears, from now on."""
    heard: list[dict[str, Any]] = []

    @app.event("message")
    async def hear(event: dict[str, Any]) -> None:
        heard.append(event)

    return heard


# Requests and their signatures


def test_the_signature_is_slacks_own_example() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
        b".803a0bc887a14d10d2c447fce8b6703c"
    )

    signed = signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)

    assert signed == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


async def test_a_forged_signature_is_refused(slack: Sandbox, app: AsyncApp) -> None:
    heard = collecting(app)

    answer = await slack.deliver("event", slack.event(MESSAGE), signing_secret="guessed")

    assert (answer.status, heard) == (401, [])


async def test_an_old_request_is_refused(slack: Sandbox, app: AsyncApp) -> None:
    answer = await slack.deliver("event", slack.event(MESSAGE), timestamp=1_531_420_618)

    assert answer.status == 401


async def test_a_command_carries_every_field_of_slacks(slack: Sandbox, app: AsyncApp) -> None:
    kari = slack.person("Kari", "Nordmann", email="kari@example.no")
    bodies: list[dict[str, Any]] = []

    @app.command("/code")
    async def code(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        await ack()

    await kari.types("/code <b> & æøå")

    body = bodies[0]
    assert body["text"] == "&lt;b&gt; &amp; æøå"
    assert (body["user_id"], body["user_name"], body["team_id"]) == (kari.id, "kari", "T0ORG")
    assert body["is_enterprise_install"] == "false"
    assert set(body) == {
        *("token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name"),
        *("command", "text", "api_app_id", "is_enterprise_install", "response_url", "trigger_id"),
    }


async def test_a_url_that_does_not_answer_the_challenge_is_not_connected(slack: Sandbox) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"what?"})

    async with serving(silent) as url:
        with pytest.raises(NotReached, match="challenge_failed"):
            await slack.connect_http(url)


# Three seconds


async def test_a_late_acknowledgement_is_trouble_and_held_against_the_bot() -> None:
    async with Sandbox(acknowledgement_timeout=0.05) as slack, over_http(slack) as app:
        kari = slack.person("Kari")

        @app.command("/slow")
        async def slow(ack: Any) -> None:
            await asyncio.sleep(0.2)
            await ack()

        await kari.types("/slow")

        assert [trouble.text for trouble in kari.troubles()] == [
            '/slow failed with the error "operation_timeout"'
        ]
        kinds = [violation.kind for violation in slack.workspace.violations]
        assert kinds == ["late_acknowledgement"]


async def test_calls_before_the_acknowledgement_are_known(slack: Sandbox, app: AsyncApp) -> None:
    kari = slack.person("Kari")

    @app.command("/eager")
    async def eager(ack: Any, client: Any) -> None:
        await client.users_info(user=kari.id)
        await ack()

    await kari.types("/eager")

    acknowledgement = slack.workspace.acknowledgements[-1]
    assert acknowledgement.name == "/eager"
    assert 0 < acknowledgement.elapsed < 3
    methods = [call.method for call in acknowledgement.calls_before]
    assert methods[-1] == "users.info"


async def test_a_command_nobody_handles_is_trouble(slack: Sandbox, app: AsyncApp) -> None:
    kari = slack.person("Kari")

    await kari.types("/unknown")

    assert "dispatch_failed" in kari.text_on_screen()
    assert slack.workspace.violations[0].kind == "refused_delivery"


async def test_a_bot_that_is_down_is_trouble_but_no_violation(slack: Sandbox) -> None:
    kari = slack.person("Kari")

    await kari.types("/code")

    assert kari.troubles()[0].reason == "dispatch_failed"
    assert slack.workspace.violations == []


# Events and their retries


async def test_an_event_that_fails_is_sent_again_and_says_why(slack: Sandbox) -> None:
    attempts: list[dict[str, str]] = []

    async def failing_twice(scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        attempts.append({k: v for k, v in headers.items() if k.startswith("x-slack-retry")})
        status = 500 if len(attempts) < 3 else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with serving(failing_twice) as url:
        await slack.connect_http(url, verify=False)
        await slack.person("Kari").says("hei")
        await slack.settles()

    assert attempts == [
        {},
        {"x-slack-retry-num": "1", "x-slack-retry-reason": "http_error"},
        {"x-slack-retry-num": "2", "x-slack-retry-reason": "http_error"},
    ]
    events = {a.payload["event_id"] for a in slack.workspace.acknowledgements}
    assert len(events) == 1


async def test_a_bot_may_ask_not_to_be_sent_it_again(slack: Sandbox) -> None:
    attempts = 0

    async def declining(scope: Any, receive: Any, send: Any) -> None:
        nonlocal attempts
        attempts += 1
        headers = [(b"x-slack-no-retry", b"1")]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async with serving(declining) as url:
        await slack.connect_http(url, verify=False)
        await slack.person("Kari").says("hei")
        await slack.settles()

    assert attempts == 1


async def test_the_same_event_can_be_delivered_twice(slack: Sandbox, either_app: AsyncApp) -> None:
    heard = collecting(either_app)
    event = slack.event(MESSAGE)

    await slack.deliver("event", event)
    await slack.deliver("event", event, retry=Retry(1, "http_timeout"))

    assert len(heard) == 2


async def test_a_bot_hears_only_what_it_subscribes_to(slack: Sandbox, app: AsyncApp) -> None:
    heard = collecting(app)
    kari = slack.person("Kari")

    slack.workspace.installation.events.discard("message.im")
    await kari.says("one")
    slack.workspace.installation.events.add("message.im")
    slack.workspace.installation.scopes.discard("im:history")
    await kari.says("two")
    slack.workspace.installation.scopes.add("im:history")
    await kari.says("three")

    assert [event["text"] for event in heard] == ["three"]


async def test_a_bot_is_sent_its_own_messages_too(slack: Sandbox, app: AsyncApp) -> None:
    kari = slack.person("Kari")

    posted = await app.client.chat_postMessage(channel=kari.id, text="hei")
    await slack.settles()

    own = slack.workspace.acknowledgements[-1].payload["event"]
    assert (own["type"], own["bot_id"]) == ("message", slack.workspace.installation.bot_id)

    await app.client.chat_update(channel=posted["channel"], ts=posted["ts"], text="hade")
    await app.client.chat_delete(channel=posted["channel"], ts=posted["ts"])
    await slack.settles()

    events = [a.payload["event"] for a in slack.workspace.acknowledgements]
    subtypes = [event.get("subtype") for event in events]
    assert sorted(subtypes[1:]) == ["message_changed", "message_deleted"]


@pytest.mark.timeout(10)  # red is a loop that never ends
async def test_what_has_just_ended_is_settled(slack: Sandbox) -> None:
    slack.carrier.send_event({"type": "heard_by_nobody"})
    await asyncio.sleep(0)  # it has ended; what ends with it comes in the loop's next turn

    await slack.settles()


# Socket Mode


async def test_a_ticket_for_a_connection_works_once(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {slack.app_token}"}
        url = f"{slack.api_url}apps.connections.open"
        async with session.post(url, headers=headers) as response:
            link = (await response.json())["url"]
        async with session.ws_connect(link) as connection:
            assert (await connection.receive_json())["type"] == "hello"
            async with session.ws_connect(link) as second:
                assert (await second.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_a_refreshed_connection_is_replaced_and_nothing_is_lost(slack: Sandbox) -> None:
    async with over_socket_mode(slack) as app:
        heard = collecting(app)
        kari = slack.person("Kari")

        await slack.socket_mode.refresh()
        await kari.says("hei")
        await slack.settles()

        assert slack.socket_mode.opened == 2
        assert [event["text"] for event in heard] == ["hei"]


async def test_an_event_survives_a_broken_connection(slack: Sandbox) -> None:
    async with over_socket_mode(slack) as app:
        heard = collecting(app)
        kari = slack.person("Kari")

        slack.socket_mode.break_connection()
        assert len(slack.socket_mode.connections) == 0
        await kari.says("hei")
        await slack.settles()

        assert [event["text"] for event in heard] == ["hei"]
        assert slack.socket_mode.opened == 2


async def test_whoever_is_called_off_in_the_moment_of_the_answer_is_called_off(
    slack: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before Python 3.12 `asyncio.wait_for` passes over that: somebody went on for ever."""
    acknowledged = slack.socket_mode._acknowledged

    def and_called_off(frame: dict[str, Any]) -> None:
        acknowledged(frame)
        sending.cancel()

    monkeypatch.setattr(slack.socket_mode, "_acknowledged", and_called_off)
    async with over_socket_mode(slack) as app:
        collecting(app)
        sending = asyncio.create_task(slack.socket_mode.send("event", slack.event(MESSAGE), 3.0))
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_an_event_on_its_way_when_the_connection_breaks_is_sent_again(
    slack: Sandbox,
) -> None:
    async with over_socket_mode(slack) as app:
        attempts: list[str] = []

        @app.middleware
        async def break_the_first(next_: Any, body: dict[str, Any]) -> None:
            attempts.append(body["event_id"])
            if len(attempts) == 1:
                slack.socket_mode.break_connection()
            await next_()

        heard = collecting(app)
        await slack.person("Kari").says("hei")
        await slack.settles()

        assert attempts[0] == attempts[1]
        assert "hei" in [event["text"] for event in heard]
        assert slack.workspace.acknowledgements[-1].retry == 1


async def test_a_command_while_nobody_is_connected_is_trouble(slack: Sandbox) -> None:
    async with over_socket_mode(slack):
        kari = slack.person("Kari")
        slack.socket_mode.break_connection()

        await kari.types("/code")

        assert [trouble.reason for trouble in kari.troubles()] == ["dispatch_failed"]


async def test_several_connections_take_turns(slack: Sandbox) -> None:
    async with over_socket_mode(slack) as one, over_socket_mode(slack) as two:
        await slack.socket_mode.connected(2)
        first, second = collecting(one), collecting(two)
        kari = slack.person("Kari")

        for number in range(4):
            await kari.says(str(number))

        assert (len(first), len(second)) == (2, 2)


async def test_a_command_is_acknowledged_with_words_over_either_way(
    slack: Sandbox, either_app: AsyncApp
) -> None:
    @either_app.command("/code")
    async def code(ack: Any) -> None:
        await ack("Hei *du*")

    kari = slack.person("Kari")
    shown = await kari.types("/code")

    assert shown is not None
    assert (shown.text(), shown.is_ephemeral) == ("Hei du", True)


async def test_a_payload_built_by_hand_can_be_delivered(
    slack: Sandbox, either_app: AsyncApp
) -> None:
    @either_app.command("/code")
    async def code(ack: Any, body: dict[str, Any]) -> None:
        await ack(f"for {body['user_id']}")

    kari = slack.person("Kari")
    payload = slash_command(slack.workspace, kari.record, kari.direct_messages, "/code", "")
    answer = await slack.deliver("command", {**payload, "user_id": "U0FORGED"})

    assert "for U0FORGED" in answer.text()
    assert kari.messages() == []
