"""The lines of text a message or view shows, from the top."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .forms import STATEFUL, value_in
from .rendering import shown_rich_text

if TYPE_CHECKING:
    from .records import Json
    from .screen import Seen


def joined(lines: Iterable[str]) -> str:
    return "\n".join(line for line in lines if line)


def lines_of(seen: "Seen") -> Iterator[str]:
    for block in seen.blocks:
        yield from _block_lines(seen, block)


def _block_lines(seen: "Seen", block: "Json") -> Iterator[str]:
    if block["type"] == "rich_text":
        yield shown_rich_text(block, seen.name_of)
        return
    for key in ("title", "label", "hint", "text"):
        yield seen.shown(block.get(key))
    for field in block.get("fields", []):
        yield seen.shown(field)
    yield from _part_lines(seen, block)
    yield seen.errors().get(block["block_id"], "")


def _part_lines(seen: "Seen", block: "Json") -> Iterator[str]:
    for part in (block.get("element"), block.get("accessory"), *block.get("elements", [])):
        if part:
            yield from _element_lines(seen, block, part)
    if block["type"] == "image":
        yield str(block.get("alt_text", ""))


def _element_lines(seen: "Seen", block: "Json", element: "Json") -> Iterator[str]:
    kind = element["type"]
    if kind in ("mrkdwn", "plain_text"):
        yield seen.shown(element)
    elif kind in ("checkboxes", "radio_buttons"):
        for option in seen.options(element):
            yield option.text
            yield seen.shown(option.raw.get("description"))
    elif kind in STATEFUL:
        yield _value_line(seen, block, element)
    else:
        yield seen.shown(element.get("text")) or str(element.get("alt_text", ""))


def _value_line(seen: "Seen", block: "Json", element: "Json") -> str:
    """What stands in the field, or the hint that stands there while it is empty."""
    entry = seen.state.get(block["block_id"], {}).get(element["action_id"])
    value = value_in(entry) if entry else None
    if value in (None, "", []):
        return seen.shown(element.get("placeholder"))
    values = value if isinstance(value, list) else [value]
    return ", ".join(_shown_value(seen, one) for one in values)


def _shown_value(seen: "Seen", value: Any) -> str:
    if isinstance(value, dict):
        return seen.shown(value.get("text")) if "text" in value else ""
    return seen.name_of(str(value))
