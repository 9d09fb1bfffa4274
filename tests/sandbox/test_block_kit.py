"""What Slack refuses in views and messages, case by case, with the page that says so."""
# ruff: noqa: E501 - a row of a table reads best as one line

from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import Human, Sandbox
from bot.trial.sandbox.tickets import new_trigger

from .genuine_bot import Json, button, modal, plain, section, text_input

DOCS = "https://docs.slack.dev/reference"
VIEWS = f"{DOCS}/views/modal-views"
HOME = f"{DOCS}/views/home-tab-views"
BLOCKS = f"{DOCS}/block-kit/blocks"
ELEMENTS = f"{DOCS}/block-kit/block-elements"
OBJECTS = f"{DOCS}/block-kit/composition-objects"


def long(length: int) -> str:
    return "a" * length


def mrkdwn(text: str = "x", **rest: Any) -> Json:
    return {"type": "mrkdwn", "text": text, **rest}


def option(text: str = "One", value: str = "1", **rest: Any) -> Json:
    return {"text": plain(text), "value": value, **rest}


def options(count: int) -> list[Json]:
    return [option(f"Option {n}", str(n)) for n in range(count)]


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def chooser(kind: str, **rest: Any) -> Json:
    return {"type": kind, "action_id": "a", **rest}


def field(element: Json, **rest: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **rest}


def charted(
    *,
    title: str = "Chart",
    names: Sequence[str] = ("a",),
    values: Sequence[Any] = (1, 2.5),
    chart: Json | None = None,
) -> Json:
    data = [{"label": label, "value": value} for label, value in zip("xy", values, strict=False)]
    bars = {
        "type": "bar",
        "series": [{"name": name, "data": data} for name in names],
        "axis_config": {"categories": ["x", "y"], "y_label": "much"},
    }
    return {"type": "data_visualization", "title": title, "chart": chart or bars}


def dialog(**changed: Any) -> Json:
    parts = {"title": "Sure?", "text": "Really?", "confirm": "Yes", "deny": "No"}
    return {name: plain(text) for name, text in parts.items()} | changed


def confirmed(**changed: Any) -> Json:
    return actions(button("Go", "a", confirm=dialog(**changed)))


Case = tuple[str, Json, str, str]

# What is wrong, the block, the complaint, the page.
BLOCK_CASES: list[Case] = [
    ("an unknown block", {"type": "sparkles"}, "unsupported type: sparkles [json-pointer:/0/type]", BLOCKS),
    ("a block without a type", {"block_id": "b"}, "missing required field: type [json-pointer:/0]", BLOCKS),
    ("a block id too long", {"type": "divider", "block_id": long(256)}, "must be less than 256 characters [json-pointer:/0/block_id]", f"{BLOCKS}/divider-block"),
    ("an unknown property", {"type": "divider", "colour": "red"}, "invalid additional property: colour [json-pointer:/0]", f"{BLOCKS}/divider-block"),
    ("a section with nothing in it", {"type": "section"}, "must define either `fields` or `text` [json-pointer:/0]", f"{BLOCKS}/section-block"),
    ("a section too long", section(long(3001)), "must be less than 3001 characters [json-pointer:/0/text/text]", f"{BLOCKS}/section-block"),
    ("a section with empty text", section(""), "must be more than 0 characters [json-pointer:/0/text/text]", f"{OBJECTS}/text-object"),
    ("a section with a bare string", {"type": "section", "text": "x"}, "must provide an object [json-pointer:/0/text]", f"{OBJECTS}/text-object"),
    ("a text of no known kind", {"type": "section", "text": {"type": "html", "text": "x"}}, "must be a valid enum value [json-pointer:/0/text/type]", f"{OBJECTS}/text-object"),
    ("emoji on mrkdwn", {"type": "section", "text": mrkdwn(emoji=True)}, "invalid additional property: emoji [json-pointer:/0/text]", f"{OBJECTS}/text-object"),
    ("eleven fields", {"type": "section", "fields": [mrkdwn()] * 11}, "no more than 10 items allowed [json-pointer:/0/fields]", f"{BLOCKS}/section-block"),
    ("a field too long", {"type": "section", "fields": [mrkdwn(long(2001))]}, "must be less than 2001 characters [json-pointer:/0/fields/0/text]", f"{BLOCKS}/section-block"),
    ("an input as an accessory", section("x", accessory=chooser("plain_text_input")), "unsupported type: plain_text_input [json-pointer:/0/accessory/type]", f"{ELEMENTS}/plain-text-input-element"),
    ("a header too long", {"type": "header", "text": plain(long(151))}, "must be less than 151 characters [json-pointer:/0/text/text]", f"{BLOCKS}/header-block"),
    ("a header in mrkdwn", {"type": "header", "text": mrkdwn()}, "must be a valid enum value [json-pointer:/0/text/type]", f"{BLOCKS}/header-block"),
    ("an empty context", {"type": "context", "elements": []}, "must provide at least 1 items [json-pointer:/0/elements]", f"{BLOCKS}/context-block"),
    ("eleven context elements", {"type": "context", "elements": [mrkdwn()] * 11}, "no more than 10 items allowed [json-pointer:/0/elements]", f"{BLOCKS}/context-block"),
    ("a button in a context", {"type": "context", "elements": [button("x", "a")]}, "unsupported type: button [json-pointer:/0/elements/0/type]", f"{BLOCKS}/context-block"),
    ("no actions", actions(), "must provide at least 1 items [json-pointer:/0/elements]", f"{BLOCKS}/actions-block"),
    ("twenty-six actions", actions(*(button("x", str(n)) for n in range(26))), "no more than 25 items allowed [json-pointer:/0/elements]", f"{BLOCKS}/actions-block"),
    ("one action id twice", actions(button("x", "a"), button("y", "a")), '`action_id` "a" already exists [json-pointer:/0/elements/1/action_id]', f"{ELEMENTS}/button-element"),
    ("a text input among actions", actions(chooser("plain_text_input")), "unsupported type: plain_text_input [json-pointer:/0/elements/0/type]", f"{BLOCKS}/actions-block"),
    ("a multi-select among actions", actions(chooser("multi_users_select")), "unsupported type: multi_users_select [json-pointer:/0/elements/0/type]", f"{ELEMENTS}/multi-select-menu-element"),
    ("a button text too long", actions(button(long(76), "a")), "must be less than 76 characters [json-pointer:/0/elements/0/text/text]", f"{ELEMENTS}/button-element"),
    ("a button text in mrkdwn", actions({"type": "button", "text": mrkdwn()}), "must be a valid enum value [json-pointer:/0/elements/0/text/type]", f"{ELEMENTS}/button-element"),
    ("a button without text", actions({"type": "button"}), "missing required field: text [json-pointer:/0/elements/0]", f"{ELEMENTS}/button-element"),
    ("a button value too long", actions(button("x", "a", value=long(2001))), "must be less than 2001 characters [json-pointer:/0/elements/0/value]", f"{ELEMENTS}/button-element"),
    ("a button value that is a number", actions(button("x", "a", value=7)), "must provide a string [json-pointer:/0/elements/0/value]", f"{ELEMENTS}/button-element"),
    ("a button url too long", actions(button("x", "a", url="https://" + long(3000))), "must be less than 3001 characters [json-pointer:/0/elements/0/url]", f"{ELEMENTS}/button-element"),
    ("a button style that does not exist", actions(button("x", "a", style="warning")), "must be a valid enum value [json-pointer:/0/elements/0/style]", f"{ELEMENTS}/button-element"),
    ("a button style left empty", actions(button("x", "a", style=None)), "must provide a string [json-pointer:/0/elements/0/style]", f"{ELEMENTS}/button-element"),
    ("a disabled button", actions(button("x", "a", disabled=True)), "invalid additional property: disabled [json-pointer:/0/elements/0]", f"{ELEMENTS}/button-element"),
    ("an action id too long", actions(button("x", long(256))), "must be less than 256 characters [json-pointer:/0/elements/0/action_id]", f"{ELEMENTS}/button-element"),
    ("an accessibility label too long", actions(button("x", "a", accessibility_label=long(76))), "must be less than 76 characters [json-pointer:/0/elements/0/accessibility_label]", f"{ELEMENTS}/button-element"),
    ("a dialog title too long", confirmed(title=plain(long(101))), "must be less than 101 characters [json-pointer:/0/elements/0/confirm/title/text]", f"{OBJECTS}/confirmation-dialog-object"),
    ("a dialog text too long", confirmed(text=plain(long(301))), "must be less than 301 characters [json-pointer:/0/elements/0/confirm/text/text]", f"{OBJECTS}/confirmation-dialog-object"),
    ("a dialog button too long", confirmed(confirm=plain(long(31))), "must be less than 31 characters [json-pointer:/0/elements/0/confirm/confirm/text]", f"{OBJECTS}/confirmation-dialog-object"),
    ("a dialog refusal too long", confirmed(deny=plain(long(31))), "must be less than 31 characters [json-pointer:/0/elements/0/confirm/deny/text]", f"{OBJECTS}/confirmation-dialog-object"),
    ("a dialog style that does not exist", confirmed(style="red"), "must be a valid enum value [json-pointer:/0/elements/0/confirm/style]", f"{OBJECTS}/confirmation-dialog-object"),
    ("no options", actions(chooser("static_select", options=[])), "must provide at least 1 items [json-pointer:/0/elements/0/options]", f"{ELEMENTS}/select-menu-element"),
    ("no source of options", actions(chooser("static_select")), "must define either `options` or `option_groups` [json-pointer:/0/elements/0]", f"{ELEMENTS}/select-menu-element"),
    ("a hundred and one options", actions(chooser("static_select", options=options(101))), "no more than 100 items allowed [json-pointer:/0/elements/0/options]", f"{ELEMENTS}/select-menu-element"),
    ("a group label too long", actions(chooser("static_select", option_groups=[{"label": plain(long(76)), "options": options(1)}])), "must be less than 76 characters [json-pointer:/0/elements/0/option_groups/0/label/text]", f"{OBJECTS}/option-group-object"),
    ("a select option in mrkdwn", actions(chooser("static_select", options=[{"text": mrkdwn(), "value": "1"}])), "must be a valid enum value [json-pointer:/0/elements/0/options/0/text/type]", f"{OBJECTS}/option-object"),
    ("an option text too long", actions(chooser("static_select", options=[option(long(76))])), "must be less than 76 characters [json-pointer:/0/elements/0/options/0/text/text]", f"{OBJECTS}/option-object"),
    ("an option value too long", actions(chooser("static_select", options=[option(value=long(151))])), "must be less than 151 characters [json-pointer:/0/elements/0/options/0/value]", f"{OBJECTS}/option-object"),
    ("an option without a value", actions(chooser("static_select", options=[{"text": plain("x")}])), "missing required field: value [json-pointer:/0/elements/0/options/0]", f"{OBJECTS}/option-object"),
    ("an option description too long", actions(chooser("checkboxes", options=[option(description=plain(long(76)))])), "must be less than 76 characters [json-pointer:/0/elements/0/options/0/description/text]", f"{OBJECTS}/option-object"),
    ("a mail as the address of a button", actions(button("x", "a", url="mailto:a@b.no")), "must be a valid URL [json-pointer:/0/elements/0/url]", f"{ELEMENTS}/button-element"),
    ("a script as the address of an option", actions(chooser("overflow", options=[option(url="javascript:x")])), "must be a valid URL [json-pointer:/0/elements/0/options/0/url]", f"{OBJECTS}/option-object"),
    ("an option url outside an overflow menu", actions(chooser("static_select", options=[option(url="https://x")])), "invalid additional property: url [json-pointer:/0/elements/0/options/0]", f"{OBJECTS}/option-object"),
    ("a first choice that is not offered", actions(chooser("static_select", options=options(2), initial_option=option("Two"))), "`initial_option` must be one of the provided options [json-pointer:/0/elements/0/initial_option]", f"{ELEMENTS}/select-menu-element"),
    ("first ticks that are not offered", actions(chooser("checkboxes", options=options(2), initial_options=[option("Two")])), "`initial_options` must be one of the provided options [json-pointer:/0/elements/0/initial_options]", f"{ELEMENTS}/checkboxes-element"),
    ("a placeholder too long", actions(chooser("users_select", placeholder=plain(long(151)))), "must be less than 151 characters [json-pointer:/0/elements/0/placeholder/text]", f"{ELEMENTS}/select-menu-element"),
    ("a first user that is no id", actions(chooser("users_select", initial_user=["U1"])), "must provide a string [json-pointer:/0/elements/0/initial_user]", f"{ELEMENTS}/select-menu-element"),
    ("eleven checkboxes", actions(chooser("checkboxes", options=options(11))), "no more than 10 items allowed [json-pointer:/0/elements/0/options]", f"{ELEMENTS}/checkboxes-element"),
    ("eleven radio buttons", actions(chooser("radio_buttons", options=options(11))), "no more than 10 items allowed [json-pointer:/0/elements/0/options]", f"{ELEMENTS}/radio-button-group-element"),
    ("an empty overflow menu", actions(chooser("overflow", options=[])), "must provide at least 1 items [json-pointer:/0/elements/0/options]", f"{ELEMENTS}/overflow-menu-element"),
    ("an overflow menu of six", actions(chooser("overflow", options=options(6))), "no more than 5 items allowed [json-pointer:/0/elements/0/options]", f"{ELEMENTS}/overflow-menu-element"),
    ("a first date that is no date", actions(chooser("datepicker", initial_date="1.2.2026")), "must be a valid date [json-pointer:/0/elements/0/initial_date]", f"{ELEMENTS}/date-picker-element"),
    ("a first time that is no time", actions(chooser("timepicker", initial_time="25:00")), "must be a valid time [json-pointer:/0/elements/0/initial_time]", f"{ELEMENTS}/time-picker-element"),
    ("a moment not in seconds", actions(chooser("datetimepicker", initial_date_time=17)), "must be greater than or equal to 1000000000 [json-pointer:/0/elements/0/initial_date_time]", f"{ELEMENTS}/datetime-picker-element"),
    ("an image without words", {"type": "image", "image_url": "https://x"}, "missing required field: alt_text [json-pointer:/0]", f"{BLOCKS}/image-block"),
    ("an image from nowhere", {"type": "image", "alt_text": "x"}, "must define either `image_url` or `slack_file` [json-pointer:/0]", f"{BLOCKS}/image-block"),
    ("an image title too long", {"type": "image", "image_url": "https://x", "alt_text": "x", "title": plain(long(2001))}, "must be less than 2001 characters [json-pointer:/0/title/text]", f"{BLOCKS}/image-block"),
    ("an unknown part of rich text", {"type": "rich_text", "elements": [{"type": "poem", "elements": []}]}, "unsupported type: poem [json-pointer:/0/elements/0/type]", f"{BLOCKS}/rich-text-block"),
    ("an input without a label", {"type": "input", "element": chooser("plain_text_input")}, "missing required field: label [json-pointer:/0]", f"{BLOCKS}/input-block"),
    ("an input without an element", {"type": "input", "label": plain("x")}, "missing required field: element [json-pointer:/0]", f"{BLOCKS}/input-block"),
    ("a label too long", field(chooser("plain_text_input"), label=plain(long(2001))), "must be less than 2001 characters [json-pointer:/0/label/text]", f"{BLOCKS}/input-block"),
    ("a label in mrkdwn", field(chooser("plain_text_input"), label=mrkdwn()), "must be a valid enum value [json-pointer:/0/label/type]", f"{BLOCKS}/input-block"),
    ("a hint too long", field(chooser("plain_text_input"), hint=plain(long(2001))), "must be less than 2001 characters [json-pointer:/0/hint/text]", f"{BLOCKS}/input-block"),
    ("a button as an input", field(button("x", "a")), "unsupported type: button [json-pointer:/0/element/type]", f"{BLOCKS}/input-block"),
    ("optional that is no truth value", field(chooser("plain_text_input"), optional="yes"), "must provide a boolean [json-pointer:/0/optional]", f"{BLOCKS}/input-block"),
    ("a longest length of nothing", field(chooser("plain_text_input", max_length=0)), "must be greater than or equal to 1 [json-pointer:/0/element/max_length]", f"{ELEMENTS}/plain-text-input-element"),
    ("a longest length too long", field(chooser("plain_text_input", max_length=3001)), "must be less than or equal to 3000 [json-pointer:/0/element/max_length]", f"{ELEMENTS}/plain-text-input-element"),
    ("lengths the wrong way round", field(chooser("plain_text_input", min_length=9, max_length=3)), "`min_length` must not be greater than `max_length` [json-pointer:/0/element]", f"{ELEMENTS}/plain-text-input-element"),
    ("a number field that does not say which numbers", field(chooser("number_input")), "missing required field: is_decimal_allowed [json-pointer:/0/element]", f"{ELEMENTS}/number-input-element"),
    ("a least number that is no number", field(chooser("number_input", is_decimal_allowed=False, min_value="few")), "must be a valid number [json-pointer:/0/element/min_value]", f"{ELEMENTS}/number-input-element"),
    ("an unknown property of an e-mail field", field(chooser("email_text_input", multiline=True)), "invalid additional property: multiline [json-pointer:/0/element]", f"{ELEMENTS}/email-input-element"),
    ("an address that is no string", field(chooser("url_text_input", initial_value=7)), "must provide a string [json-pointer:/0/element/initial_value]", f"{ELEMENTS}/url-input-element"),
    ("none to be chosen at most", field(chooser("multi_users_select", max_selected_items=0)), "must be greater than or equal to 1 [json-pointer:/0/element/max_selected_items]", f"{ELEMENTS}/multi-select-menu-element"),
    ("a dispatch on nothing", field(chooser("plain_text_input", dispatch_action_config={"trigger_actions_on": ["hover"]})), "must be a valid enum value [json-pointer:/0/element/dispatch_action_config/trigger_actions_on/0]", f"{OBJECTS}/dispatch-action-configuration-object"),
]  # fmt: skip


@pytest.fixture
async def client(slack: Sandbox) -> Any:
    async with ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)


@pytest.fixture
def kari(slack: Sandbox) -> Human:
    return slack.person("Kari", "Nordmann")


async def refusal_of(call: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: Json = caught.value.response.data
    return answer


def complaints(answer: Json) -> list[str]:
    messages: list[str] = answer["response_metadata"]["messages"]
    return messages


def at(complaint: str, place: str) -> str:
    return "[ERROR] " + complaint.replace("[json-pointer:/0", f"[json-pointer:{place}/0")


def each(cases: list[Case]) -> pytest.MarkDecorator:
    """One test a case, named after what is wrong in it."""
    rows = [pytest.param(*case[1:], id=case[0]) for case in cases]
    return pytest.mark.parametrize(("given", "complaint", "page"), rows)


@each(BLOCK_CASES)
async def test_such_a_block_is_refused_in_messages_and_modals(
    client: AsyncWebClient, kari: Human, given: Json, complaint: str, page: str
) -> None:
    trigger = new_trigger(kari.workspace, kari.id)

    in_message = await refusal_of(
        client.chat_postMessage(channel=kari.id, text="x", blocks=[given])
    )
    in_modal = await refusal_of(client.views_open(trigger_id=trigger, view=modal("x", given)))

    assert at(complaint, "/blocks") in complaints(in_message), page
    assert at(complaint, "/view/blocks") in complaints(in_modal), page
    assert [in_message["error"], in_modal["error"]] == ["invalid_blocks", "invalid_arguments"]
    assert kari.surfaces() == []
    kinds = [violation.kind for violation in kari.workspace.violations]
    assert kinds == ["invalid_blocks", "invalid_arguments"]


VIEW_CASES: list[Case] = [
    ("a title too long", modal(long(25)), "must be less than 25 characters [json-pointer:/view/title/text]", VIEWS),
    ("a title in mrkdwn", modal("x") | {"title": mrkdwn()}, "must be a valid enum value [json-pointer:/view/title/type]", VIEWS),
    ("no title", {"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]", VIEWS),
    ("no blocks", {"type": "modal", "title": plain("x")}, "missing required field: blocks [json-pointer:/view]", VIEWS),
    ("no type", {"title": plain("x"), "blocks": []}, "missing required field: type [json-pointer:/view]", VIEWS),
    ("a submit text too long", modal("x", submit=plain(long(25))), "must be less than 25 characters [json-pointer:/view/submit/text]", VIEWS),
    ("a close text too long", modal("x", close=plain(long(25))), "must be less than 25 characters [json-pointer:/view/close/text]", VIEWS),
    ("an input without a submit", {k: v for k, v in modal("x", text_input("L", "b")).items() if k != "submit"}, "missing required field: submit [json-pointer:/view]", VIEWS),
    ("metadata too long", modal("x", private_metadata=long(3001)), "must be less than 3001 characters [json-pointer:/view/private_metadata]", VIEWS),
    ("a callback id too long", modal("x", callback_id=long(256)), "must be less than 256 characters [json-pointer:/view/callback_id]", VIEWS),
    ("an external id too long", modal("x", external_id=long(256)), "must be less than 256 characters [json-pointer:/view/external_id]", VIEWS),
    ("a hundred and one blocks", modal("x", *([{"type": "divider"}] * 101)), "no more than 100 items allowed [json-pointer:/view/blocks]", VIEWS),
    ("one block id twice", modal("x", {"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}), '`block_id` "b" already exists [json-pointer:/view/blocks/1/block_id]', BLOCKS),
    ("a view as it came back", modal("x", id="V1"), "invalid additional property: id [json-pointer:/view]", VIEWS),
    ("metadata that is no string", modal("x", private_metadata={"id": 1}), "must provide a string [json-pointer:/view/private_metadata]", VIEWS),
    ("two fields that both want the cursor", modal("x", text_input("A", "a", focus_on_load=True), text_input("B", "b", focus_on_load=True)), "only one element can have `focus_on_load` set [json-pointer:/view/blocks]", f"{ELEMENTS}/plain-text-input-element"),
    ("a block for messages only", modal("x", {"type": "markdown", "text": "x"}), "unsupported type: markdown [json-pointer:/view/blocks/0/type]", f"{BLOCKS}/markdown-block"),
    ("a Home tab instead of a modal", {"type": "home", "blocks": []}, "must be a valid enum value: modal [json-pointer:/view/type]", VIEWS),
]  # fmt: skip


@each(VIEW_CASES)
async def test_such_a_modal_is_refused(
    client: AsyncWebClient, kari: Human, given: Json, complaint: str, page: str
) -> None:
    trigger = new_trigger(kari.workspace, kari.id)

    answer = await refusal_of(client.views_open(trigger_id=trigger, view=given))

    assert answer["error"] == "invalid_arguments"
    assert f"[ERROR] {complaint}" in complaints(answer), page


HOME_CASES: list[Case] = [
    ("a title", {"type": "home", "title": plain("x"), "blocks": []}, "invalid additional property: title [json-pointer:/view]", HOME),
    ("a submit button", {"type": "home", "submit": plain("x"), "blocks": []}, "invalid additional property: submit [json-pointer:/view]", HOME),
    ("too many blocks", {"type": "home", "blocks": [{"type": "divider"}] * 101}, "no more than 100 items allowed [json-pointer:/view/blocks]", HOME),
    ("a modal", modal("x"), "must be a valid enum value: home [json-pointer:/view/type]", HOME),
]  # fmt: skip


@each(HOME_CASES)
async def test_such_a_home_tab_is_refused(
    client: AsyncWebClient, kari: Human, given: Json, complaint: str, page: str
) -> None:
    answer = await refusal_of(client.views_publish(user_id=kari.id, view=given))

    assert answer["error"] == "invalid_arguments"
    assert f"[ERROR] {complaint}" in complaints(answer), page


def rated(**sides: Any) -> Json:
    side = {"text": plain("👍"), "value": "up"}
    element = {"type": "feedback_buttons", "action_id": "a", "positive_button": side}
    return {"type": "context_actions", "elements": [{**element, "negative_button": side, **sides}]}


MESSAGE_CASES: list[Case] = [
    ("feedback with one side", rated(negative_button=None), "must provide an object [json-pointer:/0/elements/0/negative_button]", f"{ELEMENTS}/feedback-buttons-element"),
    ("feedback without a value", rated(positive_button={"text": plain("👍")}), "missing required field: value [json-pointer:/0/elements/0/positive_button]", f"{ELEMENTS}/feedback-buttons-element"),
    ("feedback with a long label", rated(positive_button={"text": plain(long(76)), "value": "up"}), "must be less than 76 characters [json-pointer:/0/elements/0/positive_button/text/text]", f"{ELEMENTS}/feedback-buttons-element"),
    ("a button among context actions", {"type": "context_actions", "elements": [button("Go", "a")]}, "unsupported type: button [json-pointer:/0/elements/0/type]", f"{BLOCKS}/context-actions-block"),
    ("an icon that is none", {"type": "context_actions", "elements": [{"type": "icon_button", "icon": "star", "text": plain("x"), "action_id": "a"}]}, "must be a valid enum value [json-pointer:/0/elements/0/icon]", f"{ELEMENTS}/icon-button-element"),
    ("a chart without a title", charted(title=""), "must be more than 0 characters [json-pointer:/0/title]", f"{BLOCKS}/data-visualization-block"),
    ("a chart of a kind there is not", charted(chart={"type": "donut"}), "unsupported type: donut [json-pointer:/0/chart/type]", f"{BLOCKS}/data-visualization-block"),
    ("a value that is text", charted(values=["1", 2]), "must provide a number [json-pointer:/0/chart/series/0/data/0/value]", f"{BLOCKS}/data-visualization-block"),
    ("a category without a value", charted(values=[1]), "data labels must match `axis_config.categories` [json-pointer:/0/chart/series/0/data]", f"{BLOCKS}/data-visualization-block"),
    ("two series of one name", charted(names=["a", "a"]), "series names must be unique [json-pointer:/0/chart/series/1/name]", f"{BLOCKS}/data-visualization-block"),
    ("more series than six", charted(names=list("abcdefg")), "no more than 6 items allowed [json-pointer:/0/chart/series]", f"{BLOCKS}/data-visualization-block"),
]  # fmt: skip


@each(MESSAGE_CASES)
async def test_such_a_block_is_refused_in_messages(
    client: AsyncWebClient, kari: Human, given: Json, complaint: str, page: str
) -> None:
    refused = await refusal_of(client.chat_postMessage(channel=kari.id, text="x", blocks=[given]))
    assert at(complaint, "/blocks") in complaints(refused), page


async def test_a_chart_stands_in_messages_only(client: AsyncWebClient, kari: Human) -> None:
    await client.chat_postMessage(channel=kari.id, text="x", blocks=[charted()])
    assert kari.workspace.violations == []
    trigger = new_trigger(kari.workspace, kari.id)
    refused = await refusal_of(client.views_open(trigger_id=trigger, view=modal("x", charted())))
    assert "unsupported type: data_visualization" in str(complaints(refused))


async def test_feedback_stands_in_messages_only(client: AsyncWebClient, kari: Human) -> None:
    await client.chat_postMessage(channel=kari.id, text="x", blocks=[rated()])
    assert kari.workspace.violations == []
    trigger = new_trigger(kari.workspace, kari.id)
    refused = await refusal_of(client.views_open(trigger_id=trigger, view=modal("x", rated())))
    assert "unsupported type: context_actions" in complaints(refused)[0]


async def test_fifty_one_blocks_in_a_message_are_refused(
    client: AsyncWebClient, kari: Human
) -> None:
    blocks = [{"type": "divider"}] * 51

    answer = await refusal_of(client.chat_postMessage(channel=kari.id, text="x", blocks=blocks))

    assert complaints(answer) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]


async def test_markdown_blocks_of_one_message_share_one_allowance(
    client: AsyncWebClient, kari: Human
) -> None:
    blocks = [{"type": "markdown", "text": long(7000)}] * 2

    answer = await refusal_of(client.chat_postMessage(channel=kari.id, text="x", blocks=blocks))

    assert complaints(answer) == [
        "[ERROR] must be less than 12001 characters [json-pointer:/blocks]"
    ]


EVERYTHING_ALLOWED: list[Json] = [
    section("*x*", block_id="b", accessory=button("Go", "a", style="primary", value=long(2000))),
    {"type": "section", "fields": [plain(long(2000))] * 10},
    {"type": "header", "text": plain(long(150))},
    {"type": "context", "elements": [mrkdwn(), plain("x")]},
    {"type": "divider"},
    actions(button(long(75), "a"), button("Other", "b", url="slack://open")),
    actions(chooser("static_select", options=options(100), initial_option=options(3)[2])),
    actions(chooser("overflow", options=[option(url="https://x.no"), option("Two", "2")])),
    field(
        chooser("plain_text_input", multiline=True, min_length=0, max_length=3000), optional=True
    ),
    field(chooser("email_text_input", placeholder=plain(long(150)))),
    field(chooser("number_input", is_decimal_allowed=True, min_value="0", max_value="1.5")),
    field(chooser("url_text_input"), hint=plain("x")),
    field(chooser("users_select", initial_user="U1")),
    field(chooser("multi_static_select", options=options(2), initial_options=options(1))),
    field(chooser("checkboxes", options=[{"text": mrkdwn("*I* confirm"), "value": "yes"}])),
    field(chooser("radio_buttons", options=options(10))),
    field(chooser("datepicker", initial_date="2026-05-17")),
    {"type": "image", "image_url": "https://x.no/y.png", "alt_text": "x"},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    confirmed(),
]


async def test_everything_within_the_limits_is_taken(
    client: AsyncWebClient, slack: Sandbox, kari: Human
) -> None:
    trigger = new_trigger(slack.workspace, kari.id)

    await client.views_open(trigger_id=trigger, view=modal(long(24), *EVERYTHING_ALLOWED))
    await client.chat_postMessage(channel=kari.id, text="x", blocks=EVERYTHING_ALLOWED)

    assert slack.workspace.violations == []
