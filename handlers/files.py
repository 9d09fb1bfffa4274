"""A list as a file, in the conversation with whoever asked for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from slack_sdk.errors import SlackApiError, SlackRequestError

from handlers.call import Call
from handlers.house import Workspace
from handlers.slack_errors import NETWORK, Kind, kind_of, name_of
from handlers.views import open_view, update_view
from templates.outcomes import file_failed_view, file_sent_view, sending_file_view

log = logging.getLogger(__name__)


async def send_file(
    call: Call,
    workspace: Workspace,
    name: str,
    title: str,
    read: Callable[[], Awaitable[Callable[[], bytes]]],
) -> None:
    """What becomes of it is said where it was asked for.

    `read`: reads what it is about, and gives what writes it, which is done beside the loop: a long
    list would hold all others up.
    """
    words = workspace.words
    opened = await open_view(call, workspace, sending_file_view(words))
    content = await asyncio.to_thread(await read())
    try:
        conversation = await workspace.client.conversations_open(users=call.user_id)
        await workspace.client.files_upload_v2(
            channel=conversation["channel"]["id"],
            filename=name,
            content=content,
            title=title,
            initial_comment=title,
        )
    except (SlackApiError, SlackRequestError, *NETWORK) as error:
        log.warning("file_not_sent", extra={"error": _name(error)})
        is_ours = isinstance(error, SlackApiError) and kind_of(error) is Kind.OURS
        await update_view(workspace, opened, file_failed_view(words, lasting=is_ours))
    else:
        await update_view(workspace, opened, file_sent_view(words))


def _name(error: Exception) -> str:
    return type(error).__name__ if isinstance(error, SlackRequestError) else name_of(error)
