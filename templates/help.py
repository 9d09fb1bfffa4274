"""What the bot can do, in a few lines, for whoever reads it."""

from functools import cache

from slack_sdk.models.blocks import ButtonElement

from templates import ids
from templates.blocks import actions, button, heading, paragraph
from templates.codes import all_codes_button, ask_button, my_codes_button
from templates.message import Message
from templates.people import people_button
from templates.words import Words


@cache
def help_message(words: Words, *, account_holder: bool) -> Message:
    """Made once for each: it stands in an acknowledgement, which waits for nothing."""
    title = words.gettext("Dette kan jeg hjelpe deg med")
    lines = words.prose("help", account_holder=account_holder)
    buttons = actions(*_buttons(words, account_holder=account_holder))
    return Message.of(title, [heading(title), paragraph(lines), buttons])


def _buttons(words: Words, *, account_holder: bool) -> list[ButtonElement]:
    own = [ask_button(words, account_holder=account_holder), my_codes_button(words)]
    if not account_holder:
        return own
    return [*own, all_codes_button(words), decide_button(words), people_button(words)]


def decide_button(words: Words) -> ButtonElement:
    """For an account holder: the way to what waits for them."""
    return button(words.gettext("Behandle forespørsler"), ids.WAITING)
