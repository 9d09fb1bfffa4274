"""Somebody leaves the workspace, or the bot itself is removed from it."""

import logging

from handlers.call import Call, Reply
from handlers.services import Services
from storage import audit, authority, decisions, organisations
from storage.database import Transaction
from storage.organisations import Standing

log = logging.getLogger(__name__)


async def member_changed(call: Call, services: Services) -> Reply:
    """A deactivated member loses authority and account holding at once."""
    services.directory.forget(call.user_id)
    user = call.event.get("user")
    if not isinstance(user, dict) or not user.get("deleted"):
        return Reply()
    async with services.database.transaction() as transaction:
        standing = await organisations.standing_to_decide(transaction, call.team_id)
        await _leave(transaction, standing, call.user_id)
        standing = await organisations.standing_of_team(transaction, call.team_id)
    services.wake()
    if not standing.holders:
        about = {"organisation": standing.organisation.id}
        log.error("organisation_without_account_holder", extra=about)
    return Reply()


async def _leave(transaction: Transaction, standing: Standing, user_id: str) -> None:
    organisation_id = standing.organisation.id
    if standing.is_account_holder(user_id):
        await organisations.remove_account_holder(
            transaction, organisation_id, user_id, audit.BOT, even_the_last=True
        )
    await decisions.withdraw_all(transaction, standing, user_id)
    await authority.person_left(transaction, organisation_id, user_id)


async def bot_removed(call: Call, services: Services) -> Reply:
    """`tokens_revoked` and `app_uninstalled` come in any order, once or twice: the ledger keeps
    what it has, and what cannot be delivered is parked until the bot is installed again."""
    log.error("bot_removed_from_workspace", extra={"team": call.team_id, "slack_event": call.id})
    return Reply()
