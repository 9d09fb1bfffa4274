"""Slack's own place for agents: what one might ask, when somebody opens it.

Some of it needs a paid plan, and all of it works without.
"""

import logging

from slack_sdk.errors import SlackApiError

from handlers.call import Call
from handlers.house import Workspace
from handlers.slack_errors import SLACK_FAILED, name_of
from storage import members
from storage.refusals import NoOrganisation
from templates import prompts

log = logging.getLogger(__name__)


async def suggest_prompts(call: Call, workspace: Workspace) -> None:
    """Somebody opened the conversation with the bot: questions that fit who they are."""
    if not workspace.agent.is_shown or not call.channel:
        return
    try:
        async with workspace.looking() as desk:
            member = await members.look_up(desk, call.user_id)
    except NoOrganisation:
        return  # there is nothing to ask about yet; whoever writes is told so
    try:
        await workspace.client.assistant_threads_setSuggestedPrompts(
            channel_id=call.channel,
            title=prompts.title(workspace.words),
            prompts=prompts.suggested(workspace.words, member),
        )
    except SLACK_FAILED as error:
        # The person can ask all the same.
        log.info("prompts_not_suggested", extra={"error": name_of(error)})
        if isinstance(error, SlackApiError):
            workspace.agent.refused(error)
    else:
        workspace.agent.taken()
