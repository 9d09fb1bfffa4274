"""What Slack's errors mean, by kind."""

import socket

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack_errors import NOT_REACHED


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:{closed}/api/", "http://no-such-name.invalid/api/"]
)
async def test_what_was_never_sent_is_told_from_what_slack_may_have_heard(address: str) -> None:
    """It is simply tried again: nothing can have been posted. Here it is not, as that takes a
    second and shows the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    base_url = address.format(closed=closed)
    client = AsyncWebClient("xoxb-1", base_url=base_url, retry_handlers=[])
    with pytest.raises(NOT_REACHED):
        await client.auth_test()
