"""What is done on the page is done with what the page had drawn, however it stands by then."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.trial.room.acts import Act, Refused, do, key_of
from bot.trial.room.entering import field_name
from bot.trial.room.room import Room
from bot.trial.sandbox import BotAnswer, SeenMessage, SeenView
from bot.trial.sandbox.messages import content_of, replace
from bot.trial.sandbox.modals import open_modal, publish_home, update_view
from bot.trial.sandbox.records import Json
from bot.trial.sandbox.screen import Seen
from bot.trial.sandbox.tickets import look_up_trigger, new_trigger


class Listening:
    """A bot that takes everything and says nothing."""

    def __init__(self) -> None:
        self.heard: list[Json] = []

    async def send(self, kind: str, payload: Json, *more: Any) -> BotAnswer:
        self.heard.append(payload)
        return BotAnswer(200)

    async def close(self) -> None: ...


@pytest.fixture
def bot(room: Room) -> Listening:
    room.slack.carrier.transport = Listening()
    return room.slack.carrier.transport


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def row(action: str, value: str) -> Json:
    go = {"type": "button", "action_id": action, "text": plain("Go"), "value": value}
    return {"type": "actions", "block_id": f"row {value}", "elements": [go]}


NAME = {
    "type": "input",
    "block_id": "name",
    "label": plain("Navn"),
    "element": {"type": "plain_text_input", "action_id": "name"},
}


def a_form(*blocks: Json) -> Json:
    return {"type": "modal", "title": plain("x"), "submit": plain("x"), "blocks": [NAME, *blocks]}


def on_home(room: Room, *blocks: Json) -> SeenView:
    publish_home(room.slack.workspace, "U0KARI", {"type": "home", "blocks": list(blocks)})
    home = room.people["kari"].home()
    assert home is not None
    return home


def in_a_message(room: Room, *blocks: Json) -> SeenMessage:
    kari, bot = room.people["kari"], room.slack.workspace.installation
    room.slack.workspace.add_message(
        kari.direct_messages, bot.bot_user_id, "x", bot_id=bot.bot_id, blocks=list(blocks)
    )
    return kari.messages()[-1]


def in_a_modal(room: Room, *blocks: Json) -> SeenView:
    workspace = room.slack.workspace
    trigger = look_up_trigger(workspace, new_trigger(workspace, "U0KARI"))
    open_modal(workspace, trigger, a_form(*blocks))
    return room.people["kari"].views()[-1]


def change(room: Room, seen: Seen, *blocks: Json) -> None:
    if isinstance(seen, SeenMessage):
        replace(seen.record, content_of({"text": "y", "blocks": list(blocks)}, 100))
        seen.record.edited_at = room.slack.workspace.new_timestamp()
        return
    assert isinstance(seen, SeenView)
    kept = {key: value for key, value in seen.record.definition.items() if key != "blocks"}
    update_view(room.slack.workspace, seen.record, {**kept, "blocks": list(blocks)})


async def done(room: Room, name: str, seen: Seen, **fields: str) -> None:
    """As the page does it that drew this."""
    sent: Mapping[str, list[str]] = {
        "surface": [key_of(seen)],
        "version": [seen.version],
        **{key: [value] for key, value in fields.items()},
    }
    await do(name, Act(room, room.people["kari"], None, sent))


@pytest.mark.parametrize("drawn", [on_home, in_a_message, in_a_modal])
async def test_a_button_that_was_drawn_can_be_pressed_after_a_change(
    room: Room, bot: Listening, drawn: Any
) -> None:
    seen = drawn(room, row("go", "1"))
    change(room, seen, row("go", "2"))

    await done(room, "press", seen, block="row 1", action="go")

    (payload,) = bot.heard
    assert payload["actions"][0]["value"] == "1"
    shown = payload.get("view") or payload["message"]
    assert [block["block_id"] for block in shown["blocks"]][-1] == "row 1"
    assert payload.get("view", {}).get("hash") in (None, seen.version)


@pytest.mark.parametrize("drawn", [on_home, in_a_message, in_a_modal])
async def test_a_button_that_never_stood_there_is_refused(
    room: Room, bot: Listening, drawn: Any
) -> None:
    seen = drawn(room, row("go", "1"))
    change(room, seen, row("go", "2"))

    for fields in (
        {"block": "row 2", "action": "go"},
        {"block": "row 1", "action": "forged"},
        {"block": "row 1", "action": "go", "value": "forged"},
        {"block": "row 1", "action": "go", "version": "forged"},
    ):
        with pytest.raises(Refused):
            await done(room, "press", seen, **fields)
    assert bot.heard == []


async def test_a_button_in_a_modal_that_has_been_closed_is_refused(
    room: Room, bot: Listening
) -> None:
    seen = in_a_modal(room, row("go", "1"))
    change(room, seen, row("go", "2"))
    await done(room, "close", seen)

    for name in ("press", "submit", "enter"):
        with pytest.raises(Refused):
            await done(room, name, seen, block="row 1", action="go")
    assert bot.heard == []


async def test_closing_what_has_been_closed_is_done_already(room: Room, bot: Listening) -> None:
    seen = in_a_modal(room)

    await done(room, "close", seen)
    await done(room, "close", seen)

    assert room.people["kari"].views() == []


async def test_a_form_is_sent_as_it_was_drawn(room: Room, bot: Listening) -> None:
    seen = in_a_modal(room)
    change(room, seen, row("go", "2"))

    await done(room, "submit", seen, **{field_name("name", "name"): "Kari"})

    view = bot.heard[0]["view"]
    assert view["hash"] == seen.version
    assert view["state"]["values"]["name"]["name"]["value"] == "Kari"


async def test_what_is_typed_while_the_form_changes_is_kept_in_the_new_one(
    room: Room, bot: Listening
) -> None:
    seen = in_a_modal(room)
    change(room, seen, NAME, row("go", "2"))

    await done(room, "enter", seen, **{field_name("name", "name"): "Kari"})

    assert room.people["kari"].views()[-1].field("Navn").value == "Kari"


async def test_a_choice_in_a_menu_that_was_changed_is_taken(room: Room, bot: Listening) -> None:
    options = [{"text": plain(text), "value": text} for text in ("en", "to")]
    menu = {"type": "static_select", "action_id": "menu", "options": options}
    overflow = {"type": "overflow", "action_id": "more", "options": options}
    seen = in_a_message(
        room, {"type": "actions", "block_id": "menus", "elements": [menu, overflow]}
    )
    change(room, seen, row("go", "2"))

    chosen = {field_name("menus", "menu"): "to"}
    await done(room, "choose", seen, block="menus", action="menu", **chosen)
    await done(room, "choose", seen, block="menus", action="more", option="en")

    values = [payload["actions"][0]["selected_option"]["value"] for payload in bot.heard]
    assert values == ["to", "en"]
    assert all(payload["message"]["text"] == "x" for payload in bot.heard)


async def test_each_thumb_of_an_answer_that_was_changed_is_its_own(
    room: Room, bot: Listening
) -> None:
    thumbs = {
        "type": "feedback_buttons",
        "action_id": "rate",
        "positive_button": {"text": plain("👍"), "value": "up"},
        "negative_button": {"text": plain("👎"), "value": "down"},
    }
    seen = in_a_message(
        room, {"type": "context_actions", "block_id": "thumbs", "elements": [thumbs]}
    )
    change(room, seen, row("go", "2"))

    await done(room, "press", seen, block="thumbs", action="rate", value="down")

    assert bot.heard[0]["actions"][0]["value"] == "down"


async def test_a_suggestion_is_sent_whatever_is_suggested_by_then(
    room: Room, bot: Listening
) -> None:
    kari = room.people["kari"]

    await do("prompt", Act(room, kari, None, {"text": ["Når går koden ut?"]}))

    assert kari.messages()[-1].text() == "Når går koden ut?"
