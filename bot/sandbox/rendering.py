"""Text as a person sees it: mrkdwn turned into what it looks like, plain text left as it is."""

import re
from collections.abc import Callable, Mapping

from .records import Json

NameOf = Callable[[str], str]

_CODE_BLOCK = re.compile(r"```(.*?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_TOKEN = re.compile(r"<([^<>\n]+)>")
_QUOTE = re.compile(r"^(?:>|&gt;)[ ]?", re.MULTILINE)
_STYLES = [
    re.compile(rf"(?<![\w{mark}]){mark}(?=\S)([^{mark}\n]+?)(?<=\S){mark}(?![\w{mark}])")
    for mark in (r"\*", "_", "~")
]
_KEPT = re.compile("\ue000(\\d+)\ue001")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def unescaped(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def escaped(text: str) -> str:
    """What Slack's client makes of the three characters that would mean something else."""
    for entity, character in reversed(_ENTITIES):
        text = text.replace(character, entity)
    return text


class _Shelf:
    """Keeps finished pieces out of reach of further formatting."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def keep(self, piece: str) -> str:
        self._pieces.append(piece)
        return f"\ue000{len(self._pieces) - 1}\ue001"

    def restore(self, text: str) -> str:
        while _KEPT.search(text):
            text = _KEPT.sub(lambda found: self._pieces[int(found[1])], text)
        return text


def shown_mrkdwn(text: str, name_of: NameOf) -> str:
    shelf = _Shelf()
    text = _TOKEN.sub(lambda found: shelf.keep(_shown_token(found[1], name_of)), text)
    text = _CODE_BLOCK.sub(lambda found: shelf.keep(unescaped(found[1])), text)
    text = _CODE.sub(lambda found: shelf.keep(unescaped(found[1])), text)
    text = _QUOTE.sub("", text)
    for style in _STYLES:
        text = style.sub(r"\1", text)
    return shelf.restore(unescaped(text))


def _shown_token(token: str, name_of: NameOf) -> str:
    target, _, label = token.partition("|")
    if target.startswith(("@", "#")):
        return target[0] + name_of(target[1:]) if not label else target[0] + label
    if target.startswith("!date^"):
        return unescaped(label)
    if target.startswith("!"):
        return unescaped(label) or "@" + target[1:].partition("^")[0]
    return unescaped(label or target.removeprefix("mailto:"))


def shown_text(text_object: Json | str | None, name_of: NameOf) -> str:
    """A text object, or a bare string, which is plain."""
    if not text_object:
        return ""
    if isinstance(text_object, str):
        return text_object
    text = str(text_object.get("text", ""))
    return shown_mrkdwn(text, name_of) if text_object.get("type") == "mrkdwn" else text


# Rich text


def shown_rich_text(node: Json, name_of: NameOf) -> str:
    kind = str(node.get("type"))
    if kind in _RICH_LEAVES:
        return _RICH_LEAVES[kind](node, name_of)
    separator = "\n" if kind in ("rich_text", "rich_text_list") else ""
    return separator.join(shown_rich_text(child, name_of) for child in node.get("elements", []))


_RICH_LEAVES: Mapping[str, Callable[[Json, NameOf], str]] = {
    "text": lambda node, _: str(node.get("text", "")),
    "link": lambda node, _: str(node.get("text") or node.get("url", "")),
    "emoji": lambda node, _: f":{node.get('name')}:",
    "user": lambda node, name_of: "@" + name_of(str(node.get("user_id"))),
    "channel": lambda node, name_of: "#" + name_of(str(node.get("channel_id"))),
    "broadcast": lambda node, _: f"@{node.get('range')}",
    "date": lambda node, _: str(node.get("fallback", "")),
}
