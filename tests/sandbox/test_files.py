"""Files: sent to where Slack says, and shared when all of them have come."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import Sandbox

CONTENT = "Navn;Tid\r\nÆrlig;nå\r\n".encode()


@pytest.fixture
def client(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url)


async def test_a_file_comes_to_whoever_it_is_for(slack: Sandbox, client: AsyncWebClient) -> None:
    kari = slack.person("Kari", "Nordmann")
    await client.files_upload_v2(
        channel=kari.direct_messages.id,
        filename="liste.csv",
        content=CONTENT,
        title="Listen",
        initial_comment="Her er den.",
    )
    message = await kari.sees_message("Her er den.")
    assert message.file("liste.csv") == CONTENT


async def refused(call: object) -> str:
    with pytest.raises(SlackApiError) as refusal:
        await call  # type: ignore[misc]
    return str(refusal.value.response["error"])


@pytest.mark.parametrize("length", [0, -1])
async def test_a_file_has_a_length(slack: Sandbox, client: AsyncWebClient, length: int) -> None:
    asked = client.files_getUploadURLExternal(filename="a", length=length)
    assert await refused(asked) == "invalid_arguments"


async def test_what_has_not_come_is_not_shared(slack: Sandbox, client: AsyncWebClient) -> None:
    kari = slack.person("Kari", "Nordmann")
    given = await client.files_getUploadURLExternal(filename="a.csv", length=len(CONTENT))
    files = [{"id": given["file_id"]}]
    channel = kari.direct_messages.id
    shared = client.files_completeUploadExternal(files=files, channel_id=channel)
    assert await refused(shared) == "file_not_found"
    async with aiohttp.ClientSession() as session:
        for content, status in ((b"short", 400), (CONTENT, 200)):
            async with session.post(given["upload_url"], data=content) as answer:
                assert answer.status == status
        async with session.post(f"{given['upload_url']}X", data=CONTENT) as answer:
            assert answer.status == 404
    elsewhere = client.files_completeUploadExternal(files=files, channel_id="C0NOWHERE")
    assert await refused(elsewhere) == "channel_not_found"
    to_a_person = client.files_completeUploadExternal(files=files, channel_id=kari.id)
    assert await refused(to_a_person) == "invalid_arguments"


async def test_a_file_is_shared_once(slack: Sandbox, client: AsyncWebClient) -> None:
    kari = slack.person("Kari", "Nordmann")
    done = await client.files_upload_v2(
        channel=kari.direct_messages.id, filename="a.csv", content=CONTENT
    )
    again = client.files_completeUploadExternal(
        files=[{"id": done["file"]["id"]}], channel_id=kari.direct_messages.id
    )
    assert await refused(again) == "file_not_found"


async def test_without_the_scope_nothing_is_taken(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.workspace.installation.scopes.discard("files:write")
    asked = client.files_getUploadURLExternal(filename="a", length=1)
    assert await refused(asked) == "missing_scope"
