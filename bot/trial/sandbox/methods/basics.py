"""Who am I, is Slack there, and where do I connect to."""

import secrets
from typing import TYPE_CHECKING

from ..refusals import SlackRefusal

if TYPE_CHECKING:
    from ..records import Json
    from ..workspace import PlayedWorkspace


def api_test(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    if "error" in arguments:
        raise SlackRefusal(str(arguments["error"]), args=arguments)
    return {"ok": True, "args": arguments}


def auth_test(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    bot = workspace.installation
    return {
        "ok": True,
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.users[bot.bot_user_id].username,
        "team_id": workspace.team_id,
        "user_id": bot.bot_user_id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    ticket = secrets.token_urlsafe(16)
    workspace.socket_tickets.add(ticket)
    return {"ok": True, "url": f"{workspace.socket_url}/link?ticket={ticket}"}
