"""Who is let in: the members of the workspace, and nobody of whom that is not known."""

import asyncio

from slack_sdk.errors import SlackApiError

from handlers.call import Call
from handlers.house import Workspace
from handlers.slack_errors import NETWORK, Kind, kind_of

LOOK_SECONDS = 0.8
"""How long a request may wait for Slack to say who somebody is, of the three seconds it has."""

_ASK_THEMSELVES = frozenset(("agent_session_stopped", "app_context_changed", "app_home_opened"))
"""Events after which nothing is done, or nothing before it has been asked."""

_MESSAGES = frozenset(("message", "app_mention"))


class OtherWorkspace(Exception):  # noqa: N818 - says who it is
    """Somebody of another workspace, as in a channel shared over Slack Connect."""


class NotKnown(Exception):  # noqa: N818
    """Slack has not said whether somebody is a member: they are asked about again next time."""


async def require_member(call: Call, workspace: Workspace, *, is_first: bool) -> None:
    """What Slack sends again was done minutes ago: whoever did it may have left since.

    Raises:
        OtherWorkspace: whoever did this is no member here.
        NotKnown: Slack does not say in time whether they are.
    """
    if _brings_nothing(call) or not call.is_done_by_somebody:
        return
    if call.user_team_id != workspace.team_id:
        await look_up(call, workspace, LOOK_SECONDS)
    if is_first:
        workspace.directory.saw(call.user_id)


def _brings_nothing(call: Call) -> bool:
    """Of whoever edits or deletes what they wrote nobody needs to know whether they are a member:
    Slack would be asked for nothing, and the event come again when it does not say in time."""
    if call.kind != "event":
        return False
    return call.id in _ASK_THEMSELVES or (call.id in _MESSAGES and not call.is_written_to_us)


async def look_up(call: Call, workspace: Workspace, seconds: float) -> None:
    """Ask Slack whether whoever did this is a member, where that itself does not tell.

    Another workspace's person may have the id of one of ours: what it says of where they belong
    has to be true of ours, too.

    Raises:
        OtherWorkspace, NotKnown: as `require_member`.
    """
    try:
        async with asyncio.timeout(seconds):
            profile = await workspace.directory.profile(call.user_id)
    except SlackApiError as error:
        is_nobody = kind_of(error) is Kind.RECIPIENT
        raise (OtherWorkspace if is_nobody else NotKnown) from error
    except NETWORK as error:
        raise NotKnown from error
    if not profile.is_member or call.user_team_id not in {"", *profile.homes}:
        raise OtherWorkspace
