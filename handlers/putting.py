"""A message on its way to Slack: as it is, or where that is refused, as Slack will take it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from slack_sdk.errors import SlackApiError

from handlers.house import Workspace
from handlers.slack_errors import Kind, kind_of
from templates.message import Message
from templates.plain import plainer

Sent = TypeVar("Sent")


async def put(
    workspace: Workspace, kind: str, message: Message, send: Callable[[Message], Awaitable[Sent]]
) -> Sent:
    """Send it; when Slack refuses how it is put, more and more plainly. `kind` is for the log.

    Nothing is sent twice by this: Slack has said no to what went before.

    Raises:
        SlackApiError: any other refusal, or it is not taken in the plainest form either.
    """
    try:
        return await send(message)
    except SlackApiError as error:
        _keep(workspace, kind, error)
    simple, text_alone = plainer(workspace.words, message)
    try:
        return await send(simple)
    except SlackApiError as error:
        _keep(workspace, kind, error)
    return await send(text_alone)


async def post(workspace: Workspace, kind: str, message: Message, channel: str) -> None:
    """What stands in no outbox; `channel` may be a member's id.

    Raises:
        SlackApiError: as `put`.
        Those of `slack_errors.NETWORK`: nobody knows whether it was taken.
    """

    async def send(form: Message) -> object:
        return await workspace.courier_client.chat_postMessage(
            channel=channel,
            text=form.text,
            blocks=form.blocks or None,
            unfurl_links=False,
            unfurl_media=False,
        )

    await put(workspace, kind, message, send)


def _keep(workspace: Workspace, kind: str, error: SlackApiError) -> None:
    """
    Raises:
        SlackApiError: this one, where it is not about how the message is put.
    """
    if kind_of(error) is not Kind.CONTENT:
        raise error
    workspace.complaints.keep(kind, error)
