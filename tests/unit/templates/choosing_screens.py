"""The choice among several organisations, and what says which it is."""

from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace
from slack_sdk.models.views import View

from templates.choosing import choose_view
from templates.message import Message
from templates.words import Words
from tests.unit.templates.cast import Cast

Screens = Iterator[tuple[str, Callable[[Words], View | Message]]]


def choosing_screens(cast: Cast) -> Screens:
    first = replace(cast.situation().organisation, name=cast.organisation)
    there = [replace(first, id=f"01{number:024d}") for number in range(20)]
    yield "choosing/two", partial(choose_view, there=there[:2])
    yield (
        "choosing/many-one-chosen",
        partial(choose_view, there=there, mine=[there[3].id], chosen=there[1].id),
    )
