"""What Slack allows of a method: how often, and how much at once. And a conversation in pages."""

from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import MovableClock, Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.trial.sandbox.records import Channel


@pytest.fixture
async def slack() -> "AsyncIterator[Sandbox]":
    async with Sandbox(clock=MovableClock()) as slack:
        yield slack


@pytest.fixture
async def client(slack: Sandbox) -> "AsyncIterator[AsyncWebClient]":
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


def conversation(slack: Sandbox, messages: int) -> "Channel":
    kari = slack.person("Kari")
    for number in range(messages):
        slack.workspace.add_message(kari.direct_messages, kari.id, f"nr. {number}")
    return kari.direct_messages


async def test_a_method_is_limited_to_so_many_calls_in_so_long(
    slack: Sandbox, client: AsyncWebClient
) -> None:
    channel = conversation(slack, 3)
    slack.workspace.limit("conversations.history", calls=1, seconds=60, most=15)

    await client.conversations_history(channel=channel.id)
    with pytest.raises(SlackApiError) as caught:
        await client.conversations_history(channel=channel.id)
    assert caught.value.response.status_code == 429
    wait = int(caught.value.response.headers["Retry-After"])
    await client.conversations_replies(channel=channel.id, ts=channel.messages[0].ts)

    assert isinstance(slack.workspace.clock, MovableClock)
    slack.workspace.clock.moves_on(timedelta(seconds=wait))
    await client.conversations_history(channel=channel.id)
    assert slack.workspace.violations == []


async def test_a_limited_method_gives_no_more_than_so_much_at_once(
    slack: Sandbox, client: AsyncWebClient
) -> None:
    channel = conversation(slack, 20)
    slack.workspace.limit("conversations.history", calls=9, most=15)

    page = await client.conversations_history(channel=channel.id, limit=200)

    assert [page["messages"][0]["text"], len(page["messages"])] == ["nr. 19", 15]
    assert page["has_more"]


@pytest.mark.parametrize("method", ["history", "replies"])
async def test_a_conversation_is_read_in_pages(
    slack: Sandbox, client: AsyncWebClient, method: str
) -> None:
    channel = conversation(slack, 7)
    if method == "replies":
        for message in channel.messages[1:]:
            message.thread_ts = channel.messages[0].ts
    where = {"channel": channel.id, "ts": channel.messages[0].ts, "limit": 3}
    read, cursor = [], ""
    while True:
        page = await client.api_call(
            f"conversations.{method}",
            params={**where, "cursor": cursor},
        )
        read += [message["ts"] for message in page["messages"]]
        cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
        assert bool(cursor) is page["has_more"]
        if not cursor:
            break
    assert sorted(read) == [message.ts for message in channel.messages]


async def test_what_is_deleted_between_two_pages_hides_nothing_else(
    slack: Sandbox, client: AsyncWebClient
) -> None:
    """Slack's cursor names a moment, not a place: https://docs.slack.dev/apis/web-api/pagination"""
    channel = conversation(slack, 7)
    first = await client.conversations_history(channel=channel.id, limit=3)
    newest = channel.messages.pop()
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=channel.id, limit=3, cursor=cursor)
    read = [message["text"] for page in (first, second) for message in page["messages"]]
    assert read == [f"nr. {number}" for number in (6, 5, 4, 3, 2, 1)]
    assert newest.text == "nr. 6"


@pytest.mark.parametrize(
    ("inclusive", "seen"), [(False, ["nr. 3"]), (True, ["nr. 4", "nr. 3", "nr. 2"])]
)
async def test_a_conversation_is_read_between_two_moments(
    slack: Sandbox, client: AsyncWebClient, inclusive: bool, seen: list[str]
) -> None:
    channel = conversation(slack, 7)
    page = await client.conversations_history(
        channel=channel.id,
        oldest=channel.messages[2].ts,
        latest=channel.messages[4].ts,
        inclusive=inclusive,
    )
    assert [message["text"] for message in page["messages"]] == seen
