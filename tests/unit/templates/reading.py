"""What stands on a screen: every text object, button and field of it."""

import re
from collections.abc import Iterator
from typing import Any

from tests.unit.templates.screens import Seen

Json = dict[str, Any]

MAIL_LINK = re.compile(r"<(mailto:[A-Za-z0-9@._~%?=&;-]+)\|([^<>|&]+)>")
"""A link in mrkdwn to a mail: whatever was typed is percent-encoded in it."""


def parts(tree: Any) -> Iterator[Json]:
    """Every object in a rendering, from the top."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from parts(part)


def texts(seen: Seen, kind: str) -> list[str]:
    return [part["text"] for part in parts(seen.whole) if part.get("type") == kind]


def on_screen(seen: Seen) -> list[str]:
    """All that is read on a screen but what stands in fields beforehand."""
    top = [seen.text] if seen.text else []
    return [*top, *texts(seen, "plain_text"), *texts(seen, "mrkdwn")]


def buttons(seen: Seen) -> dict[str, Json]:
    """Buttons by their labels; of several with the same label, the first."""
    found = [part for part in parts(seen.blocks) if part.get("type") == "button"]
    return {button["text"]["text"]: button for button in reversed(found)}


def fields(seen: Seen) -> dict[str, Json]:
    """Inputs by their labels."""
    return {b["label"]["text"]: b for b in seen.blocks if b["type"] == "input"}


def options(field: Json) -> dict[str, str]:
    """What can be chosen, and the value that it sends."""
    return {o["text"]["text"]: o["value"] for o in field["element"]["options"]}


def whole_text(seen: Seen) -> str:
    return "\n".join(on_screen(seen))
