"""What a person writes, as Slack passes it on."""

import re
from typing import TYPE_CHECKING

from .mrkdwn import escaped
from .shapes import message_shape

if TYPE_CHECKING:
    from .records import Channel, Json, PostedMessage
    from .workspace import PlayedWorkspace

_MENTION = re.compile(r"(<@[UW][A-Z0-9]+>)")


def typed_text(workspace: "PlayedWorkspace", text: str) -> str:
    """Mentions of people stay; every other `<`, `>` and `&` is escaped by the client."""
    parts = _MENTION.split(text)
    known = {f"<@{user_id}>" for user_id in workspace.users}
    return "".join(part if part in known else escaped(part) for part in parts)


def _app_context(workspace: "PlayedWorkspace") -> "Json":
    """What the person is looking at: told to an agent that has asked to be told."""
    bot = workspace.installation
    if bot.is_agent and "app_context_changed" in bot.events:
        return {"app_context": {"entities": []}}
    return {}


def sent_event(
    workspace: "PlayedWorkspace", channel: "Channel", message: "PostedMessage"
) -> "Json | None":
    """The event a bot gets for this message: a direct message, a mention, or none."""
    bot_user_id = workspace.installation.bot_user_id
    event: Json = {
        **message_shape(workspace, message),
        "team": workspace.users[message.user_id].team_id,
        "client_msg_id": workspace.identifiers.new("msg"),
        "channel": channel.id,
        "event_ts": message.ts,
    }
    if channel.is_im:
        return {**event, "channel_type": "im", **_app_context(workspace)}
    if bot_user_id in channel.member_ids and f"<@{bot_user_id}>" in message.text:
        return {**event, "type": "app_mention"}
    return None
