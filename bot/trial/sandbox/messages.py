"""What a message says: checked on its way in, and searched for what it sets off."""

import re
from typing import TYPE_CHECKING, Any

from .arguments import truthy
from .block_kit import message_problems
from .forms import state_of
from .normalising import normalised_blocks
from .refusals import SlackRefusal, with_messages
from .versions import remember

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .records import Json, PostedMessage

_BROADCAST = re.compile(r"<!(channel|here|everyone)(?:\|[^>]*)?>")
_LINKED_NAME = re.compile(r"(?<!\w)@(channel|here|everyone)\b")


def content_of(arguments: "Json", longest: int) -> "Json":
    """The fields of a message out of a call's arguments, or a refusal.

    Stricter than Slack in one way: blocks without a top-level text are refused, since
    notifications and screen readers would have nothing to say.
    """
    text = str(arguments.get("text") or "")
    if not text:
        raise SlackRefusal("no_text")
    if len(text) > longest:
        raise SlackRefusal("msg_too_long")
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
        raise SlackRefusal("invalid_blocks_format")
    problems = message_problems(blocks)
    if problems:
        raise with_messages("invalid_blocks", problems)
    return normalised_blocks(blocks)


def change(message: "PostedMessage", arguments: "Json", content: "Json") -> None:
    """An update; blocks and metadata that are not mentioned stay, and only empty ones remove them.

    https://docs.slack.dev/reference/methods/chat.update
    """
    remember(message)
    message.text, message.notifies = content["text"], content["notifies"]
    if arguments.get("blocks") is not None:
        _show(message, content["blocks"])
    if arguments.get("metadata") is not None:
        message.metadata = content["metadata"] or None


def replace(message: "PostedMessage", content: "Json") -> None:
    """Everything the message said is said anew."""
    remember(message)
    message.text, message.notifies = content["text"], content["notifies"]
    message.metadata = content["metadata"]
    _show(message, content["blocks"])


def _show(message: "PostedMessage", blocks: "list[Json]") -> None:
    """Other blocks; what people chose in the old ones stays where the ids stay."""
    message.blocks = blocks
    message.state = {user: state_of(blocks, state) for user, state in message.state.items()}


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
