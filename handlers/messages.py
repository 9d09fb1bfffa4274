"""Messages that one person sees: where they did something, or from the bot directly."""

from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers.call import Call, Reply
from handlers.house import QUIET, Workspace
from handlers.putting import put
from handlers.slack_errors import SLACK_FAILED, refused_at_address
from templates.message import Message

TOLD = "told"
"""What these are called in the log, where Slack does not take them."""


def ephemeral(*messages: Message) -> Reply:
    """An answer to the command that only the person who typed it sees; it is gone when Slack is
    reloaded. Whether Slack takes it, nobody tells us: it is the acknowledgement."""
    blocks = [block for message in messages for block in message.blocks]
    text = "\n".join(message.text for message in messages)
    return Reply({"response_type": "ephemeral", "text": text, "blocks": blocks})


async def say_alone(call: Call, workspace: Workspace, message: Message) -> None:
    """Tell whoever pressed a button something below the message that it stands in.

    By the interaction's own address: the bot need not be in that channel, and others do not see it.
    Where that does not go any more, in a direct message.

    Raises:
        SlackApiError, and those of `slack_errors.NETWORK`: nor does that.
    """
    webhook = AsyncWebhookClient(call.response_url, session=workspace.client.session, logger=QUIET)

    async def send(form: Message) -> None:
        body = {**(ephemeral(form).body or {}), "replace_original": False}
        if call.thread_ts:
            body["thread_ts"] = call.thread_ts
        answer = await webhook.send_dict(body)
        if answer.status_code != 200 or "error" in answer.body:
            raise refused_at_address(answer.status_code, answer.body)

    try:
        await put(workspace, TOLD, message, send)
    except SLACK_FAILED:
        await tell_directly(call, workspace, message)


async def tell_directly(call: Call, workspace: Workspace, message: Message) -> None:
    """
    Raises:
        SlackApiError, and those of `slack_errors.NETWORK`: it does not go.
    """

    async def send(form: Message) -> None:
        await workspace.client.chat_postMessage(
            channel=call.user_id, text=form.text, blocks=form.blocks or None
        )

    await put(workspace, TOLD, message, send)
