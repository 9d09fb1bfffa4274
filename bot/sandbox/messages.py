"""What a message says: checked on its way in, and searched for what it sets off."""

import re
from typing import TYPE_CHECKING, Any

from .arguments import truthy
from .block_kit import message_problems
from .normalising import normalised_blocks
from .refusals import Refusal, with_messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .records import Json, Message

_BROADCAST = re.compile(r"<!(channel|here|everyone)(?:\|[^>]*)?>")
_LINKED_NAME = re.compile(r"(?<!\w)@(channel|here|everyone)\b")


def content_of(arguments: "Json", longest: int) -> "Json":
    """The fields of a message out of a call's arguments, or a refusal.

    Stricter than Slack in one way: blocks without a top-level text are refused, since
    notifications and screen readers would have nothing to say.
    """
    text = str(arguments.get("text") or "")
    if not text:
        raise Refusal("no_text")
    if len(text) > longest:
        raise Refusal("msg_too_long")
    blocks = checked_blocks(arguments.get("blocks"))
    mrkdwn = arguments.get("mrkdwn") not in (False, "false", "0", 0)
    return {
        "text": text,
        "blocks": blocks,
        "metadata": arguments.get("metadata"),
        "mrkdwn": mrkdwn,
        "notifies": notifies(text, blocks, truthy(arguments.get("link_names"))),
    }


def checked_blocks(blocks: Any) -> "list[Json]":
    if blocks in (None, []):
        return []
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    problems = message_problems(blocks)
    if problems:
        raise with_messages("invalid_blocks", problems)
    return normalised_blocks(blocks)


def changed_content(message: "Message", content: "Json") -> None:
    """An update replaces text and blocks; metadata stays unless it is given anew."""
    message.text, message.blocks = content["text"], content["blocks"]
    message.notifies = content["notifies"]
    message.metadata = content["metadata"] or message.metadata


def notifies(text: str, blocks: "list[Json]", link_names: bool = False) -> tuple[str, ...]:
    """Whom the message calls up all at once: `channel`, `here`, `everyone`."""
    texts = [text, *_formatted_texts(blocks)]
    found = {name for part in texts for name in _BROADCAST.findall(part)}
    if link_names:
        found |= {name for part in texts for name in _LINKED_NAME.findall(part)}
    return tuple(sorted(found))


def _formatted_texts(node: Any) -> "Iterator[str]":
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield str(node.get("text", ""))
        if node.get("type") == "broadcast":
            yield f"<!{node.get('range')}>"
        for child in node.values():
            yield from _formatted_texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from _formatted_texts(child)
