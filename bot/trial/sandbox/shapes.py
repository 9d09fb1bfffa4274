"""The workspace's records as Slack writes them in JSON."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Channel, Json, PostedMessage, User, View
    from .workspace import PlayedWorkspace


def view_shape(workspace: "PlayedWorkspace", view: "View") -> "Json":
    bot = workspace.installation
    return {
        "id": view.id,
        "team_id": workspace.team_id,
        **view.definition,
        "state": {"values": view.state},
        "hash": view.hash,
        "root_view_id": view.root_view_id,
        "previous_view_id": view.previous_view_id,
        "app_id": bot.app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": bot.bot_id,
    }


def message_shape(workspace: "PlayedWorkspace", message: "PostedMessage") -> "Json":
    shape: Json = {
        "type": "message",
        "user": message.user_id,
        "ts": message.ts,
        "text": message.text,
        "team": workspace.team_id,
    }
    if message.bot_id:
        shape |= {"bot_id": message.bot_id, "app_id": workspace.installation.app_id}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
    if message.metadata:
        shape["metadata"] = message.metadata
    if message.files:
        shape["files"] = [
            {name: value for name, value in each.items() if name != "content"}
            for each in message.files
        ]
    if message.edited_at:
        shape["edited"] = {"user": message.user_id, "ts": message.edited_at}
    return shape


def changed_event(after: "Json", before: "Json", stamp: str) -> "Json":
    """What an edit sends to the bot: note that the author stands inside `message` only."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": after,
        "previous_message": before,
        "hidden": True,
        "ts": stamp,
        "event_ts": stamp,
    }


def deleted_event(gone: "Json", stamp: str) -> "Json":
    return {
        "type": "message",
        "subtype": "message_deleted",
        "deleted_ts": gone["ts"],
        "previous_message": gone,
        "hidden": True,
        "ts": stamp,
        "event_ts": stamp,
    }


def user_shape(user: "User", with_email: bool) -> "Json":
    profile: Json = {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.display_name,
        "display_name_normalized": user.display_name,
        "team": user.team_id,
    }
    if with_email and user.email:
        profile["email"] = user.email
    grid = {"enterprise_user": _in_organisation(user)} if user.organisation_id else {}
    return {
        **grid,
        "id": user.id,
        "team_id": user.team_id,
        "name": user.username,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": user.tz,
        "profile": profile,
        "is_admin": user.is_admin or user.is_owner,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "locale": user.locale,
        "updated": user.updated,
    }


def _in_organisation(user: "User") -> "Json":
    """https://docs.slack.dev/reference/objects/user-object"""
    return {
        "id": user.id,
        "enterprise_id": user.organisation_id,
        "enterprise_name": "Organisasjonen",
        "is_admin": False,
        "is_owner": False,
        "teams": list(user.workspace_ids),
    }


def channel_shape(channel: "Channel", bot_user_id: str) -> "Json":
    if channel.is_im:
        other = next(iter(channel.member_ids - {bot_user_id}), bot_user_id)
        return {"id": channel.id, "is_im": True, "user": other, "is_archived": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_im": False,
        "is_private": False,
        "is_archived": channel.is_archived,
        "is_member": bot_user_id in channel.member_ids,
    }
