"""Whom somebody has chosen in a form: Slack lets one choose others than members, too."""

from handlers.forms import Form
from handlers.house import Workspace
from handlers.membership import LOOK_SECONDS
from templates.problems import Problem


async def check_member(workspace: Workspace, fields: Form, field: str, user_id: str) -> None:
    """What is wrong is said beside the field: it is no person of this workspace, or Slack does not
    tell in time."""
    profile = await workspace.directory.profile_within(user_id, LOOK_SECONDS)
    if profile is None:
        fields.refuse(field, Problem.MEMBER_NOT_KNOWN)
    elif not profile.is_member:
        fields.refuse(field, Problem.NOT_A_MEMBER)
