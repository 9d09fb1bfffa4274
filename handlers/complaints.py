"""What Slack does not take for how it is put, and what it says of that: in the log, once a kind.

The same screen is refused for everybody to whom it is shown, so once is enough to mend it.
"""

import logging
import re
from collections.abc import Iterator

from slack_sdk.errors import SlackApiError

from handlers.slack_errors import error_name

log = logging.getLogger(__name__)

MOST_SAID = 5
"""Complaints kept of one refusal; the others are usually of the same."""

_POINTER = re.compile(r"\[json-pointer:(/[a-z0-9_/]*)\]")
_NUMBER = re.compile(r"\d{1,5}")
_SLACKS_WORDS = """
a additional all allowed an and any are array at be block blocks boolean button by cannot
character characters combined confirm context define duplicate either element elements empty
enum error exceed exceeds expected failed field fields for format greater has have header
image in input integer invalid is item items json label least length less limit longer many
match maximum minimum missing modal more must no non not number object of one only option
options or pointer property provide provided required schema schemas section select set
shorter string style submit supported text than the this title to too type unique unknown
unsupported url valid value values view was with
"""
_KNOWN = frozenset(_SLACKS_WORDS.split())


class Complaints:
    """Those of one workspace, since the bot was started."""

    def __init__(self) -> None:
        self._kept: set[tuple[str, str]] = set()

    def keep(self, screen: str, error: SlackApiError) -> None:
        """`screen` is the kind of notice or the callback id of a view."""
        name = error_name(error)
        if (screen, name) not in self._kept:
            self._kept.add((screen, name))
            said = " | ".join(said_of(error))
            log.error("screen_refused", extra={"screen": screen, "error": name, "said": said})


def said_of(error: SlackApiError) -> list[str]:
    """Slack's own words and where they point to; of anything else, which may have been typed by
    somebody, only that there was something."""
    data = getattr(error.response, "data", None)
    data = data if isinstance(data, dict) else {}
    metadata = data.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    found = messages or data.get("errors")
    return [_told(each) for each in found[:MOST_SAID]] if isinstance(found, list) else []


def _told(message: object) -> str:
    text = str(message)
    pointers = [f"[{pointer}]" for pointer in _POINTER.findall(text)]
    return " ".join([*_own_words(_POINTER.sub("", text)), *pointers])


def _own_words(text: str) -> Iterator[str]:
    """A run of words that are not Slack's becomes one "…"."""
    was_struck = False
    for word in text.split():
        bare = word.strip("[].,:`'\"").lower()
        is_slacks = bare in _KNOWN or bool(_NUMBER.fullmatch(bare))
        if is_slacks or not was_struck:
            yield bare if is_slacks else "…"
        was_struck = not is_slacks
