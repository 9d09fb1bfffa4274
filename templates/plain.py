"""A message put more plainly, for when Slack does not take it as it is.

First its texts and buttons in the oldest and simplest blocks there are; then its text alone. Both
are made of the message itself, so that whatever can be told has them. What was typed stays what it
is, plain text; where Slack has no room for that, it is left out.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from templates.blocks import cut
from templates.message import Message
from templates.words import Words

Json = dict[str, Any]

MOST_BLOCKS = 50
MOST_BUTTONS = 25
LONGEST_TEXT = 3_000
LONGEST_IN_ALL = 6_000
"""Characters in the blocks of one message: Slack names no limit, and has refused twice as many."""

LONGEST_LABEL = 75


def plainer(words: Words, message: Message) -> tuple[Message, Message]:
    """The forms to try, each plainer than the one before."""
    return _in_simple_blocks(message), _as_text(words, message)


def _in_simple_blocks(message: Message) -> Message:
    """The first block keeps its id, by which the message is found again."""
    text = cut(message.text, LONGEST_TEXT)
    blocks = _fitted([plain for block in message.blocks for plain in _simple(block)])
    first, *rest = blocks or [_section({"type": "mrkdwn", "text": text})]
    known_by = message.blocks[0].get("block_id") if message.blocks else None
    return Message(text, [first | ({"block_id": known_by} if known_by else {}), *rest])


def _fitted(blocks: Sequence[Json]) -> list[Json]:
    """As much as Slack takes: of the words only the first, the buttons all."""
    room = MOST_BLOCKS - sum(block["type"] == "actions" for block in blocks)
    length = 0
    kept = []
    for block in blocks:
        if block["type"] != "actions":
            room -= 1
            length += len(block["text"]["text"])
            if room < 0 or length > LONGEST_IN_ALL:
                continue
        kept.append(block)
    return kept[:MOST_BLOCKS]


def _simple(block: Json) -> Iterator[Json]:
    """Every text in a section of its own, every button in a row of buttons."""
    if block["type"] == "actions":
        yield from _row(block["elements"])
    if block["type"] not in ("header", "section"):
        return
    if "text" in block:
        yield _section(block["text"])
    fields = block.get("fields", ())
    for label, value in zip(fields[::2], fields[1::2], strict=False):
        yield _section({**value, "text": f"{_label(label, value)}: {value['text']}"})
    if "accessory" in block:
        yield from _row([block["accessory"]])


def _label(label: Json, value: Json) -> str:
    """Of a table's row, as the text beside it may hold it."""
    text: str = label["text"]
    return text if value["type"] == "mrkdwn" else text.strip("*")


def _section(text: Json) -> Json:
    return {"type": "section", "text": {**text, "text": cut(text["text"], LONGEST_TEXT)}}


def _row(elements: Sequence[Json]) -> Iterator[Json]:
    pressed = [_button(each) for each in elements if each["type"] == "button" and "url" not in each]
    if pressed:
        yield {"type": "actions", "elements": pressed[:MOST_BUTTONS]}


def _button(element: Json) -> Json:
    """What is asked before it does anything stays: nobody is to withdraw a thing by a slip."""
    label = {"type": "plain_text", "text": cut(element["text"]["text"], LONGEST_LABEL)}
    kept = [name for name in ("action_id", "value", "confirm") if name in element]
    return {"type": "button", "text": label} | {name: element[name] for name in kept}


def _as_text(words: Words, message: Message) -> Message:
    """Whole pieces, as many as fit; and without its buttons, where else to do what they did."""
    pieces = [cut(message.text, LONGEST_TEXT), *_sentences(message.blocks)]
    if any(block["type"] == "actions" for block in message.blocks):
        pieces.insert(1, words.prose("buttons_not_shown"))
    kept: list[str] = []
    for piece in dict.fromkeys(pieces):
        if len("\n\n".join([*kept, piece])) <= LONGEST_TEXT:
            kept.append(piece)
    return Message("\n\n".join(kept), [])


def _sentences(blocks: Sequence[Json]) -> Iterator[str]:
    for block in blocks:
        text = block.get("text") if block["type"] == "section" else None
        if text and text["type"] == "mrkdwn":
            yield text["text"]
