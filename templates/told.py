"""A sentence or two and nothing more, wherever there is room for it: modal, Home tab, message."""

from slack_sdk.models.views import View

from templates import ids
from templates.blocks import modal, paragraph
from templates.message import Message
from templates.words import Words


def told_view(words: Words, text: str) -> View:
    """`text` is mrkdwn, as in all of these."""
    _ = words.gettext
    return modal(ids.VIEW_TOLD, _("Godkjenningskode"), [paragraph(text)], close=_("Lukk"))


def told_home(text: str) -> View:
    """In the place of the Home tab, while there is nothing to do there."""
    return View(type="home", blocks=[paragraph(text)])


def told_message(text: str) -> Message:
    return Message.of(text, [paragraph(text)])
