"""Whoever has installed the bot is told what to do first."""

import logging

from slack_sdk.errors import SlackApiError

from handlers.house import Workspace
from handlers.putting import post
from handlers.slack_errors import is_refusal, name_of
from storage.organisations import of_team
from storage.records import Organisation
from templates.registering import installed_message

log = logging.getLogger(__name__)

WELCOME = "welcome"
"""What it is called in the log."""


async def welcome(workspace: Workspace, user_id: str) -> None:
    """Told, or never to be.

    Raises:
        SlackApiError: Slack does not take it now.
        Those of `slack_errors.NETWORK`: nobody knows whether it does.
    """
    message = installed_message(workspace.words, await _organisation(workspace))
    try:
        await post(workspace, WELCOME, message, user_id)
    except SlackApiError as error:
        if not is_refusal(error):
            raise
        log.warning("not_welcomed", extra={"team": workspace.team_id, "error": name_of(error)})


async def _organisation(workspace: Workspace) -> Organisation | None:
    """The first, where there are several."""
    async with workspace.house.ledger.database.reading() as reading:
        there = await of_team(reading, workspace.team_id)
    return there[0] if there else None
