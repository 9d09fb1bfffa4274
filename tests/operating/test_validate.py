"""`make validate`: every screen is put to Slack's judge, here the sandbox's."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import DividerBlock

from bot.trial.sandbox import RateLimited, Sandbox, SlackError
from templates.blocks import modal, paragraph
from templates.message import Message
from templates.words import Words
from tests import validate
from tests.unit.templates.cast import ORDINARY
from tests.unit.templates.screens import ALL_SCREENS, LANGUAGES, Screen

HASTE = ["--per-minute", "600000"]
_LINE = DividerBlock()
BROKEN = [
    Screen("a text too long", ORDINARY, lambda _: Message.of("x", [paragraph("x" * 3_001)])),
    Screen("a title too long", ORDINARY, lambda _: modal("v", "x" * 25, [_LINE], close="Lukk")),
]


@pytest.fixture
async def slack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    monkeypatch.chdir(tmp_path)
    async with Sandbox() as slack:
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
        monkeypatch.setenv("SLACK_API_URL", slack.api_url)
        yield slack
        assert slack.workspace.violations == []


async def validated(*arguments: str, screens: list[Screen] = ALL_SCREENS) -> tuple[int, str]:
    """As `make` runs it, in a thread with a loop of its own: its exit code and what it writes."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        code = await asyncio.to_thread(validate.main, [*HASTE, *arguments], screens)
    return code, written.getvalue()


async def test_every_screen_is_put_to_it_once_and_taken(slack: Sandbox) -> None:
    code, written = await validated()
    assert (code, written.splitlines()[-1]) == (0, "0 refused")
    asked = [json.dumps(call.body, sort_keys=True) for call in slack.workspace.calls]
    assert len(asked) == len(set(asked))
    assert {call.method for call in slack.workspace.calls} == {"blocks.validate"}
    shown = {json.dumps({"view": view}, sort_keys=True) for view in views()}
    assert shown <= set(asked)
    assert len(shown) < len(asked)


def views() -> Iterator[object]:
    for language in LANGUAGES:
        for screen in ALL_SCREENS:
            if view := screen.seen(Words.of(language)).view:
                yield view


async def test_what_is_refused_is_named_with_the_reason(
    slack: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JsonObject, "validate_json", lambda _: None)  # it knows these limits too
    code, written = await validated(screens=[*ALL_SCREENS[:3], *BROKEN])
    assert code == 1
    assert "REFUSED a text too long" in written
    assert "must be less than 3001 characters [/blocks/0/text/text]" in written
    assert "REFUSED a title too long" in written
    assert "must be less than 25 characters [/view/title/text]" in written
    assert "2 refused" in written
    assert slack.bot_token not in written


async def test_some_of_them_can_be_chosen(slack: Sandbox) -> None:
    code, _ = await validated("--only", "ordinary:help")
    assert code == 0
    asked = [list(call.body) for call in slack.workspace.calls]
    assert asked == 4 * [["blocks"]]  # to a member and to an account holder, as text and as blocks


async def test_it_waits_as_long_as_slack_asks_for(slack: Sandbox) -> None:
    slack.workspace.fail("blocks.validate", RateLimited(retry_after=0), times=2)
    code, _ = await validated("--only", "ordinary:help")
    assert code == 0


@pytest.mark.parametrize("error", ["invalid_auth", "unknown_method"])
async def test_when_slack_does_not_judge_it_says_so(slack: Sandbox, error: str) -> None:
    slack.workspace.fail("blocks.validate", SlackError(error), times=1)
    code, written = await validated()
    assert (code, written.splitlines()[-1]) == (2, f"Slack does not judge: {error}")


async def test_without_a_token_it_says_which_setting_is_missing(
    slack: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    code, written = await validated()
    assert code == 2
    assert written.startswith("SLACK_BOT_TOKEN: ")
    assert slack.workspace.calls == []
