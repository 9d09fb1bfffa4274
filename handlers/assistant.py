"""Slack's own place for agents: what one might ask, when somebody opens it.

Some of it needs a paid plan, and all of it works without.
"""

import logging

import aiohttp
from slack_sdk.errors import SlackApiError

from handlers.call import Call
from handlers.services import Services
from handlers.slack_errors import error_name
from storage import members, organisations
from storage.refusals import NoOrganisation
from templates import prompts

log = logging.getLogger(__name__)


async def suggest_prompts(call: Call, services: Services) -> None:
    """Somebody opened the conversation with the bot: questions that fit who they are."""
    channel = str(call.event.get("channel") or "")
    if not services.is_agent or not channel:
        return
    try:
        async with services.database.reading() as transaction:
            standing = await organisations.standing_of_team(transaction, call.team_id)
            member = await members.look_up(transaction, standing, call.user_id)
    except NoOrganisation:
        return  # there is nothing to ask about yet; whoever writes is told so
    try:
        await services.client.assistant_threads_setSuggestedPrompts(
            channel_id=channel,
            title=prompts.title(services.words),
            prompts=prompts.suggested(services.words, member),
        )
    except (SlackApiError, aiohttp.ClientError, OSError, TimeoutError) as error:
        # The person can ask all the same.
        name = error_name(error) if isinstance(error, SlackApiError) else type(error).__name__
        log.info("prompts_not_suggested", extra={"error": name})
