"""Text as a person reads it, without the marks: mrkdwn written out plainly."""

from collections.abc import Callable

from .mrkdwn import Node, parsed, parsed_rich_text
from .records import Json

NameOf = Callable[[str], str]

_BLOCKS = frozenset({"root", "list"})
"""Whose children stand each on a line of their own."""


def shown(node: Node, name_of: NameOf) -> str:
    if node.kind in ("text", "code", "preformatted", "date"):
        return node.text
    if node.kind == "emoji":
        return f":{node.text}:"
    if node.kind in ("user", "channel"):
        return ("@" if node.kind == "user" else "#") + (node.text or name_of(node.target))
    if node.kind in ("broadcast", "group"):
        return node.text or "@" + node.target
    inner = ("\n" if node.kind in _BLOCKS else "").join(shown(c, name_of) for c in node.children)
    return f"• {inner}" if node.kind == "item" else inner


def shown_mrkdwn(text: str, name_of: NameOf) -> str:
    return shown(parsed(text), name_of)


def shown_text(text_object: Json | str | None, name_of: NameOf) -> str:
    """A text object, or a bare string, which is plain."""
    if not text_object:
        return ""
    if isinstance(text_object, str):
        return text_object
    text = str(text_object.get("text", ""))
    return shown_mrkdwn(text, name_of) if text_object.get("type") == "mrkdwn" else text


def shown_rich_text(block: Json, name_of: NameOf) -> str:
    return shown(parsed_rich_text(block), name_of)
