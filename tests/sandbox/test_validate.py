"""`blocks.validate`: Block Kit looked at by the same rules, and sent nowhere."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import Sandbox

GOOD = [{"type": "section", "text": {"type": "plain_text", "text": "x"}}]
BAD = [{"type": "section", "text": {"type": "plain_text", "text": ""}}]
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "x"}}


@pytest.fixture
async def client(slack: Sandbox) -> AsyncIterator[AsyncWebClient]:
    async with ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)


@pytest.mark.parametrize(
    "given",
    [
        {"blocks": GOOD},
        {"message": {"text": "x", "blocks": GOOD}},
        {"view": MODAL | {"blocks": GOOD}},
    ],
)
async def test_what_is_right_is_told_so_and_sent_nowhere(
    slack: Sandbox, client: AsyncWebClient, given: dict[str, Any]
) -> None:
    kari = slack.person("Kari")
    assert (await client.blocks_validate(**given))["ok"]
    assert kari.surfaces() == []


@pytest.mark.parametrize(
    ("given", "error", "pointer"),
    [
        ({"blocks": BAD}, "invalid_blocks", "/blocks/0/text/text"),
        ({"message": {"text": "x", "blocks": BAD}}, "invalid_message", "/blocks/0/text/text"),
        ({"view": MODAL | {"blocks": BAD}}, "invalid_view", "/view/blocks/0/text/text"),
    ],
)
async def test_what_is_wrong_is_listed_with_where_and_held_against_nobody(
    slack: Sandbox, client: AsyncWebClient, given: dict[str, Any], error: str, pointer: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.blocks_validate(**given)
    answer = caught.value.response
    assert answer["error"] == error
    assert {
        "pointer": pointer,
        "code": "failed_constraint",
        "message": "must be more than 0 characters",
    } in answer["errors"]
    assert slack.workspace.violations == []


@pytest.mark.parametrize("given", [{}, {"blocks": GOOD, "view": MODAL}, {"message": "no JSON"}])
async def test_one_thing_at_a_time_is_looked_at(
    client: AsyncWebClient, given: dict[str, Any]
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(
            "blocks.validate",
            data={k: v if isinstance(v, str) else json.dumps(v) for k, v in given.items()},
        )
    assert caught.value.response["error"] == "invalid_arguments"
