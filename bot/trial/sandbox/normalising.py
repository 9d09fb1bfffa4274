"""Blocks as Slack gives them back: with the ids that were left out, and its own defaults."""

import copy
import secrets
from typing import Any

from .forms import elements_of
from .records import Json


def _short_id() -> str:
    return secrets.token_urlsafe(4)


def normalised_blocks(blocks: list[Json]) -> list[Json]:
    copies = copy.deepcopy(blocks)
    for block in copies:
        block.setdefault("block_id", _short_id())
        block["block_id"] = block["block_id"] or _short_id()
        for element in elements_of(block):
            element.setdefault("action_id", _short_id())
        _mark_emoji(block)
    return copies


def _mark_emoji(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("type") == "plain_text":
            node.setdefault("emoji", True)
        for child in node.values():
            _mark_emoji(child)
    elif isinstance(node, list):
        for child in node:
            _mark_emoji(child)


_OPTIONAL_OF_VIEWS: dict[str, Any] = {
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
}
_OPTIONAL_OF_MODALS: dict[str, Any] = {
    "clear_on_close": False,
    "notify_on_close": False,
    "submit": None,
    "close": None,
}


def normalised_view(view: Json) -> Json:
    defaults = dict(_OPTIONAL_OF_VIEWS)
    if view.get("type") == "modal":
        defaults |= _OPTIONAL_OF_MODALS
    given = {key: value for key, value in copy.deepcopy(view).items() if value is not None}
    return {**defaults, **given, "blocks": normalised_blocks(view["blocks"])}
