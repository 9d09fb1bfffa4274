"""The bot is removed from a workspace. What Slack tells of it may come late, twice, or never: what
counts is whether Slack still takes the token that the bot has there."""

import logging
from datetime import timedelta

from handlers.house import Seat, Workspace
from storage import installations

log = logging.getLogger(__name__)

SURE_AFTER = timedelta(hours=1)
"""So long Slack has to say that the token is good for nothing any more."""


async def look_whether_removed(workspace: Workspace, why: str, *, is_told: bool = False) -> bool:
    """Ask Slack; whether it answered. Where the bot has been removed the ledger has it from now on:
    nothing is sent, and what is due waits. `is_told`: Slack has told of it; else it has to say so
    for a while, for it may be in trouble itself, and only whoever installs the bot anew brings it
    back."""
    seat = workspace.seat
    seen = seat.revision if seat else 0
    if not await workspace.ties.look():
        return False
    if seat is not None and _is_sure(workspace, seat, is_told=is_told):
        async with workspace.house.ledger.database.transaction() as transaction:
            which = seat.installation_id
            if await installations.end(transaction, which, why, seen=seen):
                log.warning("installation_ended", extra={"team": which, "reason": why})
    return True


def _is_sure(workspace: Workspace, seat: Seat, *, is_told: bool) -> bool:
    if not workspace.ties.are_cut:
        seat.cut_since = None
        return False
    now = workspace.house.ledger.database.clock()
    seat.cut_since = seat.cut_since or now
    return is_told or now - seat.cut_since >= SURE_AFTER
