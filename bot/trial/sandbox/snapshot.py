"""What was said in a workspace, as JSON: kept when it closes, put back when it opens again.

Channels and their messages, and nothing that lives for a moment only: open modals, triggers,
response URLs, how messages stood before they were changed, and the Home tabs, which a bot
publishes anew.
"""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from .records import Channel, PostedMessage

if TYPE_CHECKING:
    from .records import Json
    from .workspace import PlayedWorkspace

FORM = 1


class UnknownForm(ValueError):  # noqa: N818
    """The snapshot was made by another version, or is none."""


def taken(workspace: "PlayedWorkspace") -> "Json":
    return {"form": FORM, "channels": [_channel(each) for each in workspace.channels.values()]}


def _channel(channel: Channel) -> "Json":
    return {
        **asdict(replace(channel, messages=[])),
        "member_ids": sorted(channel.member_ids),
        "messages": [_message(each) for each in channel.messages],
    }


def _message(message: PostedMessage) -> "Json":
    """Not copied through and through: it is written down at once, and often."""
    return {name: value for name, value in vars(message).items() if name != "earlier"}


def put_back(workspace: "PlayedWorkspace", snapshot: "Json") -> None:
    """Replace the channels; people are there already, under the ids they had.

    Raises:
        UnknownForm: the snapshot was made by another version, or is none.
    """
    try:
        form, channels = snapshot["form"], [_read(each) for each in snapshot["channels"]]
        for channel in channels:
            for message in channel.messages:
                workspace.identifiers.after(message.ts)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnknownForm from error
    if form != FORM:
        raise UnknownForm
    workspace.channels = {channel.id: channel for channel in channels}
    workspace.changes.announce()


def _read(kept: "Json") -> Channel:
    messages = [
        PostedMessage(**{**each, "notifies": tuple(each["notifies"])}) for each in kept["messages"]
    ]
    return Channel(**{**kept, "member_ids": set(kept["member_ids"]), "messages": messages})
