"""Which answers would do harm where another was meant."""

from collections.abc import Sequence

from storage.records import Topic

WARNINGS: Sequence[Topic] = (Topic.SHARE, Topic.LEAVING, Topic.TROUBLE)
"""Whoever asks one of these must not be told to go ahead: that the code may be given away, used by
who has left, or pasted once more."""

_GOING_AHEAD = frozenset((Topic.REUSE, Topic.AFTER, Topic.SEVERAL_PEOPLE))


def might_harm(topic: str) -> bool:
    """Whether the answer tells to go ahead with a code."""
    return topic in _GOING_AHEAD
