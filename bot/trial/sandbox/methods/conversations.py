"""Channels and direct messages."""

from typing import TYPE_CHECKING

from ..arguments import required, truthy
from ..refusals import SlackRefusal
from ..shapes import channel_shape, message_shape

if TYPE_CHECKING:
    from ..records import Channel, Json, PostedMessage, User
    from ..workspace import PlayedWorkspace

_HISTORY_LIMIT = 100
_REPLIES_LIMIT = 1_000
_CURSOR = "next_ts:"
"""And the moment of the last message that was read: so Slack pages, and what is deleted meanwhile
makes nobody miss what is beside it."""


def open_(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    if arguments.get("channel"):
        channel = workspace.channel(str(arguments["channel"]))
    else:
        channel = workspace.direct_messages(_only_user(workspace, arguments).id)
    return {"ok": True, "channel": {"id": channel.id}}


def _only_user(workspace: "PlayedWorkspace", arguments: "Json") -> "User":
    given = arguments.get("users") or []
    ids = given.split(",") if isinstance(given, str) else list(given)
    if not ids:
        raise SlackRefusal("users_list_not_supplied")
    if len(ids) > 1:
        raise SlackRefusal("not_enough_users")  # groups of people are not part of this workspace
    return _reachable(workspace, str(ids[0]).strip())


def _reachable(workspace: "PlayedWorkspace", user_id: str) -> "User":
    user = workspace.user(user_id)
    if user.is_bot:
        raise SlackRefusal("cannot_dm_bot")
    if user.deleted:
        raise SlackRefusal("user_disabled")
    if not user.belongs_to(workspace.team_id):
        raise SlackRefusal("user_not_visible")
    return user


def history(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    """What was written between two moments, the latest first.

    https://docs.slack.dev/reference/methods/conversations.history
    """
    channel = _readable(workspace, arguments, "im:history", "channels:history")
    public = [message for message in channel.messages if message.ephemeral_for is None]
    latest_first = [message for message in reversed(public) if not message.thread_ts]
    limit = workspace.limits.most(
        "conversations.history", int(arguments.get("limit") or _HISTORY_LIMIT)
    )
    found = _between(latest_first, arguments)
    return _page(workspace, arguments, found, limit, latest_first=True)


def _between(messages: "list[PostedMessage]", arguments: "Json") -> "list[PostedMessage]":
    """Later than `oldest` and earlier than `latest`; at these very moments too, where the call is
    `inclusive`."""
    oldest = float(arguments.get("oldest") or 0)
    latest = float(arguments.get("latest") or "inf")
    at_the_ends = truthy(arguments.get("inclusive"))
    return [
        message
        for message in messages
        if oldest < (at := float(message.ts)) < latest or (at_the_ends and at in (oldest, latest))
    ]


def _page(
    workspace: "PlayedWorkspace",
    arguments: "Json",
    found: "list[PostedMessage]",
    limit: int,
    *,
    latest_first: bool = False,
) -> "Json":
    after = _cursor(arguments)
    left = [
        message
        for message in found
        if after is None
        or (float(message.ts) < after if latest_first else float(message.ts) > after)
    ]
    page: Json = {
        "ok": True,
        "messages": _listed(workspace, left[:limit], arguments),
        "has_more": len(left) > limit,
    }
    if page["has_more"]:
        page["response_metadata"] = {"next_cursor": f"{_CURSOR}{left[limit - 1].ts}"}
    return page


def _cursor(arguments: "Json") -> float | None:
    """The moment of the last message that was read; none at the beginning."""
    cursor = str(arguments.get("cursor") or "")
    if not cursor:
        return None
    ts = cursor.removeprefix(_CURSOR)
    if not cursor.startswith(_CURSOR) or not ts.replace(".", "", 1).isdecimal():
        raise SlackRefusal("invalid_cursor")
    return float(ts)


def replies(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    """A thread: the message it hangs on, and the answers, oldest first."""
    required(arguments, "ts")
    channel = _readable(workspace, arguments, "im:history", "channels:history")
    ts = str(arguments["ts"])
    found = [
        message
        for message in channel.messages
        if message.ephemeral_for is None and ts in (message.ts, message.thread_ts)
    ]
    if not found:
        raise SlackRefusal("thread_not_found")
    limit = workspace.limits.most(
        "conversations.replies", int(arguments.get("limit") or _REPLIES_LIMIT)
    )
    return _page(workspace, arguments, _between(found, arguments), limit)


def _listed(
    workspace: "PlayedWorkspace", messages: "list[PostedMessage]", arguments: "Json"
) -> "list[Json]":
    """Metadata comes to those who ask for it."""
    shapes = [message_shape(workspace, message) for message in messages]
    if not truthy(arguments.get("include_all_metadata")):
        for shape in shapes:
            shape.pop("metadata", None)
    return shapes


def info(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    channel = _readable(workspace, arguments, "im:read", "channels:read")
    return {"ok": True, "channel": channel_shape(channel, workspace.installation.bot_user_id)}


def _readable(
    workspace: "PlayedWorkspace", arguments: "Json", direct_scope: str, channel_scope: str
) -> "Channel":
    """The channel, where the scope for its own kind is granted."""
    required(arguments, "channel")
    channel = workspace.channel(str(arguments["channel"]))
    needed = direct_scope if channel.is_im else channel_scope
    granted = workspace.installation.scopes
    if needed not in granted:
        raise SlackRefusal("missing_scope", needed=needed, provided=",".join(sorted(granted)))
    return channel
