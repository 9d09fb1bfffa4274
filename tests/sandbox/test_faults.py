"""Slack misbehaving on purpose."""

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import (
    Dropped,
    Human,
    RateLimited,
    Sandbox,
    ServerError,
    Silence,
    SlackError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def client(slack: Sandbox) -> "AsyncIterator[AsyncWebClient]":
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


@pytest.fixture
def kari(slack: Sandbox) -> Human:
    return slack.person("Kari")


async def test_a_rate_limit_says_when_to_come_back(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    slack.workspace.fail("chat.postMessage", RateLimited(retry_after=7))

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=kari.id, text="x")

    response = caught.value.response
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert response["error"] == "ratelimited"
    assert kari.messages() == []


async def test_a_client_that_waits_gets_through(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler())
    slack.workspace.fail("chat.postMessage", RateLimited(retry_after=0))

    await client.chat_postMessage(channel=kari.id, text="x")

    outcomes = [call.outcome for call in slack.workspace.calls]
    assert outcomes == ["ratelimited", "ok"]


@pytest.mark.parametrize(("before", "arrived"), [(True, 0), (False, 1)])
async def test_a_server_error_may_come_after_the_effect(
    slack: Sandbox, client: AsyncWebClient, kari: Human, before: bool, arrived: int
) -> None:
    slack.workspace.fail("chat.postMessage", ServerError(503, before=before))

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=kari.id, text="x")

    assert caught.value.response.status_code == 503
    assert len(kari.messages()) == arrived


@pytest.mark.parametrize(("before", "arrived"), [(True, 0), (False, 1)])
async def test_a_connection_may_break_after_the_effect(
    slack: Sandbox, client: AsyncWebClient, kari: Human, before: bool, arrived: int
) -> None:
    slack.workspace.fail("chat.postMessage", Dropped(before=before))

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=kari.id, text="x")

    assert len(kari.messages()) == arrived


async def test_a_refusal_is_given_as_often_as_asked_for(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    slack.workspace.fail("chat.postMessage", SlackError("channel_not_found"), times=2)

    for _ in range(2):
        with pytest.raises(SlackApiError, match="channel_not_found"):
            await client.chat_postMessage(channel=kari.id, text="x")
    await client.chat_postMessage(channel=kari.id, text="x")

    assert slack.workspace.violations == []


async def test_a_fault_meets_only_the_calls_it_is_meant_for(
    slack: Sandbox, client: AsyncWebClient, kari: Human
) -> None:
    slack.workspace.fail(
        "*", SlackError("is_archived"), when=lambda body: "secret" in body.get("text", "")
    )

    await client.chat_postMessage(channel=kari.id, text="open")
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postMessage(channel=kari.id, text="secret")


@pytest.mark.parametrize(("before", "arrived"), [(True, 0), (False, 1)])
async def test_silence_lasts_before_or_after_the_effect(
    slack: Sandbox, client: AsyncWebClient, kari: Human, before: bool, arrived: int
) -> None:
    slack.workspace.fail("chat.postMessage", Silence(30, before=before))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.chat_postMessage(channel=kari.id, text="x"), 0.1)

    assert len(kari.messages()) == arrived


async def test_who_was_left_unanswered_is_answered_when_the_trouble_is_over(
    slack: Sandbox, kari: Human, client: AsyncWebClient
) -> None:
    slack.workspace.fail("chat.postMessage", Silence(30))
    posting = asyncio.ensure_future(client.chat_postMessage(channel=kari.id, text="x"))
    assert await slack.workspace.changes.until(lambda: slack.workspace.calls or None, 10)
    slack.workspace.faults.end()
    assert (await asyncio.wait_for(posting, 10))["ok"]
    assert len(kari.messages()) == 1
