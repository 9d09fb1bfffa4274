"""Messages that one person sees, where they did something; they are gone when Slack is reloaded."""

from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers.call import Call, Reply
from handlers.house import QUIET, Workspace
from templates.message import Message


def ephemeral(*messages: Message) -> Reply:
    """An answer to the command that only the person who typed it sees."""
    blocks = [block for message in messages for block in message.blocks]
    text = "\n".join(message.text for message in messages)
    return Reply({"response_type": "ephemeral", "text": text, "blocks": blocks})


async def say_alone(call: Call, workspace: Workspace, message: Message) -> None:
    """Tell whoever pressed a button something below the message that it stands in.

    By the interaction's own address: the bot need not be in that channel, and others do not see it.
    """
    body = {**(ephemeral(message).body or {}), "replace_original": False}
    if call.thread_ts:
        body["thread_ts"] = call.thread_ts
    webhook = AsyncWebhookClient(call.response_url, session=workspace.client.session, logger=QUIET)
    await webhook.send_dict(body)
