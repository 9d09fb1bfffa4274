"""Whether Slack shows the bot as an agent in a workspace.

What that takes was granted, or it was not. Where it was and the bot is none all the same, as
without a paid plan, Slack says no once and is not asked again.
"""

from slack_sdk.errors import SlackApiError

from handlers.slack_errors import Kind, error_name, kind_of


class Agent:
    def __init__(self, *, is_granted: bool) -> None:
        self.is_shown = is_granted

    def refused(self, error: SlackApiError) -> None:
        """Slack has said no to something of an agent's: about that alone, or for now; any other no
        is about what the bot may."""
        if kind_of(error) in (Kind.OURS, Kind.OTHER) and not _is_for_now(error):
            self.is_shown = False


def _is_for_now(error: SlackApiError) -> bool:
    """Whether Slack does not take the bot at all just now."""
    return kind_of(error) is Kind.OURS and error_name(error) != "missing_scope"
