"""People, as far as the granted scopes let them be seen."""

from typing import TYPE_CHECKING

from ..arguments import required
from ..refusals import SlackRefusal
from ..shapes import user_shape

if TYPE_CHECKING:
    from ..records import Json
    from ..workspace import PlayedWorkspace


def _sees_email(workspace: "PlayedWorkspace") -> bool:
    return "users:read.email" in workspace.installation.scopes


def info(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "user")
    user = workspace.user(str(arguments["user"]))
    return {"ok": True, "user": user_shape(user, _sees_email(workspace))}


def list_(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    """The members, in pages where a limit is given."""
    everybody = workspace.users.values()
    members = [user for user in everybody if user.belongs_to(workspace.team_id)]
    start = int(arguments.get("cursor") or 0)
    end = start + int(arguments.get("limit") or len(members))
    shapes = [user_shape(user, _sees_email(workspace)) for user in members[start:end]]
    cursor = str(end) if end < len(members) else ""
    return {"ok": True, "members": shapes, "response_metadata": {"next_cursor": cursor}}


def lookup_by_email(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "email")
    wanted = str(arguments["email"]).casefold()
    for user in workspace.users.values():
        is_member = user.belongs_to(workspace.team_id) and not user.deleted
        if is_member and (user.email or "").casefold() == wanted:
            return {"ok": True, "user": user_shape(user, with_email=True)}
    raise SlackRefusal("users_not_found")
