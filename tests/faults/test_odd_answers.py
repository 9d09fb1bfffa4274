"""What answers at Slack's address and not as Slack does, as a proxy may: it passes, and nobody is
the worse for it. And Slack's pace, where somebody waits."""

from functools import partial
from typing import Any

import pytest

from bot.trial.sandbox import RateLimited, Strange
from handlers.pace import Backoff
from storage import outbox
from storage.records import NoticeState
from tests.faults.health import is_green
from tests.slack.stage import COMMAND, Stage

STRANGE = {
    "text": Strange(b"busy", "text/plain"),
    "a list": Strange(b'["busy"]'),
    "a word": Strange(b'"busy"'),
    "nothing": Strange(b"null"),
    "an empty body": Strange(b""),
    "a page": Strange(b"<html>busy</html>", "text/html"),
    "letters that are none": Strange(b'{"ok": true, "x": "\xff"}'),
    "yes and no more": Strange(b'{"ok": true}'),
    "nothing in its place": Strange(b'{"ok": true, "user": null, "user_id": null, "ts": null}'),
    "another form": Strange(b'{"ok": true, "user": [], "user_id": [], "ts": [], "view": []}'),
    "without an end": Strange(b"[" * 100_000),
}
each = pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)


@pytest.fixture(autouse=True)
def is_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often, and gives up soon."""
    monkeypatch.setattr("handlers.ties.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("bot.delivering.dispatcher.Backoff", partial(Backoff, attempts=2))


@each
async def test_it_ends_nobody(http_play: Stage, answer: Strange) -> None:
    workspace = http_play.slack.workspace
    workspace.fail("auth.test", answer, times=3)
    workspace.calls.clear()

    def is_heard_again() -> bool | None:
        came = [call.outcome for call in workspace.calls if call.method == "auth.test"]
        return ("strange" in came and came[-1] == "ok") or None

    await http_play.per.waits_for(is_heard_again, "the token is asked about no more")
    await is_green(http_play)
    await http_play.per.says("Hvor lenge varer koden?")
    await http_play.per.sees("60 dager")


@each
async def test_nothing_is_given_up_for_it(http_play: Stage, answer: Strange) -> None:
    http_play.slack.workspace.fail(
        "chat.postMessage", answer, times=4, when=lambda body: body["channel"] == http_play.ola.id
    )
    await http_play.asks(http_play.kari)

    async def arrives() -> bool:
        http_play.travel(minutes=1)
        async with http_play.database.reading() as transaction:
            waiting = await outbox.undelivered(transaction)
        assert {notice.state for notice in waiting} <= {NoticeState.WAITING}
        return not waiting

    await http_play.until(arrives, "it does not arrive")
    await http_play.ola.sees("ber om")


@each
async def test_one_of_whom_slack_tells_oddly_does_not_hide_the_others(
    http_play: Stage, answer: Strange
) -> None:
    http_play.slack.workspace.fail(
        "users.info", answer, times=999, when=lambda body: body["user"] == http_play.ola.id
    )
    http_play.slack.workspace.deactivate(http_play.anne.record)
    http_play.travel(hours=25)

    async def has_gone() -> bool:
        return (await http_play.standing()).holders == (http_play.ola.id,)

    await http_play.until(has_gone, "who has left is account holder still")


@each
async def test_a_form_opens_without_what_slack_would_tell(
    http_play: Stage, answer: Strange
) -> None:
    http_play.slack.workspace.fail("users.info", answer, times=9)
    await http_play.kari.types(COMMAND)
    await http_play.kari.sees("Fornavn")


@pytest.mark.parametrize("seconds", [30, 3_600, "abc", "", "1.5"])
async def test_nobody_waits_longer_than_a_click_lives(http_play: Stage, seconds: Any) -> None:
    http_play.slack.workspace.fail("views.open", RateLimited(seconds), times=9)
    await http_play.kari.types(COMMAND)
    told = await http_play.kari.sees_message("Jeg fikk ikke vist det")
    assert "prøv igjen" not in told.text()


async def test_a_moment_is_waited_for(http_play: Stage) -> None:
    http_play.slack.workspace.fail("views.open", RateLimited(1), times=1)
    await http_play.kari.types(COMMAND)
    await http_play.kari.sees("Fornavn")
