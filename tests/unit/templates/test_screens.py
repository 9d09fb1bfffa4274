"""Whatever the state and whatever was typed: Slack takes it, in every language there is."""

from collections import Counter

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import ButtonElement

from bot.trial.sandbox.block_kit import message_problems, view_problems
from storage.records import Topic
from templates import ids
from templates.outcomes import Done
from templates.words import TEXTS, Words
from tests.unit.templates.cast import CODE_TEXT
from tests.unit.templates.reading import on_screen, parts, whole_text
from tests.unit.templates.screens import ALL_SCREENS, LANGUAGES, Screen, Seen


def _problems(seen: Seen) -> list[str]:
    return view_problems(seen.view) if seen.view else message_problems(seen.blocks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_slack_takes_every_screen(language: str) -> None:
    words = Words.of(language)
    found = {screen.name: _problems(screen.seen(words)) for screen in ALL_SCREENS}
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_slack_sdk_refuses_what_is_too_long() -> None:
    """Where its validators are looked for once (`validators_are_looked_for_once`), too."""
    ButtonElement(text="x" * 75, action_id="press").to_dict()
    with pytest.raises(SlackObjectFormationError, match="75 characters"):
        ButtonElement(text="x" * 76, action_id="press").to_dict()


def test_every_screen_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(s.name for s in ALL_SCREENS).items() if count > 1] == []


def test_every_word_about_what_was_done_is_said_of_something() -> None:
    texts = {path.stem for path in (TEXTS / "outcomes").glob("*.j2")}
    assert texts == set(Done)


def test_every_message_says_something_without_its_blocks(words: Words) -> None:
    messages = [(screen, screen.seen(words)) for screen in ALL_SCREENS]
    silent = [s.name for s, seen in messages if not seen.view and not (seen.text or "").strip()]
    assert silent == []


def test_ids_of_fields_are_one_and_the_same_on_block_and_action(words: Words) -> None:
    for screen in ALL_SCREENS:
        for block in screen.seen(words).blocks:
            if block["type"] == "input":
                field, _, _ = block["block_id"].partition(".")
                assert field == block["element"]["action_id"], screen.name


def test_no_action_is_there_twice_in_a_block(words: Words) -> None:
    for screen in ALL_SCREENS:
        for block in screen.seen(words).blocks:
            names = [part["action_id"] for part in parts(block) if "action_id" in part]
            assert len(names) == len(set(names)), screen.name


def test_every_button_but_a_way_in_carries_what_it_is_about(words: Words) -> None:
    ways_in = {"ask", "my_codes", "all_codes", "waiting", "unanswered", "export_unanswered"}
    ways_in |= {ids.HOLDERS, ids.ADD_HOLDER, ids.DEPUTY, ids.PEOPLE, ids.ADD_PERSON, ids.HISTORY}
    ways_in |= {
        ids.CODES_FILE,
        ids.HISTORY_CSV,
        ids.HISTORY_CHART,
        ids.REGISTER,
        ids.REGISTER_ANOTHER,
    }
    ways_in |= {"all_questions", "ask_account_holder", *(ids.topic(topic) for topic in Topic)}
    for screen in ALL_SCREENS:
        for part in parts(screen.seen(words).whole):
            if part.get("type") == "button" and part["action_id"] not in ways_in:
                assert part["value"], screen.name


def _shows_code(screen: Screen) -> bool:
    return ":code/" in screen.name


def test_a_code_stands_in_the_view_that_shows_it_and_nowhere_else(words: Words) -> None:
    for screen in ALL_SCREENS:
        times = str(screen.seen(words).whole).count(CODE_TEXT)
        assert times == (1 if _shows_code(screen) else 0), screen.name


def test_a_code_stands_alone_on_its_line(words: Words) -> None:
    for screen in filter(_shows_code, ALL_SCREENS):
        seen = screen.seen(words)
        assert CODE_TEXT in whole_text(seen).splitlines(), screen.name
        assert f"```\n{CODE_TEXT}\n```" in on_screen(seen), screen.name
