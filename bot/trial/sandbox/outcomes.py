"""What a person sees become of what they did."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Trouble
    from .screen import Button, SeenView


class Errors(dict[str, str]):
    """Messages beside fields, by label; asking by block id works too."""

    def __init__(self, by_label: dict[str, str], by_block_id: dict[str, str]) -> None:
        super().__init__(by_label)
        self.by_block_id = by_block_id

    def __missing__(self, name: str) -> str:
        return self.by_block_id[name]


def no_errors() -> Errors:
    return Errors({}, {})


@dataclass(frozen=True)
class Outcome:
    """What became of a submission.

    Exactly one of these is so: `closed` (`cleared` too, when every view went), there are
    `errors`, a view was `updated`, a view was `pushed`, or there was `trouble`.
    """

    closed: bool = False
    cleared: bool = False
    errors: Errors = field(default_factory=no_errors)
    client_side: bool = False
    """The errors are the client's own: nothing was sent to the bot."""
    updated: "SeenView | None" = None
    pushed: "SeenView | None" = None
    trouble: "Trouble | None" = None


@dataclass(frozen=True)
class Dialog:
    """A dialog that stood between a click and its effect."""

    title: str
    text: str
    confirm: str
    deny: str
    accepted: bool


@dataclass(frozen=True)
class Clicked:
    button: "Button"
    confirmation: Dialog | None = None
    url: str | None = None
    trouble: "Trouble | None" = None
