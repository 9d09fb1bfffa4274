"""An app that is shown as an agent, and the buttons that rate what it says."""

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import Human, Sandbox

from .genuine_bot import Json, plain

FEEDBACK: Json = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "rate",
            "positive_button": {"text": plain("👍"), "value": "up"},
            "negative_button": {"text": plain("👎"), "value": "down"},
        }
    ],
}


@pytest.fixture
def kari(slack: Sandbox) -> Human:
    return slack.person("Kari", "Nordmann")


async def test_each_side_of_the_feedback_tells_its_own_value(
    either_app: AsyncApp, kari: Human
) -> None:
    told: list[Json] = []

    @either_app.action("rate")
    async def rate(ack: AsyncAck, action: Json) -> None:
        told.append(action)
        await ack()

    await either_app.client.chat_postMessage(channel=kari.id, text="x", blocks=[FEEDBACK])
    for sign in ("👎", "👍"):
        await kari.clicks(sign)
    assert [(each["type"], each["value"]) for each in told] == [
        ("feedback_buttons", "down"),
        ("feedback_buttons", "up"),
    ]


async def test_an_agent_hears_what_somebody_looks_at(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    heard: list[Json] = []

    @app.event("message")
    async def listen(event: Json) -> None:
        heard.append(event)

    await kari.says("hei")
    slack.workspace.installation.is_agent = True
    await kari.says("hei")
    slack.workspace.installation.events.add("app_context_changed")
    await kari.says("hei")
    await slack.settles()
    assert ["app_context" in event for event in heard] == [False, False, True]


async def test_a_session_has_a_status_and_keeps_its_first_title(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    slack.workspace.installation.is_agent = True
    question = await kari.says("hei")
    place = {"channel_id": question.channel_id, "thread_ts": question.ts}
    at_work = await app.client.agents_sessions_setStatus(**place, status="processing", title="Hei")
    assert at_work["warning"] == "missing_agent_session_stopped_event_subscription"
    await app.client.agents_sessions_setStatus(**place, status="active", title="Noe annet")
    session = slack.workspace.sessions[question.channel_id, question.ts]
    assert (session.status, session.title) == ("active", "Hei")
    await app.client.agents_sessions_rename(**place, title="Hilsen")
    assert session.title == "Hilsen"


async def test_a_suggestion_is_asked_as_ones_own_words(
    slack: Sandbox, app: AsyncApp, kari: Human
) -> None:
    bot = slack.workspace.installation
    bot.is_agent = True
    bot.scopes.add("assistant:write")
    suggested = {"prompts": [{"title": "Når?", "message": "Når går koden ut?"}]}
    channel = kari.direct_messages.id
    question = await kari.says("hei")
    await _suggest(app.client, channel_id=channel, thread_ts=question.ts, **suggested)
    assert kari.prompts() == []
    await _suggest(app.client, channel_id=channel, **suggested)
    asked = await kari.asks_prompt("Når?")
    assert asked.text() == "Når går koden ut?"


async def _suggest(client: AsyncWebClient, **arguments: object) -> None:
    await client.api_call("assistant.threads.setSuggestedPrompts", json=arguments)


async def test_a_thread_is_read_with_the_message_it_hangs_on(app: AsyncApp, kari: Human) -> None:
    question = await kari.says("hei")
    channel = question.channel_id
    await app.client.chat_postMessage(channel=channel, text="utenfor")
    await app.client.chat_postMessage(channel=channel, text="i tråden", thread_ts=question.ts)
    found = await app.client.conversations_replies(channel=channel, ts=question.ts)
    assert [message["text"] for message in found["messages"]] == ["hei", "i tråden"]
