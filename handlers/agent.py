"""Whether Slack shows the bot as an agent in a workspace.

What that takes was granted, or it was not. Where it was and the bot is none all the same, as
without a paid plan, Slack says no, and is not asked again for a while.
"""

import time
from collections.abc import Callable

from slack_sdk.errors import SlackApiError

from handlers.slack_errors import Kind, error_name, kind_of

ASKED_AGAIN_SECONDS = 3_600.0
"""So long it is left at a no that may mean that the bot is no agent here."""


class Agent:
    def __init__(
        self, *, is_granted: bool, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._is_granted = is_granted
        self._monotonic = monotonic
        self._has_been_one = False
        self._asked_again_at = monotonic()

    @property
    def is_shown(self) -> bool:
        return self._is_granted and self._monotonic() >= self._asked_again_at

    def taken(self) -> None:
        """Slack has taken something of an agent's: so the bot is one."""
        self._has_been_one = True

    def refused(self, error: SlackApiError) -> None:
        """Slack has said no to something of an agent's: about that alone, or for now; or it is
        about what the bot may. A no that is not known is about that alone where it is an agent."""
        kind = kind_of(error)
        if kind is Kind.OURS and not _is_for_now(error):
            self._is_granted = False
        elif kind is Kind.OTHER and not self._has_been_one:
            self._asked_again_at = self._monotonic() + ASKED_AGAIN_SECONDS


def _is_for_now(error: SlackApiError) -> bool:
    """Whether Slack does not take the bot at all just now."""
    return error_name(error) != "missing_scope"
