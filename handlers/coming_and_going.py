"""Somebody joins or leaves the workspace, or changes; or the bot itself is removed from it."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from handlers.call import Call, Reply
from handlers.choosing import at_each
from handlers.directory import ASKED_ANEW, NotYet, Profile, Urgency
from handlers.house import Workspace
from handlers.leaving import look_whether_removed
from handlers.membership import LOOK_SECONDS
from handlers.slack_errors import SLACK_FAILED
from storage import authority, decisions, holding, meeting, requests
from storage.desk import DecidingDesk
from storage.records import BOT
from storage.refusals import NoOrganisation, NotAccountHolder

log = logging.getLogger(__name__)


async def member_changed(call: Call, workspace: Workspace) -> Reply:
    """A deactivated member loses authority and account holding at once, as does one who has been
    taken out of the workspace alone; whoever has another address now may be somebody whom the
    ledger waits for."""
    user = call.event.get("user")
    if not isinstance(user, Mapping) or not call.user_id:
        return Reply()
    profile = workspace.directory.told_of(user)
    if not profile.is_nobody:
        await _meet(workspace, profile)
    elif not await _is_back(workspace, user):
        await let_go(workspace, call.user_id)
    return Reply()


async def member_joined(call: Call, workspace: Workspace) -> Reply:
    """They meet what is theirs."""
    user = call.event.get("user")
    if isinstance(user, Mapping) and call.user_id:
        await _meet(workspace, workspace.directory.told_of(user))
    return Reply()


async def _is_back(workspace: Workspace, user: Mapping[str, Any]) -> bool:
    """Slack may tell late, or twice, that somebody has left, when they have come back since. Where
    it cannot be asked, it is believed: nobody keeps what they may not have."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await workspace.directory.tells_otherwise(user)
    except (*SLACK_FAILED, NotYet):
        return False


async def _has_address(workspace: Workspace, told: Profile) -> bool:
    """Whether they are here, and still have the address that the event told of. Where Slack does
    not say in time, they are looked for another time."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            is_here = await workspace.directory.is_here(told.user_id, ASKED_ANEW, Urgency.NOW)
    except (*SLACK_FAILED, NotYet):
        return False
    now = workspace.directory.known(told.user_id)
    return is_here and now is not None and now.email.lower() == told.email.lower()


async def _meet(workspace: Workspace, member: Profile) -> None:
    """Those of whom only the address was known, and who turn out to have it."""
    if not member.is_member or not member.email:
        return
    for each in await at_each(workspace):
        await _meet_at(each, member)


async def _meet_at(workspace: Workspace, member: Profile) -> None:
    try:
        async with workspace.looking() as desk:
            found = await meeting.unknown_with_address(desk, member.email)
    except NoOrganisation:
        return
    if found and await _has_address(workspace, member):
        async with workspace.asking() as asking:
            for person in found:
                await meeting.note_lookup(asking, person.id, member.user_id, member.name)


async def let_go(workspace: Workspace, user_id: str) -> None:
    """Somebody is no member any more: whatever they held, they hold no longer."""
    workspace.directory.left(user_id)
    for each in await at_each(workspace):
        await _let_go_at(each, user_id)


async def _let_go_at(workspace: Workspace, user_id: str) -> None:
    try:
        async with workspace.deciding() as desk:
            holders = desk.standing.lasting_holders
            await _leave(desk, user_id)
    except NoOrganisation:
        return
    if holders and not desk.standing.lasting_holders:
        about = {"organisation": desk.organisation.id}
        log.error("organisation_without_account_holder", extra=about)


async def _leave(desk: DecidingDesk, user_id: str) -> None:
    await decisions.withdraw_all(desk, user_id)
    with suppress(NotAccountHolder):  # nor deputy, and none to be
        await holding.remove(desk, user_id, BOT, even_the_last=True)
    await requests.person_left(desk, user_id)
    await authority.person_left(desk, user_id)


async def bot_removed(call: Call, workspace: Workspace) -> Reply:
    """`tokens_revoked` and `app_uninstalled` come in any order, once or twice, and late: the ledger
    keeps what it has, and what is to be delivered waits until the bot is installed again.

    Raises:
        NotToldOf: Slack does not say whether it is so. It tells of it again.
    """
    workspace.ties.doubt()
    log.error("bot_removed_from_workspace", extra={"team": call.team_id, "slack_event": call.id})
    if workspace.seat is not None and not await look_whether_removed(
        workspace, call.id, is_told=True
    ):
        raise NotToldOf
    return Reply()


class NotToldOf(Exception):  # noqa: N818
    """Slack does not say whether the bot has been removed."""
