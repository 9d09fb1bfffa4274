"""Somebody leaves the workspace, or the bot itself is removed from it."""

import logging

from handlers.call import Call, Reply
from handlers.house import Workspace
from storage import authority, decisions, organisations
from storage.desk import DecidingDesk
from storage.records import BOT

log = logging.getLogger(__name__)


async def member_changed(call: Call, workspace: Workspace) -> Reply:
    """A deactivated member loses authority and account holding at once."""
    workspace.directory.forget(call.user_id)
    user = call.event.get("user")
    if not isinstance(user, dict) or not user.get("deleted"):
        return Reply()
    async with workspace.deciding() as desk:
        await _leave(desk, call.user_id)
    if not desk.standing.holders:
        about = {"organisation": desk.organisation.id}
        log.error("organisation_without_account_holder", extra=about)
    return Reply()


async def _leave(desk: DecidingDesk, user_id: str) -> None:
    if desk.standing.is_account_holder(user_id):
        await organisations.remove_account_holder(desk, user_id, BOT, even_the_last=True)
    await decisions.withdraw_all(desk, user_id)
    await authority.person_left(desk, user_id)


async def bot_removed(call: Call, workspace: Workspace) -> Reply:
    """`tokens_revoked` and `app_uninstalled` come in any order, once or twice: the ledger keeps
    what it has, and what is to be delivered waits until the bot is installed again."""
    workspace.ties.doubt()
    log.error("bot_removed_from_workspace", extra={"team": call.team_id, "slack_event": call.id})
    return Reply()
