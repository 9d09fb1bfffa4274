"""Who somebody is in the workspace: whom one has chosen in a form, where Slack lets one choose
others than members, too; and who runs it."""

import asyncio

from slack_sdk.errors import SlackApiError

from handlers.call import Call
from handlers.directory import Profile
from handlers.forms import Form
from handlers.house import Workspace
from handlers.membership import LOOK_SECONDS, NotKnown
from handlers.slack_errors import NETWORK
from templates.problems import Problem


async def profile_now(call: Call, workspace: Workspace) -> Profile:
    """Whoever does it, as Slack says at this moment.

    Raises:
        NotKnown: Slack does not say in time.
    """
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await workspace.directory.profile_anew(call.user_id)
    except (SlackApiError, *NETWORK) as error:
        raise NotKnown from error


async def runs_it(workspace: Workspace, user_id: str) -> bool | None:
    """Whether they are administrator of the workspace, as Slack has said lately; None where it does
    not say in time."""
    profile = await workspace.directory.profile_within(user_id, LOOK_SECONDS)
    return None if profile is None else profile.is_administrator


async def check_member(workspace: Workspace, fields: Form, field: str, user_id: str) -> None:
    """What is wrong is said beside the field: it is no person of this workspace, or Slack does not
    tell in time."""
    profile = await workspace.directory.profile_within(user_id, LOOK_SECONDS)
    if profile is None:
        fields.refuse(field, Problem.MEMBER_NOT_KNOWN)
    elif not profile.is_member:
        fields.refuse(field, Problem.NOT_A_MEMBER)
