"""Every block and element that Slack documents is drawn, or is a named box; every word is ours."""

import re

import pytest

from bot.trial.room import hood, pages
from bot.trial.room.acts import ACTS
from bot.trial.room.cast import BOT_NAME, EVERYBODY, NEWCOMERS, Beginning
from bot.trial.room.entering import NOT_DRAWN
from bot.trial.room.room import Room
from bot.trial.room.screens import Face, Screen, face_of
from bot.trial.sandbox.block_kit.blocks import EVERYWHERE, IN_MESSAGES_ONLY
from bot.trial.sandbox.block_kit.elements import IN_ACTIONS, IN_INPUTS, IN_SECTIONS
from bot.trial.sandbox.filling import MISTAKES, Mistake
from bot.trial.sandbox.modals import open_modal, publish_home
from bot.trial.sandbox.normalising import normalised_blocks
from bot.trial.sandbox.records import Json
from bot.trial.sandbox.tickets import look_up_trigger, new_trigger
from templates.words import Words
from tests.unit.room.conftest import room_that
from tests.unit.room.reading import read
from tests.unit.templates.test_translation import MARKED, marked_words  # noqa: F401 - a fixture


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


OPTIONS: list[Json] = [{"text": plain(f"Valg {n}"), "value": str(n)} for n in range(3)]
SURE: Json = {
    "title": plain("Sikker?"),
    "text": plain("Helt?"),
    "confirm": plain("Ja"),
    "deny": plain("Nei"),
}
OF_KIND: dict[str, Json] = {
    "button": {"text": plain("Trykk"), "confirm": SURE},
    "workflow_button": {"text": plain("Flyt"), "workflow": {}},
    "overflow": {"options": OPTIONS},
    "image": {"alt_text": "Et fjell", "image_url": "https://x.no/f.png"},
    "number_input": {"is_decimal_allowed": True},
    **{
        kind: {"options": OPTIONS}
        for kind in ("static_select", "multi_static_select", "checkboxes", "radio_buttons")
    },
}
NAMED_BOXES = {
    *("external_select", "multi_external_select", "rich_text_input", "file_input"),
    *("datetimepicker", "workflow_button", "video", "markdown", "file", "table"),
}


def element(kind: str) -> Json:
    return {"type": kind, "action_id": "a", **OF_KIND.get(kind, {})}


def drawn(room: Room, *blocks: Json) -> str:
    """The conversation with one message of these blocks."""
    workspace = room.slack.workspace
    channel = room.people["kari"].direct_messages
    workspace.add_message(
        channel, "U0SANDBOX", "x", bot_id="B0SANDBOX", blocks=normalised_blocks(list(blocks))
    )
    return pages.region("place", Screen(room, Words.of("nb"), "kari", "meldinger"))


@pytest.mark.parametrize("kind", sorted({*IN_ACTIONS, *IN_SECTIONS, *IN_INPUTS}))
def test_every_element_is_drawn_or_named(room: Room, kind: str) -> None:
    blocks: list[Json] = []
    if kind in IN_ACTIONS:
        blocks.append({"type": "actions", "elements": [element(kind)]})
    if kind in IN_SECTIONS:
        blocks.append({"type": "section", "text": plain("x"), "accessory": element(kind)})
    if kind in IN_INPUTS:
        blocks.append({"type": "input", "label": plain("Felt"), "element": element(kind)})
    html = drawn(room, *blocks)
    read(html)
    assert html.count(f"«{kind}»") == (len(blocks) if kind in NAMED_BOXES else 0)


FEEDBACK: Json = {
    "type": "feedback_buttons",
    "action_id": "rate",
    "positive_button": {"text": plain("👍"), "value": "up", "accessibility_label": "Hjalp"},
    "negative_button": {"text": plain("👎"), "value": "down", "accessibility_label": "Hjalp ikke"},
}


@pytest.mark.parametrize("kind", [*EVERYWHERE, *IN_MESSAGES_ONLY, "sparkles"])
def test_every_block_is_drawn_or_named(room: Room, kind: str) -> None:
    of_kind: dict[str, Json] = {
        "actions": {"elements": [element("button")]},
        "context": {"elements": [plain("Kontekst"), element("image")]},
        "header": {"text": plain("Overskrift")},
        "image": {"alt_text": "Et fjell", "image_url": "https://x.no/f.png"},
        "input": {"label": plain("Felt"), "element": element("plain_text_input")},
        "rich_text": {"elements": []},
        "section": {"text": plain("Avsnitt"), "fields": [plain("Felt")]},
        "data_visualization": {
            "title": "Koder",
            "chart": {
                "series": [{"name": "Laget", "data": [{"label": "mai", "value": 1}]}],
                "axis_config": {"categories": ["mai"]},
            },
        },
        "context_actions": {"elements": [FEEDBACK, {**element("button"), "type": "icon_button"}]},
    }
    html = drawn(room, {"type": kind, **of_kind.get(kind, {})})
    read(html)
    assert (f"«{kind}»" in html) == (kind in {*NAMED_BOXES, "sparkles"})


def test_each_thumb_is_a_button_that_is_read_out_in_words(room: Room) -> None:
    html = drawn(room, {"type": "context_actions", "elements": [FEEDBACK]})
    buttons = [attributes for tag, attributes in read(html).elements if tag == "button"]
    buttons = [each for each in buttons if "data-value" in each]
    assert [(each["aria-label"], each["data-value"]) for each in buttons] == [
        ("Hjalp", "up"),
        ("Hjalp ikke", "down"),
    ]


def test_no_picture_is_ever_loaded(room: Room) -> None:
    html = drawn(room, {"type": "image", "alt_text": "Et fjell", "image_url": "https://x.no/f.png"})
    tags = {tag for tag, _ in read(html).elements}
    assert "img" not in tags
    assert "Et fjell" in html


def test_what_is_chosen_and_typed_is_shown(room: Room) -> None:
    select = element("static_select") | {"initial_option": OPTIONS[1]}
    ticks = element("checkboxes") | {"initial_options": OPTIONS[2:]}
    html = drawn(
        room, *({"type": "input", "label": plain("x"), "element": e} for e in (select, ticks))
    )
    marked = [a["value"] for _, a in read(html).elements if "selected" in a or "checked" in a]
    assert marked == ["1", "2"]


def test_labels_hints_and_errors_belong_to_their_fields(room: Room) -> None:
    _open_everything(room)
    html = pages.region("modals", Screen(room, Words.of("nb"), "kari", "meldinger"))
    elements = read(html).elements
    ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
    pointers = [
        (attributes.get("for") or attributes.get("aria-describedby") or "").split()
        for _, attributes in elements
    ]
    assert len(ids) == len([a for _, a in elements if "id" in a]), "an id stands twice"
    assert {each for pointer in pointers for each in pointer} <= ids


# Words


def _open_everything(room: Room) -> None:
    """A message, a modal with every kind of field and mistake, a Home tab, a private answer."""
    workspace, kari = room.slack.workspace, room.people["kari"]
    channel = kari.direct_messages
    drawn(
        room,
        {"type": "sparkles"},
        {"type": "actions", "elements": [element("static_select"), element("overflow")]},
    )
    workspace.add_message(channel, "U0SANDBOX", "x", ephemeral_for=kari.id, edited_at="1.0")
    workspace.add_message(channel, "U0OLA", "x")
    blocks = [
        {"type": "input", "block_id": kind, "optional": kind > "m", "label": plain("x"),
         "hint": plain("x"), "element": element(kind)}
        for kind in IN_INPUTS
    ]  # fmt: skip
    definition = {"type": "modal", "title": plain("x"), "submit": plain("x"), "blocks": blocks}
    trigger = look_up_trigger(workspace, new_trigger(workspace, kari.id))
    view = open_modal(workspace, trigger, definition)
    kinds = [block["block_id"] for block in view.blocks]
    view.errors = dict(zip(kinds, (Mistake(kind, "7") for kind in MISTAKES), strict=False))
    publish_home(workspace, kari.id, {"type": "home", "blocks": []})


NOT_OURS = {
    *(
        BOT_NAME,
        "Fjordglimt",
        NEWCOMERS,
        "alle",
        "styret",
        "generelt",
        "meldinger",
        "Alt",
        "sparkles",
    ),
    *("Valg", "Trykk", "Sikker", "Helt", "Ja", "Nei", "Et", "fjell"),
    *(name for member in EVERYBODY.values() for name in (member.first_name, member.last_name)),
    *(
        face_of(each.user_id, f"{each.first_name} {each.last_name}").initials
        for each in EVERYBODY.values()
    ),
}


def _left(html: str) -> list[str]:
    """The words of a page that no translator has had in hand."""
    found = read(html)
    text = " ".join([*found.texts, *found.spoken])
    known = [
        MARKED.pattern,
        MARKED.pattern,
        r"\w+, \d+ \w+ \d{4}",
        r"\w+ \d+\. \w+",
        "|".join(sorted(NOT_DRAWN, reverse=True)),
    ]
    for pattern in known:
        text = re.sub(pattern, " ", text)
    return [word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in NOT_OURS]


@pytest.mark.parametrize("begins", Beginning)
@pytest.mark.parametrize("place", ["meldinger", "hjem", "styret"])
def test_every_word_on_the_page_is_translated(
    marked_words: Words,  # noqa: F811
    place: str,
    begins: Beginning,
) -> None:
    room = room_that(begins)
    _open_everything(room)
    screen = Screen(room, marked_words, "kari", place)
    conversation = "Jeg skal bestille Microsoft 365"
    html = pages.page(screen)
    if place == "styret":
        assert conversation in read(html).text
        html = re.sub(
            r'<form class="surface" data-surface="message.*?</form>', "", html, flags=re.DOTALL
        )
    assert _left(html) == []


def test_every_word_where_the_bot_is_not_yet_is_translated(
    marked_words: Words,  # noqa: F811
) -> None:
    assert _left(pages.page(Screen(room_that(Beginning.MANY), marked_words, "liv", "hjem"))) == []


def test_every_word_under_the_hood_is_translated(marked_words: Words) -> None:  # noqa: F811
    looked = hood.Hood(traffic=[], outbox=[], audit=[("1", "2", "3")], violations=[])
    html = pages.fragment(marked_words, "regions/hood", hood=looked)
    assert _left(html) == []


def test_the_client_says_each_mistake_in_norwegian(screen: Screen) -> None:
    for kind in MISTAKES:
        mistake = Mistake(kind, 7)
        said = screen.mistake(mistake)
        assert said != str(mistake)
        assert ("7" in said) == ("7" in mistake)
    assert screen.mistake("botens egne ord") == "botens egne ord"


def test_the_script_does_only_what_the_server_knows() -> None:
    script = (pages.STATIC / "demo.js").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:act|send)\("(\w+)"', script)) | set(
        re.findall(r"home\}/(\w+)`", script)
    )
    assert named - {"live"} == set(ACTS)


def test_every_class_of_the_style_sheet_is_used() -> None:
    style = (pages.STATIC / "demo.css").read_text(encoding="utf-8")
    used = "".join(path.read_text(encoding="utf-8") for path in pages.PAGES.rglob("*.html"))
    used += (pages.STATIC / "demo.js").read_text(encoding="utf-8")
    used += "mention own primary danger"  # by name in Python, and by Slack's style of a button
    for name in set(re.findall(r"\.([a-z][a-z-]+)\b(?=[^{}]*\{)", re.sub(r"/\*.*?\*/", "", style))):
        assert re.search(rf"\b{name}\b", used), name


def test_everybody_has_a_face_of_their_own() -> None:
    faces = [
        face_of(each.user_id, f"{each.first_name} {each.last_name}") for each in EVERYBODY.values()
    ]
    assert [face.initials for face in faces] == ["KN", "OH", "AB", "PL", "LM", "AH"]
    assert [face.tone for face in faces] == [1, 2, 3, 4, 5, 6]
    assert face_of("U0STRANGER", "Cher") == Face("C", 0)
    assert face_of("U0STRANGER", "") == Face("?", 0)
    style = (pages.STATIC / "demo.css").read_text(encoding="utf-8")
    assert all(f'.face[data-tone="{face.tone}"]' in style for face in faces)
