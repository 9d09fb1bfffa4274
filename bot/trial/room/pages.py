"""The page's HTML: one Jinja2 environment, which escapes whatever it is given."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader

from bot.trial.room.acts import SHORTCUTS, key_of
from bot.trial.room.entering import NOT_DRAWN, field_name
from bot.trial.room.markup import address
from bot.trial.room.screens import Screen
from bot.trial.sandbox.forms import STATEFUL
from bot.trial.sandbox.records import Json
from bot.trial.sandbox.screen import Seen
from templates.words import Words

HERE = Path(__file__).parent
PAGES = HERE / "pages"
STATIC = HERE / "static"

REGIONS = ("clock", "sidebar", "place", "modals")
"""The parts of the page that change by themselves, each a template of its own."""

OF_OTHERS = ("sidebar",)
"""Those that tell of other people too: what they have not read."""


@cache
def environment(words: Words) -> Environment:
    """Not strict about what is missing: nearly everything in Block Kit may be."""
    made = Environment(
        loader=FileSystemLoader(PAGES),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words.translate(made)
    made.globals.update(
        field_name=field_name,
        key_of=key_of,
        part_id=part_id,
        address=address,
        value_of=value_of,
        is_drawn=is_drawn,
        pretty=pretty,
        shortcuts=SHORTCUTS,
    )
    return made


def page(screen: Screen) -> str:
    return _render("page", screen)


def region(name: str, screen: Screen) -> str:
    return _render(f"regions/{name}", screen)


def _render(name: str, screen: Screen, **values: Any) -> str:
    template = environment(screen.words).get_template(f"{name}.html")
    return template.render(screen=screen, text=screen.writer.text, **values)


def fragment(words: Words, name: str, **values: Any) -> str:
    return environment(words).get_template(f"{name}.html").render(**values)


def part_id(surface: str, block: Json, part: Json) -> str:
    """An id for the page: an HTML id holds no blanks, a block's may hold anything."""
    ids = (quote(block["block_id"], safe=""), quote(part["action_id"], safe=""))
    return "/".join((surface, *ids))


def value_of(seen: Seen, block: Json, element: Json) -> Any:
    """What stands in an input: text, an id, or the values of what is chosen."""
    entry = seen.state[block["block_id"]][element["action_id"]]
    value = entry[STATEFUL[element["type"]][0]]
    if isinstance(value, dict):
        return value.get("value")
    if isinstance(value, list):
        return [one.get("value") if isinstance(one, dict) else one for one in value]
    return "" if value is None else value


def is_drawn(element: Json) -> bool:
    """Whether the page has a field for it; otherwise it is shown as a named box."""
    known = element["type"] in STATEFUL or element["type"] in ("button", "overflow")
    return known and element["type"] not in NOT_DRAWN


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
