"""What stands in a form of the page, as the state that Slack would send."""
# ruff: noqa: E501 - a row of a table reads best as one line

from typing import Any

import pytest

from bot.trial.room.entering import enter_all, field_name
from bot.trial.room.room import Room
from bot.trial.sandbox import SeenView
from bot.trial.sandbox.modals import open_modal
from bot.trial.sandbox.records import Json
from bot.trial.sandbox.tickets import look_up_trigger, new_trigger

OPTIONS: list[Json] = [
    {"text": {"type": "plain_text", "text": text, "emoji": True}, "value": text.lower()}
    for text in ("En", "To", "Tre")
]


def a_view(room: Room, *elements: Json) -> SeenView:
    blocks = [
        {"type": "input", "block_id": f"b{n}", "label": {"type": "plain_text", "text": "x"},
         "element": {"action_id": "a", **element}}
        for n, element in enumerate(elements)
    ]  # fmt: skip
    definition = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": blocks,
                  "submit": {"type": "plain_text", "text": "x"}}  # fmt: skip
    workspace = room.slack.workspace
    trigger = look_up_trigger(workspace, new_trigger(workspace, "U0KARI"))
    return SeenView(workspace, "U0KARI", open_modal(workspace, trigger, definition))


@pytest.mark.parametrize(
    ("element", "texts", "key", "value"),
    [
        ({"type": "plain_text_input"}, ["  a\r\nb "], "value", "  a\nb "),
        ({"type": "plain_text_input"}, [""], "value", None),
        ({"type": "email_text_input"}, ["a@b.no"], "value", "a@b.no"),
        ({"type": "number_input", "is_decimal_allowed": True}, ["1,5"], "value", "1,5"),
        ({"type": "static_select", "options": OPTIONS}, ["to"], "selected_option", OPTIONS[1]),
        ({"type": "static_select", "options": OPTIONS}, ["forged"], "selected_option", None),
        ({"type": "radio_buttons", "options": OPTIONS}, ["tre"], "selected_option", OPTIONS[2]),
        ({"type": "checkboxes", "options": OPTIONS}, ["tre", "en"], "selected_options", [OPTIONS[0], OPTIONS[2]]),
        ({"type": "checkboxes", "options": OPTIONS}, [], "selected_options", []),
        ({"type": "multi_static_select", "options": OPTIONS}, ["en"], "selected_options", OPTIONS[:1]),
        ({"type": "users_select"}, ["U0OLA"], "selected_user", "U0OLA"),
        ({"type": "multi_users_select"}, ["U0OLA", "U0PER"], "selected_users", ["U0OLA", "U0PER"]),
        ({"type": "conversations_select"}, ["C1"], "selected_conversation", "C1"),
        ({"type": "datepicker"}, ["2026-05-17"], "selected_date", "2026-05-17"),
        ({"type": "timepicker"}, ["14:05"], "selected_time", "14:05"),
    ],
)  # fmt: skip
def test_each_kind_of_field(
    room: Room, element: Json, texts: list[str], key: str, value: Any
) -> None:
    view = a_view(room, element)
    enter_all(view, {field_name("b0", "a"): texts})
    assert view.state["b0"]["a"] == {"type": element["type"], key: value}


def test_what_the_page_does_not_draw_stays_as_it_is(room: Room) -> None:
    chosen = {**OPTIONS[0]}
    view = a_view(room, {"type": "external_select", "initial_option": chosen})
    enter_all(view, {})
    assert view.state["b0"]["a"]["selected_option"] == chosen


def test_ids_may_hold_any_characters() -> None:
    assert field_name('a"/\\', "b c") != field_name('a"', '/\\"b c')
