"""The places blocks stand in: modals, Home tabs and messages.

https://docs.slack.dev/reference/views and https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Any

from .blocks import LONGEST_MARKDOWN, in_messages, in_views, unique_block_ids
from .checks import Complaints, anything, array, boolean, both, by_type, fields, objects, string
from .composition import plain_text

MOST_IN_VIEWS = 100
MOST_IN_MESSAGES = 50


def _submit_where_there_is_input(view: Any, pointer: str, complaints: Complaints) -> None:
    inputs = [b for b in objects(view.get("blocks")) if b.get("type") == "input"]
    if inputs and view.get("submit") is None:
        complaints.add("missing required field: submit", pointer)


def _one_focus(view: Any, pointer: str, complaints: Complaints) -> None:
    elements = [block.get("element") for block in objects(view.get("blocks"))]
    focused = [e for e in elements if isinstance(e, dict) and e.get("focus_on_load")]
    if len(focused) > 1:
        complaints.add("only one element can have `focus_on_load` set", f"{pointer}/blocks")


def _unique_ids(view: Any, pointer: str, complaints: Complaints) -> None:
    unique_block_ids(view.get("blocks"), f"{pointer}/blocks", complaints)


_REQUIRED = {"type": anything, "blocks": array(in_views, MOST_IN_VIEWS)}
_OPTIONAL = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_modal = fields(
    {**_REQUIRED, "title": plain_text(24)},
    {
        **_OPTIONAL,
        "submit": plain_text(24),
        "close": plain_text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_view = by_type(
    {
        "modal": both(_modal, _submit_where_there_is_input, _one_focus, _unique_ids),
        "home": both(fields(_REQUIRED, _OPTIONAL), _one_focus, _unique_ids),
    }
)


def view_problems(view: Any) -> list[str]:
    """Why Slack would not take this view; nothing where it would."""
    complaints = Complaints()
    _view(view, "/view", complaints)
    return complaints.messages


def message_problems(blocks: Any) -> list[str]:
    """Why Slack would not take these blocks in a message; nothing where it would."""
    complaints = Complaints()
    array(in_messages, MOST_IN_MESSAGES)(blocks, "/blocks", complaints)
    unique_block_ids(blocks, "/blocks", complaints)
    _check_markdown(blocks, complaints)
    return complaints.messages


def _check_markdown(blocks: Any, complaints: Complaints) -> None:
    """All Markdown blocks of one message share one allowance."""
    texts = [b.get("text") for b in objects(blocks) if b.get("type") == "markdown"]
    if sum(len(text) for text in texts if isinstance(text, str)) > LONGEST_MARKDOWN:
        complaints.add(f"must be less than {LONGEST_MARKDOWN + 1} characters", "/blocks")
