"""A message put more plainly: Slack takes it, it has its buttons, and nothing typed is markup."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.trial.sandbox.block_kit import message_problems
from templates import ids
from templates.message import Message
from templates.plain import LONGEST_TEXT, plainer
from templates.words import Words
from tests.unit.templates.cast import CASTS, CODE_TEXT
from tests.unit.templates.reading import buttons, parts, texts
from tests.unit.templates.screens import ALL_SCREENS, Screen, Seen

Json = dict[str, Any]
NOTICE_ID = "01NOTICE"


def messages(words: Words) -> Iterator[tuple[Screen, Message]]:
    """Every message as it is sent: its first block carries the notice's id."""
    for screen in ALL_SCREENS:
        message = screen.message(words)
        if message is not None:
            first, *rest = message.blocks
            yield screen, Message(message.text, [{**first, "block_id": NOTICE_ID}, *rest])


def seen(message: Message) -> Seen:
    return Seen(None, message.text, message.blocks)


def pressed(message: Message) -> list[tuple[str, str, Any, Any]]:
    """What each button says, does and asks first."""
    return [
        (part["text"]["text"], part["action_id"], part.get("value"), "confirm" in part)
        for part in parts(message.blocks)
        if part.get("type") == "button"
    ]


def test_in_simple_blocks_it_has_its_words_its_buttons_and_its_id(words: Words) -> None:
    for screen, message in messages(words):
        plain, _ = plainer(words, message)
        assert message_problems(plain.blocks) == [], screen.name
        assert {block["type"] for block in plain.blocks} <= {"section", "actions"}, screen.name
        assert not any("fields" in block or "accessory" in block for block in plain.blocks)
        assert plain.blocks[0]["block_id"] == NOTICE_ID, screen.name
        assert pressed(plain) == pressed(message), screen.name
        assert set(texts(seen(message), "mrkdwn")) - fields(message) <= set(
            texts(seen(plain), "mrkdwn")
        ), screen.name
        for text in typed(message):
            assert any(text in shown for shown in texts(seen(plain), "plain_text")), screen.name


def fields(message: Message) -> set[str]:
    """The texts of tables, where a label and a value become one text."""
    found = [text for block in message.blocks for text in block.get("fields", ())]
    return {text["text"] for text in found}


def typed(message: Message) -> list[str]:
    return [
        text["text"]
        for block in message.blocks
        if block["type"] in ("section", "header")
        for text in (block.get("text"), *block.get("fields", ()))
        if text and text["type"] == "plain_text"
    ]


def test_as_text_alone_it_says_what_is_ours_and_where_its_buttons_are(words: Words) -> None:
    for screen, message in messages(words):
        _, text = plainer(words, message)
        assert text.blocks == [], screen.name
        assert text.text.startswith(message.text), screen.name
        assert len(text.text) <= LONGEST_TEXT, screen.name
        assert ("Slack kunne ikke vise knappene" in text.text) == bool(pressed(message)), (
            screen.name
        )
        assert CODE_TEXT not in text.text, screen.name


def test_as_text_alone_nothing_that_was_typed_comes_alive(words: Words) -> None:
    """The top-level text and the sentences are made safe already; facts cannot be, and are left."""
    hostile = CASTS["hostile"]
    for screen, message in messages(words):
        _, text = plainer(words, message)
        if screen.cast is hostile:
            sentences = {block["text"]["text"] for block in message.blocks if is_sentence(block)}
            ours = {message.text, *sentences, words.prose("buttons_not_shown")}
            assert set(text.text.split("\n\n")) <= {
                line for piece in ours for line in piece.split("\n\n")
            }, screen.name


def is_sentence(block: Json) -> bool:
    return bool(block["type"] == "section" and block.get("text", {}).get("type") == "mrkdwn")


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(label: str, action_id: str = ids.APPROVE) -> Json:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, "value": "1"}


ODD = {
    "too many blocks": [section("x")] * 80,
    "a text too long": [section("x" * 9_000)],
    "long blocks in great number": [section("x" * 2_900) for _ in range(9)],
    "nothing but a line": [{"type": "divider"}],
    "no blocks": [],
}


@pytest.mark.parametrize("kind", ODD)
def test_whatever_was_refused_for_its_size_is_cut_to_what_slack_takes(
    words: Words, kind: str
) -> None:
    row = {"type": "actions", "elements": [button("Godkjenn"), button("x" * 90, ids.DECLINE)]}
    plain, text = plainer(words, Message("x" * 50_000, [*ODD[kind], row]))
    assert message_problems(plain.blocks) == []
    assert len(str(plain.blocks)) < 13_000
    assert [name for name in buttons(seen(plain)) if name == "Godkjenn"]
    assert len(plain.text) <= LONGEST_TEXT
    assert len(text.text) <= LONGEST_TEXT


def test_a_button_that_is_only_a_link_is_left_out(words: Words) -> None:
    link = {**button("Les mer", "read"), "url": "https://example.org"}
    plain, _ = plainer(words, Message("x", [section("x"), {"type": "actions", "elements": [link]}]))
    assert [block["type"] for block in plain.blocks] == ["section"]
