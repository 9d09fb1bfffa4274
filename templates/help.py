"""What the bot can do, in five lines: the same for everybody, so made once a language."""

from functools import cache

from slack_sdk.models.blocks import ActionsBlock

from templates import ids
from templates.blocks import actions, button, heading, paragraph
from templates.codes import ask_button, my_codes_button
from templates.message import Message
from templates.words import Words


@cache
def help_message(words: Words) -> Message:
    title = words.gettext("Dette kan jeg hjelpe deg med")
    return Message.of(title, [heading(title), paragraph(words.prose("help")), _buttons(words)])


def _buttons(words: Words) -> ActionsBlock:
    _ = words.gettext
    return actions(
        ask_button(words),
        my_codes_button(words),
        button(_("Behandle forespørsler"), ids.WAITING),
    )
