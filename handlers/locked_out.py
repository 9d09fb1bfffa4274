"""The operator is told, in their channel, that somebody who guesses was locked out."""

from handlers.house import Workspace
from handlers.putting import post
from storage.guessing import LOCKED, MOST_MISSES, WINDOW
from storage.lockouts import TOLD_EVERY, Lockout
from templates.locked_out import Limits, partner_locked_out, strangers_locked_out
from templates.message import Message

LOCKED_OUT = "locked_out"
"""What it is called in the log."""

LIMITS = Limits(MOST_MISSES, WINDOW, LOCKED, TOLD_EVERY)


async def tell_operator(workspace: Workspace, channel: str, lockout: Lockout, program: str) -> None:
    """`program`: what the operator writes in a terminal before a command.

    Raises:
        SlackApiError: Slack does not take it.
        Those of `slack_errors.NETWORK`: nobody knows whether it does.
    """
    message = _message(workspace, lockout, f"{program} partner")
    await post(workspace, LOCKED_OUT, message, channel)


def _message(workspace: Workspace, lockout: Lockout, command: str) -> Message:
    words = workspace.words
    if lockout.partner is None:
        return strangers_locked_out(words, LIMITS, command)
    return partner_locked_out(words, lockout.partner, LIMITS, command)
