"""Who somebody is in the workspace: whom one has chosen in a form, where Slack lets one choose
others than members, too; and who runs it."""

from handlers.forms import Form
from handlers.house import Workspace
from handlers.membership import LOOK_SECONDS
from templates.problems import Problem


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
