"""Composition objects: texts, options, confirmation dialogs.

https://docs.slack.dev/reference/block-kit/composition-objects
"""

from typing import Any

from .checks import Check, Complaints, array, boolean, fields, integer, link, one_of, string

LONGEST_TEXT = 3000


def plain_text(longest: int = LONGEST_TEXT, shortest: int = 1) -> Check:
    return fields(
        {"type": one_of("plain_text"), "text": string(longest, shortest)}, {"emoji": boolean}
    )


def mrkdwn(longest: int = LONGEST_TEXT) -> Check:
    return fields({"type": one_of("mrkdwn"), "text": string(longest, 1)}, {"verbatim": boolean})


def any_text(longest: int = LONGEST_TEXT) -> Check:
    """Either kind; a fault in it is reported for the whole and for its place, as Slack does."""
    kinds = {"plain_text": plain_text(longest), "mrkdwn": mrkdwn(longest)}

    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        inner = Complaints()
        if not isinstance(value, dict):
            inner.add("must provide an object", pointer)
        elif value.get("type") not in kinds:
            inner.add("must be a valid enum value", f"{pointer}/type")
        else:
            kinds[value["type"]](value, pointer, inner)
        if inner.messages:
            complaints.add("failed to match all allowed schemas", pointer)
            complaints.messages += inner.messages

    return check


# The documentation asks for plain text in the dialog's text; Slack takes mrkdwn there too.
confirm = fields(
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": one_of("primary", "danger")},
)


def _option(text: Check, **more: Check) -> Check:
    described = {"description": text, **more}
    return fields({"text": text, "value": string(150)}, described)


plain_option = _option(plain_text(75))
formatted_option = _option(any_text(75))
# "A URL to load in the user's browser", or a deep link into Slack: `mailto:` is documented for
# mrkdwn alone, and what Slack makes of it here is nothing to build on.
pressed_link = link("http", "https", "slack")

overflow_option = _option(plain_text(75), url=pressed_link)
option_group = fields({"label": plain_text(75), "options": array(plain_option, 100, 1)}, {})

placeholder = plain_text(150)
dispatch_action_config = fields(
    {},
    {
        "trigger_actions_on": array(
            one_of("on_enter_pressed", "on_character_entered"), most=2, fewest=1
        )
    },
)
conversation_filter = fields(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), fewest=1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
max_selected_items = integer(1, 100)
