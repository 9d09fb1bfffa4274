"""The bot is removed from a workspace. What Slack tells of it may come late, twice, or never: what
counts is whether Slack still takes the token that the bot has there."""

import logging

from handlers.house import Workspace
from storage import installations

log = logging.getLogger(__name__)


async def look_whether_removed(workspace: Workspace, why: str) -> bool:
    """Ask Slack; whether it told. Where the bot has been removed the ledger has it from now on:
    nothing is sent, and what is due waits."""
    if not await workspace.ties.look():
        return False
    seat = workspace.seat
    if seat is not None and workspace.ties.are_cut:
        async with workspace.house.ledger.database.transaction() as transaction:
            which, seen = seat.installation_id, seat.revision
            if await installations.end(transaction, which, why, seen=seen):
                log.warning("installation_ended", extra={"team": which, "reason": why})
    return True
