"""Whether Slack takes the bot: what it says again and again, and when that is over."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.trial.sandbox import Sandbox
from handlers.house import QUIET
from handlers.ties import Ties


def missing(needed: str) -> SlackApiError:
    client = AsyncWebClient()
    answer = {"ok": False, "error": "missing_scope", "needed": needed}
    response = AsyncSlackResponse(
        client=client, http_verb="POST", api_url="", req_args={}, data=answer, headers={},
        status_code=200,
    )  # fmt: skip
    return SlackApiError("", response)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("needed", "is_mended"),
    [
        ("im:history", True),
        ("channels:history,groups:history, im:history", True),
        ("channels:history,groups:history", False),
        ("", True),
    ],
)
async def test_of_several_scopes_that_slack_names_one_is_enough(
    needed: str, *, is_mended: bool
) -> None:
    async with Sandbox(scopes={"im:history", "chat:write"}) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, logger=QUIET)
        ties = Ties(client, "T0ORG")
        ties.refused(missing(needed))
        await ties.look()
        assert (ties.trouble == "") is is_mended
