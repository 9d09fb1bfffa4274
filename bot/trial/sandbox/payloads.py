"""What Slack sends to a bot, in Slack's own shapes."""

from typing import TYPE_CHECKING

from .shapes import message_shape, view_shape
from .tickets import new_response_url, new_trigger

if TYPE_CHECKING:
    from .records import Channel, Json, PostedMessage, User, View
    from .workspace import PlayedWorkspace


def _who(user: "User") -> "Json":
    return {
        "id": user.id,
        "username": user.username,
        "name": user.username,
        "team_id": user.team_id,
    }


def _team_of(workspace: "PlayedWorkspace", user: "User") -> str:
    """The workspace in which somebody does something."""
    return workspace.team_id if user.belongs_to(workspace.team_id) else user.team_id


def _organisation_of(user: "User") -> "Json | None":
    if not user.organisation_id:
        return None
    return {"id": user.organisation_id, "name": "Organisasjonen"}


def _enterprise_of(user: "User") -> "Json":
    """Beside a workspace of Enterprise Grid."""
    if not user.organisation_id:
        return {}
    return {"enterprise_id": user.organisation_id, "enterprise_name": "Organisasjonen"}


def _envelope(workspace: "PlayedWorkspace", kind: str, user: "User") -> "Json":
    return {
        "type": kind,
        "team": {
            "id": _team_of(workspace, user),
            "domain": workspace.domain,
            **_enterprise_of(user),
        },
        "user": _who(user),
        "api_app_id": workspace.installation.app_id,
        "token": workspace.installation.verification_token,
        "enterprise": _organisation_of(user),
        "is_enterprise_install": False,
    }


def slash_command(
    workspace: "PlayedWorkspace", user: "User", channel: "Channel", command: str, text: str
) -> "Json":
    return {
        "token": workspace.installation.verification_token,
        "team_id": _team_of(workspace, user),
        "team_domain": workspace.domain,
        **_enterprise_of(user),
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user.id,
        "user_name": user.username,
        "command": command,
        "text": text,
        "api_app_id": workspace.installation.app_id,
        "is_enterprise_install": "false",
        "response_url": new_response_url(workspace, channel.id, user.id),
        "trigger_id": new_trigger(workspace, user.id),
    }


def shortcut(workspace: "PlayedWorkspace", user: "User", callback_id: str) -> "Json":
    return {
        **_envelope(workspace, "shortcut", user),
        "action_ts": workspace.new_timestamp(),
        "callback_id": callback_id,
        "trigger_id": new_trigger(workspace, user.id),
    }


def message_shortcut(
    workspace: "PlayedWorkspace", user: "User", callback_id: str, message: "PostedMessage"
) -> "Json":
    channel = workspace.channels[message.channel_id]
    return {
        **_envelope(workspace, "message_action", user),
        "action_ts": workspace.new_timestamp(),
        "callback_id": callback_id,
        "trigger_id": new_trigger(workspace, user.id),
        "response_url": new_response_url(workspace, channel.id, user.id, message),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.name},
        "message": message_shape(workspace, message),
    }


def view_submission(workspace: "PlayedWorkspace", user: "User", view: "View") -> "Json":
    return {
        **_envelope(workspace, "view_submission", user),
        "trigger_id": new_trigger(workspace, user.id, view.id),
        "view": view_shape(workspace, view),
        "response_urls": [],
    }


def view_closed(workspace: "PlayedWorkspace", user: "User", view: "View", cleared: bool) -> "Json":
    return {
        **_envelope(workspace, "view_closed", user),
        "view": view_shape(workspace, view),
        "is_cleared": cleared,
    }


def action_in_view(
    workspace: "PlayedWorkspace", user: "User", view: "View", action: "Json"
) -> "Json":
    return {
        **_envelope(workspace, "block_actions", user),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": new_trigger(workspace, user.id, view.id),
        "view": view_shape(workspace, view),
        "actions": [action],
    }


def action_in_message(
    workspace: "PlayedWorkspace", user: "User", message: "PostedMessage", action: "Json"
) -> "Json":
    """An ephemeral message is not sent along: Slack does not keep those."""
    channel = workspace.channels[message.channel_id]
    ephemeral = message.ephemeral_for is not None
    payload = {
        **_envelope(workspace, "block_actions", user),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        },
        "trigger_id": new_trigger(workspace, user.id),
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": message.state.get(user.id, {})},
        "response_url": new_response_url(workspace, channel.id, user.id, message),
        "actions": [action],
    }
    return payload if ephemeral else {**payload, "message": message_shape(workspace, message)}


def event_callback(workspace: "PlayedWorkspace", event: "Json") -> "Json":
    """Where the channel is another workspace's, the envelope names that one, and ours stands in
    `authorizations` alone.

    https://docs.slack.dev/apis/events-api#authorizations
    """
    bot, host = workspace.installation, workspace.host_of(str(event.get("channel") or ""))
    return {
        "token": bot.verification_token,
        "team_id": host or workspace.team_id,
        "context_team_id": host or workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": bot.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.identifiers.new("Ev"),
        "event_time": int(workspace.clock().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": bot.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(host),
        "event_context": workspace.identifiers.new("EC"),
    }
