"""Slack's formatted texts as trees: mrkdwn and rich text parsed once, for whoever shows them.

https://docs.slack.dev/messaging/formatting-message-text. A tree holds what was written, with
nothing escaped: whoever writes it out in another language (HTML, say) escapes for that.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from .records import Json


@dataclass(frozen=True)
class Node:
    """One piece of a text.

    `kind` is one of `root`; the blocks `lines`, `quote`, `list`, `item`; the spans `bold`,
    `italic`, `strike`, `link`, which hold others; and the leaves `text`, `code`, `preformatted`,
    `user`, `channel`, `broadcast`, `group`, `date`, `emoji`.
    """

    kind: str
    text: str = ""
    """What a leaf reads as; of mentions, a name only where the writer gave one."""

    target: str = ""
    """The address of a link, the id of who is mentioned, a date's `seconds^format`."""

    children: tuple["Node", ...] = ()


_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_CODE_BLOCK = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_TOKEN = re.compile(r"<([^<>\n]+)>")
_ADDRESS = re.compile(
    r"https?://(?:(?!&[lg]t;)[^\s<>|\U000f0000-\U000ffffd])*"
    r"[^\s<>|.,:;!?*_~)\]\"'&\U000f0000-\U000ffffd]"
)
_SPANS = re.compile(
    "|".join(
        rf"(?<![\w{mark}]){mark}(?=\S)(?P<{kind}>[^{mark}\n]+?)(?<=\S){mark}(?![\w{mark}])"
        for kind, mark in (("bold", r"\*"), ("italic", "_"), ("strike", "~"))
    )
    + r"|(?<![\w:]):(?P<emoji>[a-z0-9_+'-]+(?:::skin-tone-[2-6])?):(?![\w:])"
)
_QUOTE = re.compile(r"(?:>|&gt;) ?")
_BULLET = re.compile(r"[ ]*[•◦▪] +")
_FIRST_KEPT = 0xF0000
_KEPT = re.compile("[\U000f0000-\U000ffffd]")


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
    """Keeps finished pieces out of reach of further formatting, each under one character."""

    def __init__(self) -> None:
        self._pieces: list[Node] = []

    def keep(self, piece: Node) -> str:
        self._pieces.append(piece)
        return chr(_FIRST_KEPT + len(self._pieces) - 1)

    def piece(self, character: str) -> Node:
        return self._pieces[ord(character) - _FIRST_KEPT]

    def put_back(self, text: str) -> str:
        """What was kept too soon, as its bare text: inside `<…>` nothing is formatted."""
        return _KEPT.sub(lambda found: escaped(self.piece(found[0]).text), text)


def parsed(text: str, verbatim: bool = False) -> Node:
    """The tree of a mrkdwn text; `verbatim` leaves bare addresses as they are."""
    shelf = _Shelf()
    text = _KEPT.sub("\ufffd", text)
    text = _CODE_BLOCK.sub(lambda found: shelf.keep(_leaf("preformatted", found[1])), text)
    text = _CODE.sub(lambda found: shelf.keep(_leaf("code", found[1])), text)
    text = _TOKEN.sub(lambda found: shelf.keep(_token(shelf.put_back(found[1]))), text)
    if not verbatim:
        text = _ADDRESS.sub(lambda found: shelf.keep(_link(found[0], "")), text)
    return Node("root", children=tuple(_blocks(text.split("\n"), shelf)))


def _leaf(kind: str, text: str, target: str = "") -> Node:
    return Node(kind, unescaped(text), target)


def _link(target: str, label: str) -> Node:
    target = unescaped(target)
    shown = unescaped(label) or target.removeprefix("mailto:")
    return Node("link", target=target, children=(Node("text", shown),))


def _token(token: str) -> Node:
    target, _, label = token.partition("|")
    if target.startswith("@"):
        return _leaf("user", label, target[1:])
    if target.startswith("#"):
        return _leaf("channel", label, target[1:])
    if target.startswith("!date^"):
        return _leaf("date", label, target.removeprefix("!date^"))
    if target.startswith("!subteam^"):
        return _leaf("group", label, target.removeprefix("!subteam^"))
    if target.startswith("!"):
        return _leaf("broadcast", label, target[1:])
    return _link(target, label)


def links_in(node: Node) -> Iterator[Node]:
    """From the top."""
    if node.kind == "link":
        yield node
    for child in node.children:
        yield from links_in(child)


# Blocks: lines, quotes, lists


def _blocks(lines: list[str], shelf: _Shelf) -> Iterator[Node]:
    for kind, run in _runs(lines):
        if kind == "list":
            items = (_BULLET.sub("", line, count=1) for line in run)
            rows = tuple(Node("item", children=tuple(_spans(item, shelf))) for item in items)
            yield Node("list", children=rows)
        else:
            kept = [_QUOTE.sub("", line, count=1) for line in run] if kind == "quote" else run
            yield Node(kind, children=tuple(_spans("\n".join(kept), shelf)))


def _runs(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Lines of one kind that follow each other belong together."""
    run: list[str] = []
    kind = ""
    for line in lines:
        found = _kind_of(line)
        if run and found != kind:
            yield kind, run
            run = []
        kind = found
        run.append(line)
    if run:
        yield kind, run


def _kind_of(line: str) -> str:
    if _QUOTE.match(line):
        return "quote"
    return "list" if _BULLET.match(line) else "lines"


# Spans: styles, emoji, what is on the shelf


def _spans(text: str, shelf: _Shelf) -> Iterator[Node]:
    start = 0
    for match in _SPANS.finditer(text):
        yield from _kept(text[start : match.start()], shelf)
        kind = str(match.lastgroup)
        inner = match[kind]
        if kind == "emoji":
            yield Node("emoji", inner)
        else:
            yield Node(kind, children=tuple(_spans(inner, shelf)))
        start = match.end()
    yield from _kept(text[start:], shelf)


def _kept(text: str, shelf: _Shelf) -> Iterator[Node]:
    """Plain text, with the kept pieces in their places."""
    start = 0
    for match in _KEPT.finditer(text):
        if match.start() > start:
            yield Node("text", unescaped(text[start : match.start()]))
        yield shelf.piece(match[0])
        start = match.end()
    if start < len(text):
        yield Node("text", unescaped(text[start:]))


# Rich text, whose blocks say themselves what they are


def parsed_rich_text(block: Json) -> Node:
    return Node("root", children=tuple(_rich(part) for part in block.get("elements", [])))


def _rich(node: Json) -> Node:
    kind = str(node.get("type"))
    if kind in _RICH_LEAVES:
        return _styled(_RICH_LEAVES[kind](node), node)
    inner = tuple(_rich(child) for child in node.get("elements", []))
    if kind == "rich_text_list":
        return Node("list", children=tuple(Node("item", children=part.children) for part in inner))
    if kind == "rich_text_preformatted":
        return Node("preformatted", "".join(_bare(part) for part in inner))
    return Node("quote" if kind == "rich_text_quote" else "lines", children=inner)


def _bare(node: Node) -> str:
    """What a piece reads as where nothing is formatted."""
    return node.text or "".join(map(_bare, node.children)) or node.target


def _styled(leaf: Node, node: Json) -> Node:
    style = node.get("style") or {}
    if style.get("code"):
        code = Node("code", _bare(leaf))
        return Node("link", target=leaf.target, children=(code,)) if leaf.kind == "link" else code
    for kind in ("strike", "italic", "bold"):
        if style.get(kind):
            leaf = Node(kind, children=(leaf,))
    return leaf


def _rich_link(node: Json) -> Node:
    url = str(node.get("url", ""))
    return Node("link", target=url, children=(Node("text", str(node.get("text") or url)),))


_RICH_LEAVES: Mapping[str, Callable[[Json], Node]] = {
    "text": lambda node: Node("text", str(node.get("text", ""))),
    "link": _rich_link,
    "emoji": lambda node: Node("emoji", str(node.get("name"))),
    "user": lambda node: Node("user", target=str(node.get("user_id"))),
    "channel": lambda node: Node("channel", target=str(node.get("channel_id"))),
    "broadcast": lambda node: Node("broadcast", target=str(node.get("range"))),
    "date": lambda node: Node("date", str(node.get("fallback", ""))),
}
