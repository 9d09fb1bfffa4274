"""From the fields of an HTML form to the state that Slack keeps of its inputs."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.trial.sandbox.forms import STATEFUL, empty_value, with_elements
from bot.trial.sandbox.records import Json
from bot.trial.sandbox.screen import Seen

Fields = Mapping[str, Sequence[str]]
"""What the browser sends: each name with its values."""

NOT_DRAWN = frozenset(
    {
        "datetimepicker",
        "external_select",
        "file_input",
        "multi_external_select",
        "rich_text_input",
    }
)
"""Inputs that the page shows as a named box: what is in them stays as it is."""


def field_name(block_id: str, action_id: str) -> str:
    """The name of a field on the page: both ids, whatever characters they hold."""
    return json.dumps([block_id, action_id], ensure_ascii=False)


def enter_all(seen: Seen, fields: Fields) -> None:
    """Everything that stands in the form on the page, into what the sandbox holds of it."""
    for block, element in with_elements(seen.blocks):
        if element["type"] in STATEFUL and element["type"] not in NOT_DRAWN:
            block_id, action_id = block["block_id"], element["action_id"]
            texts = fields.get(field_name(block_id, action_id), ())
            seen.put(block_id, action_id, entry_of(seen, element, texts))


def entry_of(seen: Seen, element: Json, texts: Sequence[str]) -> Json:
    """The state of one element in which these values stand; what it does not offer is nothing."""
    entry = empty_value(element)
    key = next(key for key in entry if key != "type")
    filled = [text.replace("\r\n", "\n") for text in texts if text]
    if filled:
        entry[key] = _READ[key](seen, element, filled)
    return entry


def _options(seen: Seen, element: Json, texts: list[str]) -> list[Json]:
    return [option.raw for option in seen.options(element) if option.value in texts]


def _one_option(seen: Seen, element: Json, texts: list[str]) -> Json | None:
    return next(iter(_options(seen, element, texts)), None)


def _first(seen: Seen, element: Json, texts: list[str]) -> str:
    return texts[0]


def _all(seen: Seen, element: Json, texts: list[str]) -> list[str]:
    return texts


_READ: dict[str, Callable[[Seen, Json, list[str]], Any]] = {
    "value": _first,
    "selected_option": _one_option,
    "selected_options": _options,
    "selected_user": _first,
    "selected_users": _all,
    "selected_conversation": _first,
    "selected_conversations": _all,
    "selected_channel": _first,
    "selected_channels": _all,
    "selected_date": _first,
    "selected_time": _first,
}
