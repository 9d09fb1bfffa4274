"""How messages and views stood before they were changed: somebody may still have them so.

Slack takes a click as it was made. The payload carries the view with the hash, or the message,
that was on the screen then, whatever the bot has made of it meanwhile; a bot that updates a view
by that hash is told that it has an older one in hand.
https://docs.slack.dev/surfaces/modals#handling_race_conditions
"""

from dataclasses import replace
from typing import TypeVar

from .records import PostedMessage, View

MOST_EARLIER = 50
"""How far back a click may come from: many times what comes while a hand moves to a button."""

Changing = TypeVar("Changing", PostedMessage, View)


def as_it_stands(record: Changing) -> Changing:
    """A copy that no change reaches; what is typed in it is shared until there is one."""
    return replace(record, earlier=())


def remember(record: Changing) -> None:
    """To be called before each change."""
    record.earlier = (*record.earlier, as_it_stands(record))[-MOST_EARLIER:]


def as_it_stood(record: Changing, version: str) -> Changing | None:
    """The version of this name, if it is not too long ago."""
    if record.version == version:
        return as_it_stands(record)
    return next((each for each in record.earlier if each.version == version), None)
