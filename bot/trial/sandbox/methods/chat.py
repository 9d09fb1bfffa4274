"""Messages: posted, changed and taken away."""

from typing import TYPE_CHECKING

from ..arguments import required
from ..messages import change, content_of
from ..refusals import SlackRefusal
from ..shapes import changed_event, deleted_event, message_shape

if TYPE_CHECKING:
    from ..records import Channel, Json, PostedMessage
    from ..workspace import PlayedWorkspace

# https://docs.slack.dev/reference/methods/chat.postMessage and chat.update: `msg_too_long`.
LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000


def post_message(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    channel = destination(workspace, arguments)
    content = content_of(arguments, LONGEST_POST)
    thread_ts = arguments.get("thread_ts")
    if thread_ts:
        _check_thread(channel, str(thread_ts))
    message = post(workspace, channel, content, thread_ts=thread_ts)
    shape = message_shape(workspace, message)
    echo(workspace, channel, {**shape, "event_ts": message.ts})
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": shape}


def post_ephemeral(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "user")
    channel = destination(workspace, arguments)
    user_id = str(arguments["user"])
    if user_id not in channel.member_ids:
        raise SlackRefusal("user_not_in_channel")
    message = post(workspace, channel, content_of(arguments, LONGEST_POST), ephemeral_for=user_id)
    return {"ok": True, "message_ts": message.ts}


def update(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "ts")
    channel = _channel(workspace, arguments)
    message = _own_message(workspace, channel, str(arguments["ts"]), "cant_update_message")
    before = message_shape(workspace, message)
    change(message, arguments, content_of(arguments, LONGEST_UPDATE))
    message.edited_at = workspace.new_timestamp()
    workspace.message_changed(message)
    after = message_shape(workspace, message)
    echo(workspace, channel, changed_event(after, before, message.edited_at))
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": after,
    }


def delete(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "ts")
    channel = _channel(workspace, arguments)
    message = _own_message(workspace, channel, str(arguments["ts"]), "cant_delete_message")
    workspace.remove_message(message)
    gone = deleted_event(message_shape(workspace, message), workspace.new_timestamp())
    echo(workspace, channel, gone)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def destination(workspace: "PlayedWorkspace", arguments: "Json") -> "Channel":
    """The channel to post to; a person's id stands for the conversation with that person."""
    required(arguments, "channel")
    wanted = str(arguments["channel"])
    if wanted in workspace.users:
        return _conversation_with(workspace, wanted)
    channel = _channel(workspace, arguments)
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    _check_membership(workspace, channel)
    return channel


def _check_membership(workspace: "PlayedWorkspace", channel: "Channel") -> None:
    bot = workspace.installation
    if bot.bot_user_id in channel.member_ids or "chat:write.public" in bot.scopes:
        return
    raise SlackRefusal("not_in_channel")


def _conversation_with(workspace: "PlayedWorkspace", user_id: str) -> "Channel":
    """Somebody who left can still be written to: Slack says nothing, and nobody reads it."""
    user = workspace.users[user_id]
    if user.is_bot:
        raise SlackRefusal("cannot_dm_bot")
    if not user.belongs_to(workspace.team_id):
        raise SlackRefusal("channel_not_found")
    return workspace.direct_messages(user_id)


def _channel(workspace: "PlayedWorkspace", arguments: "Json") -> "Channel":
    required(arguments, "channel")
    return workspace.channel(str(arguments["channel"]))


def _own_message(
    workspace: "PlayedWorkspace", channel: "Channel", ts: str, refusal: str
) -> "PostedMessage":
    message = workspace.message(channel, ts)
    if message.bot_id != workspace.installation.bot_id:
        raise SlackRefusal(refusal)
    return message


def _check_thread(channel: "Channel", thread_ts: str) -> None:
    if not any(message.ts == thread_ts for message in channel.messages):
        raise SlackRefusal("thread_not_found")


def post(
    workspace: "PlayedWorkspace",
    channel: "Channel",
    content: "Json",
    ephemeral_for: str | None = None,
    thread_ts: str | None = None,
) -> "PostedMessage":
    bot = workspace.installation
    return workspace.add_message(
        channel,
        bot.bot_user_id,
        bot_id=bot.bot_id,
        ephemeral_for=ephemeral_for,
        thread_ts=thread_ts,
        **content,
    )


def echo(workspace: "PlayedWorkspace", channel: "Channel", event: "Json") -> None:
    """A bot hears of its own direct messages too, and has to know them for its own."""
    if channel.is_im:
        workspace.emit({**event, "channel": channel.id, "channel_type": "im"})
