"""**Koder per måned**, in the conversation with whoever asks: as a chart, where Slack does not take
that as a picture, and where it takes none either in numbers."""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from slack_sdk.errors import SlackApiError, SlackRequestError

from handlers.call import Call, Reply
from handlers.house import Workspace
from handlers.slack_errors import NETWORK, Kind, kind_of
from handlers.views import open_view
from storage.monthly import Month, monthly
from templates.chart import in_numbers, monthly_chart, monthly_numbers, monthly_plan
from templates.message import Message
from templates.outcomes import sending_chart_view

log = logging.getLogger(__name__)

DRAWING = Path(__file__).with_name("drawing.py")
DRAWING_SECONDS = 20.0


async def send_chart(call: Call, workspace: Workspace) -> Reply:
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        months = await monthly(desk)

    async def later() -> None:
        await open_view(call, workspace, sending_chart_view(workspace.words))
        await _send(call, workspace, months)

    return Reply(later=later)


async def _send(call: Call, workspace: Workspace, months: Sequence[Month]) -> None:
    words = workspace.words
    if await _is_shown(call, workspace, monthly_chart(words, months)):
        return
    picture = await drawn(json.dumps(monthly_plan(words, months)).encode())
    if picture is None or not await _is_taken(call, workspace, picture, in_numbers(words, months)):
        await _say(call, workspace, monthly_numbers(words, months))


async def _is_shown(call: Call, workspace: Workspace, chart: Message) -> bool:
    try:
        await _say(call, workspace, chart)
    except SlackApiError as error:
        if kind_of(error) is not Kind.CONTENT:
            raise
        return False
    return True


async def _say(call: Call, workspace: Workspace, message: Message) -> None:
    await workspace.client.chat_postMessage(
        channel=call.user_id, text=message.text, blocks=message.blocks
    )


async def _is_taken(call: Call, workspace: Workspace, picture: bytes, numbers: str) -> bool:
    title = workspace.words.gettext("Koder per måned")
    try:
        conversation = await workspace.client.conversations_open(users=call.user_id)
        await workspace.client.files_upload_v2(
            channel=conversation["channel"]["id"],
            filename="koder-per-maned.png",
            content=picture,
            title=title,
            alt_txt=numbers,
            initial_comment=title,
        )
    except (SlackApiError, SlackRequestError, *NETWORK) as error:
        log.warning("picture_not_sent", extra={"error": type(error).__name__})
        return False
    return True


async def drawn(plan: bytes) -> bytes | None:
    """The picture; None where nothing can draw it here, or not in time."""
    command = (sys.executable, str(DRAWING))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(DRAWING_SECONDS):
            picture, _ = await process.communicate(plan)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    if process.returncode:
        log.info("picture_not_drawn", extra={"code": process.returncode})
        return None
    return picture
