"""What a person's typing and choosing comes to, and what the client itself refuses to send."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .forms import STATEFUL, empty_value, is_empty, value_in
from .screen import Field, NotOnScreen, Option

if TYPE_CHECKING:
    from .records import Json

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_URL = re.compile(r"https?://\S+")
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


class Mistake(str):
    """What Slack's own client says beside a field, in its English.

    `kind` names it for whoever says it in another language; `limit` is the number it speaks of.
    """

    __slots__ = ("kind", "limit")
    kind: str
    limit: str

    def __new__(cls, kind: str, limit: object = "") -> "Mistake":
        mistake = super().__new__(cls, MISTAKES[kind].format(limit=limit))
        mistake.kind, mistake.limit = kind, str(limit)
        return mistake


REQUIRED = "Please complete this required field."
MISTAKES = {
    "required": REQUIRED,
    "not_ticked": REQUIRED,
    "not_chosen": REQUIRED,
    "too_long": "Please enter no more than {limit} characters.",
    "too_short": "Please enter at least {limit} characters.",
    "no_email": "Please enter a valid email address.",
    "no_url": "Please enter a valid URL.",
    "no_number": "Please enter a valid number.",
    "no_whole_number": "Please enter a whole number.",
    "too_low": "Please enter a number of at least {limit}.",
    "too_high": "Please enter a number of at most {limit}.",
    "too_many": "Please choose at most {limit}.",
}


def entered(element: "Json", options: tuple[Option, ...], value: Any) -> "Json":
    """The state of an element after `value` was typed or chosen in it; None empties it."""
    if value is None or value is False:
        return empty_value(element)
    key = STATEFUL[element["type"]][0]
    return {"type": element["type"], key: _ENTERING[key](element, options, value)}


def _typed(element: "Json", options: tuple[Option, ...], value: Any) -> str | None:
    text = str(value)
    if element["type"] != "plain_text_input" or not element.get("multiline"):
        text = text.replace("\n", " ")
    return text or None


def _one_option(element: "Json", options: tuple[Option, ...], value: Any) -> "Json":
    for option in options:
        if option.text == value:
            return option.raw
    raise NotOnScreen(f"no option «{value}»; there are {[option.text for option in options]}")


def _many_options(
    element: "Json",
    options: tuple[Option, ...],
    value: Any,
) -> "list[Json]":
    if value is True:
        return [option.raw for option in options]
    wanted = [value] if isinstance(value, str) else list(value)
    chosen = [_one_option(element, options, text) for text in wanted]
    return [option.raw for option in options if option.raw in chosen]


def _one_id(element: "Json", options: tuple[Option, ...], value: Any) -> str:
    return str(getattr(value, "id", value))


def _many_ids(element: "Json", options: tuple[Option, ...], value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [_one_id(element, options, one) for one in values]


def _as_is(element: "Json", options: tuple[Option, ...], value: Any) -> Any:
    return value


def _date(element: "Json", options: tuple[Option, ...], value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


_ENTERING: "dict[str, Callable[[Json, tuple[Option, ...], Any], Any]]" = {
    "value": _typed,
    "rich_text_value": _as_is,
    "selected_option": _one_option,
    "selected_options": _many_options,
    "selected_user": _one_id,
    "selected_users": _many_ids,
    "selected_conversation": _one_id,
    "selected_conversations": _many_ids,
    "selected_channel": _one_id,
    "selected_channels": _many_ids,
    "selected_date": _date,
    "selected_time": _date,
    "selected_date_time": _as_is,
    "files": _as_is,
}


def client_error(field: Field, entry: "Json") -> Mistake | None:
    """What Slack's own client says beside the field before it sends anything."""
    if is_empty(entry):
        return None if field.optional else Mistake(_MISSING.get(field.kind, "required"))
    check = _CHECKS.get(field.kind)
    return check(field.element, value_in(entry)) if check else None


_MISSING = {
    **dict.fromkeys(
        (kind for kind, (key, _) in STATEFUL.items() if key.startswith("selected_")), "not_chosen"
    ),
    "checkboxes": "not_ticked",
}
"""What it is called where nothing can be typed: Slack has the same words for all."""


def _check_text(element: "Json", value: str) -> Mistake | None:
    longest, shortest = element.get("max_length"), element.get("min_length")
    if longest is not None and len(value) > longest:
        return Mistake("too_long", longest)
    if shortest is not None and len(value) < shortest:
        return Mistake("too_short", shortest)
    return None


def _check_email(element: "Json", value: str) -> Mistake | None:
    return None if _EMAIL.fullmatch(value) else Mistake("no_email")


def _check_url(element: "Json", value: str) -> Mistake | None:
    return None if _URL.fullmatch(value) else Mistake("no_url")


def _check_number(element: "Json", value: str) -> Mistake | None:
    if not _NUMBER.fullmatch(value):
        return Mistake("no_number")
    number = float(value.replace(",", "."))
    if not element.get("is_decimal_allowed") and not number.is_integer():
        return Mistake("no_whole_number")
    lowest, highest = element.get("min_value"), element.get("max_value")
    if lowest is not None and number < float(lowest):
        return Mistake("too_low", lowest)
    if highest is not None and number > float(highest):
        return Mistake("too_high", highest)
    return None


def _check_selected(element: "Json", value: "list[Any]") -> Mistake | None:
    most = element.get("max_selected_items")
    return Mistake("too_many", most) if most is not None and len(value) > most else None


_CHECKS: "dict[str, Callable[[Json, Any], Mistake | None]]" = {
    "plain_text_input": _check_text,
    "email_text_input": _check_email,
    "url_text_input": _check_url,
    "number_input": _check_number,
    "multi_static_select": _check_selected,
    "multi_users_select": _check_selected,
    "multi_conversations_select": _check_selected,
    "multi_channels_select": _check_selected,
}
