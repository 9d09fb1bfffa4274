"""A sentence or two and nothing more, wherever there is room for it: modal, Home tab, message."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.views import View

from templates import ids
from templates.blocks import actions, modal, paragraph
from templates.message import Message
from templates.words import Words


def told_view(
    words: Words, text: str, way: ButtonElement | None = None, *, which: Sequence[Block] = ()
) -> View:
    """`text` is mrkdwn, as in all of these; `way`: what can be done about it; `which`: what says of
    which organisation it is told."""
    _ = words.gettext
    return modal(
        ids.VIEW_TOLD, _("Godkjenningskode"), [*which, *_blocks(text, way)], close=_("Lukk")
    )


def told_home(text: str, way: ButtonElement | None = None) -> View:
    """In the place of the Home tab, while there is nothing else to do there."""
    return View(type="home", blocks=_blocks(text, way))


def told_message(
    text: str, way: ButtonElement | None = None, *, which: Sequence[Block] = ()
) -> Message:
    return Message.of(text, [*which, *_blocks(text, way)])


def _blocks(text: str, way: ButtonElement | None) -> list[Block]:
    return [paragraph(text), *([actions(way)] if way else [])]
