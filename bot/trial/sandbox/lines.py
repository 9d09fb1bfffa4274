"""The lines of text a message or view shows, from the top."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .forms import STATEFUL, options_of, value_in
from .records import Json, State
from .rendering import NameOf, shown_rich_text, shown_text


@dataclass(frozen=True, slots=True)
class ReadingState:
    """What blocks are read with: what stands in their inputs and beside them, and who is who."""

    state: State
    errors: Mapping[str, str]
    name_of: NameOf

    def shown(self, text_object: Json | str | None) -> str:
        return shown_text(text_object, self.name_of)


def joined(lines: Iterable[str]) -> str:
    return "\n".join(line for line in lines if line)


def lines_of(blocks: Iterable[Json], reading: ReadingState) -> Iterator[str]:
    for block in blocks:
        yield from _block_lines(reading, block)


def _block_lines(reading: ReadingState, block: Json) -> Iterator[str]:
    if block["type"] == "rich_text":
        yield shown_rich_text(block, reading.name_of)
        return
    yield from _chart_lines(block.get("chart") or {})
    for key in ("title", "label", "hint", "text"):
        yield reading.shown(block.get(key))
    for field in block.get("fields", []):
        yield reading.shown(field)
    yield from _part_lines(reading, block)
    yield reading.errors.get(block["block_id"], "")


def _chart_lines(chart: Json) -> Iterator[str]:
    for series in chart.get("series", []):
        values = (f"{each['label']} {each['value']}" for each in series["data"])
        yield f"{series['name']}: {', '.join(values)}"


def _part_lines(reading: ReadingState, block: Json) -> Iterator[str]:
    for part in (block.get("element"), block.get("accessory"), *block.get("elements", [])):
        if part:
            yield from _element_lines(reading, block, part)
    if block["type"] == "image":
        yield str(block.get("alt_text", ""))


def _element_lines(reading: ReadingState, block: Json, element: Json) -> Iterator[str]:
    kind = element["type"]
    if kind in ("mrkdwn", "plain_text"):
        yield reading.shown(element)
    elif kind in ("checkboxes", "radio_buttons"):
        for option in options_of(element):
            yield reading.shown(option["text"])
            yield reading.shown(option.get("description"))
    elif kind in STATEFUL:
        yield _value_line(reading, block, element)
    else:
        yield reading.shown(element.get("text")) or str(element.get("alt_text", ""))


def _value_line(reading: ReadingState, block: Json, element: Json) -> str:
    """What stands in the field, or the hint that stands there while it is empty."""
    entry = reading.state.get(block["block_id"], {}).get(element["action_id"])
    value = value_in(entry) if entry else None
    if value in (None, "", []):
        return reading.shown(element.get("placeholder"))
    values = value if isinstance(value, list) else [value]
    return ", ".join(_shown_value(reading, one) for one in values)


def _shown_value(reading: ReadingState, value: Any) -> str:
    if isinstance(value, dict):
        return reading.shown(value.get("text")) if "text" in value else ""
    return reading.name_of(str(value))
