"""What has been typed and chosen in a view or a message: Slack's `state.values`."""

from collections.abc import Iterable, Iterator
from typing import Any

from .records import Json, State

# For each element that remembers something: where its value stands, and where it starts from.
STATEFUL: dict[str, tuple[str, str | None]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", None),
}
_LISTS = {"selected_options", "selected_users", "selected_conversations", "selected_channels"}
_LISTS |= {"files"}


def elements_of(block: Json) -> Iterator[Json]:
    """Every element a person can act on in one block."""
    if isinstance(block.get("element"), dict):
        yield block["element"]
    if isinstance(block.get("accessory"), dict):
        yield block["accessory"]
    if block.get("type") in ("actions", "context_actions"):
        yield from block.get("elements", [])


def options_of(element: Json) -> list[Json]:
    """What it offers, in groups or not."""
    grouped = [each for group in element.get("option_groups", []) for each in group["options"]]
    return [*element.get("options", []), *grouped]


def with_elements(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    return ((block, element) for block in blocks for element in elements_of(block))


def empty_value(element: Json) -> Json:
    key, _ = STATEFUL[element["type"]]
    return {"type": element["type"], key: [] if key in _LISTS else None}


def initial_value(element: Json) -> Json:
    key, start = STATEFUL[element["type"]]
    value = empty_value(element)
    if start and element.get(start) not in (None, ""):
        value[key] = element[start]
    return value


def value_in(entry: Json) -> Any:
    """The value itself, out of one entry of the state."""
    return entry[STATEFUL[entry["type"]][0]]


def is_empty(entry: Json) -> bool:
    return value_in(entry) in (None, "", [])


def state_of(blocks: Iterable[Json], before: State | None = None) -> State:
    """The state of these blocks; what was there stays where both ids and the type are the same."""
    state: State = {}
    for block, element in with_elements(blocks):
        if element["type"] not in STATEFUL:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        kept = (before or {}).get(block_id, {}).get(action_id)
        same = kept is not None and kept["type"] == element["type"]
        state.setdefault(block_id, {})[action_id] = (
            kept if kept is not None and same else initial_value(element)
        )
    return state
