"""Messages that one person sees: where they did something, or from the bot directly."""

import logging
from datetime import timedelta

from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers.call import Call, Reply
from handlers.directory import NotYet, Urgency
from handlers.house import QUIET, Workspace
from handlers.putting import put
from handlers.slack_errors import SLACK_FAILED, name_of, refused_at_address
from handlers.telling import is_public
from templates.message import Message

log = logging.getLogger(__name__)

JUST_NOW = timedelta(seconds=5)
"""Whoever was seen so lately is asked about no more before they are told something."""

TOLD = "told"
"""What these are called in the log, where Slack does not take them."""


def ephemeral(*messages: Message) -> Reply:
    """An answer to the command that only the person who typed it sees; it is gone when Slack is
    reloaded. Whether Slack takes it, nobody tells us: it is the acknowledgement."""
    blocks = [block for message in messages for block in message.blocks]
    text = "\n".join(message.text for message in messages)
    return Reply({"response_type": "ephemeral", "text": text, "blocks": blocks})


async def say_alone(call: Call, workspace: Workspace, message: Message) -> None:
    """Tell whoever pressed a button something below the message that it stands in, or whoever typed
    the command.

    By the interaction's own address: the bot need not be in that channel, and others do not see it.
    Where that does not go any more, as after half an hour or five messages, in a direct message.

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
    """Not to somebody who has left since: what went wrong may have taken its time.

    Raises:
        SlackApiError, and those of `slack_errors.NETWORK`: it does not go.
    """
    if await _has_left(call.user_id, workspace):
        return

    async def send(form: Message) -> None:
        await workspace.client.chat_postMessage(
            channel=call.user_id, text=form.text, blocks=form.blocks or None
        )

    await put(workspace, TOLD, message, send)


async def _has_left(user_id: str, workspace: Workspace) -> bool:
    """Where Slack does not tell, they have not."""
    try:
        return not await workspace.directory.is_here(user_id, JUST_NOW, Urgency.NOW)
    except (*SLACK_FAILED, NotYet):
        return False


async def say_back(call: Call, workspace: Workspace, message: Message) -> None:
    """Answer what somebody wrote, at once and to them alone; what must not be lost goes into the
    outbox instead. Whom Slack does not let us write to cannot be told."""
    channel, client = str(call.event.get("channel") or call.user_id), workspace.client

    async def send(form: Message) -> None:
        blocks = form.blocks or None
        if is_public(channel):
            # In a thread that has not begun, Slack would show it to nobody.
            thread_ts = call.thread_ts or None
            await client.chat_postEphemeral(
                channel=channel,
                user=call.user_id,
                thread_ts=thread_ts,
                text=form.text,
                blocks=blocks,
            )
        else:
            thread_ts = call.answered_in or None
            await client.chat_postMessage(
                channel=channel, thread_ts=thread_ts, text=form.text, blocks=blocks
            )

    try:
        await put(workspace, TOLD, message, send)
    except SLACK_FAILED as error:
        log.info("could_not_say_back", extra={"call": call.id, "error": name_of(error)})
