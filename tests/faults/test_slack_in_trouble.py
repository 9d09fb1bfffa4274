"""Slack answers 429, 500, nothing, or hangs up: every notice arrives, once, or is parked."""

from pathlib import Path
from typing import Literal

import pytest

from bot.trial.sandbox import Dropped, RateLimited, ServerError, Silence, SlackError
from bot.trial.sandbox.faults import Fault
from storage import outbox
from storage.records import Notice, NoticeState
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, FORM, Stage, stage

PASSING: dict[str, Fault] = {
    "429": RateLimited(retry_after=1),
    "500": ServerError(500),
    "500 after all": ServerError(500, before=False),
    "503": ServerError(503),
    "hangs up before": Dropped(before=True),
    "hangs up after": Dropped(before=False),
    "internal error": SlackError("internal_error"),
    "internal error after all": SlackError("internal_error", before=False),
    "fatal error after all": SlackError("fatal_error", before=False),
    "moved to an organisation": SlackError("org_login_required"),
}


async def undelivered(play: Stage) -> list[Notice]:
    async with play.database.reading() as transaction:
        return await outbox.undelivered(transaction)


async def until_delivered(play: Stage) -> None:
    """Time goes on in steps until nothing waits any more (bounded)."""
    for _ in range(100):
        left = await undelivered(play)
        if not [notice for notice in left if notice.state is not NoticeState.PARKED]:
            return
        play.travel(seconds=2)
        await play.slack.workspace.changes.until(lambda: None, 0.05)
    raise AssertionError(left)


@pytest.mark.parametrize("method", ["chat.postMessage", "users.lookupByEmail"])
@pytest.mark.parametrize("name", PASSING)
async def test_each_notice_arrives_once(http_play: Stage, name: str, method: str) -> None:
    http_play.slack.workspace.fail(method, PASSING[name], times=2)
    await http_play.asks(http_play.kari)
    await until_delivered(http_play)
    await http_play.approves(http_play.ola)
    await until_delivered(http_play)
    everybody = (http_play.kari, http_play.ola, http_play.anne)
    assert [len(person.messages()) for person in everybody] == [2, 1, 1]
    await http_play.anne.sees("godkjent av @Ola")


@pytest.mark.parametrize("name", PASSING)
async def test_copies_are_brought_up_to_date_all_the_same(http_play: Stage, name: str) -> None:
    await http_play.asks(http_play.kari)
    await until_delivered(http_play)
    http_play.slack.workspace.fail("chat.update", PASSING[name], times=3)
    await http_play.approves(http_play.ola)
    await until_delivered(http_play)
    for holder in (http_play.ola, http_play.anne):
        (copy,) = holder.messages()
        assert "godkjent av @Ola" in copy.text()
        assert copy.buttons() == []


@pytest.mark.parametrize(
    "error", ["user_disabled", "channel_not_found", "messages_tab_disabled", "no_permission"]
)
async def test_what_can_never_be_delivered_is_parked_with_its_reason(
    http_play: Stage, error: str
) -> None:
    http_play.slack.workspace.fail(
        "chat.postMessage",
        SlackError(error),
        times=100,
        when=lambda body: body["channel"] == http_play.anne.id,
    )
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await until_delivered(http_play)
    (parked,) = await undelivered(http_play)
    assert (parked.state, parked.error, parked.attempts) == (NoticeState.PARKED, error, 1)
    http_play.slack.workspace.faults.clear()
    async with http_play.database.transaction() as transaction:
        assert await outbox.retry(transaction, parked.id)
    http_play.bot.wake()
    await http_play.anne.sees("ber om")


async def test_a_copy_that_was_deleted_is_not_missed(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    await until_delivered(http_play)
    http_play.slack.workspace.fail("chat.update", SlackError("message_not_found"), times=3)
    await http_play.approves(http_play.ola)
    await until_delivered(http_play)
    assert await undelivered(http_play) == []


@pytest.mark.parametrize("fault", [ServerError(500), SlackError("internal_error")])
async def test_a_form_that_slack_does_not_open_is_told_of(http_play: Stage, fault: Fault) -> None:
    http_play.slack.workspace.fail("views.open", fault, times=2)
    await http_play.kari.types(COMMAND)
    await http_play.kari.sees("prøv")
    http_play.slack.workspace.violations.clear()


async def test_the_form_opens_without_a_profile(http_play: Stage) -> None:
    http_play.slack.workspace.fail("users.info", SlackError("internal_error"), times=5)
    await http_play.kari.types(COMMAND)
    await http_play.kari.sees("Fornavn")
    view = http_play.kari.view()
    assert view
    assert not view.field("Fornavn").value
    await http_play.kari.fills(
        {**FORM, "Fornavn": "Kari", "Etternavn": "Nordmann", "E-post": "kari@example.org"}
    )
    assert (await http_play.kari.submits()).closed


async def test_a_slow_slack_delays_no_acknowledgement(http_play: Stage) -> None:
    """The command and the click are acknowledged while Slack has not opened anything yet."""
    kari = http_play.kari
    await http_play.has_code(kari)
    http_play.slack.workspace.fail("views.open", Silence(1.0), times=2)
    await kari.types(COMMAND)
    assert kari.view() is None
    await kari.sees_view("Be om godkjenningskode")
    await kari.closes()
    await kari.clicks("Vis koden")
    assert kari.view() is None
    await kari.sees_view("Godkjenningskoden")


LOST_ANSWER: dict[str, Fault] = {
    "hangs up": Dropped(before=False),
    "500": ServerError(500, before=False),
}


@pytest.mark.parametrize("mode", ["http", "socket_mode"])
@pytest.mark.parametrize("name", LOST_ANSWER)
async def test_a_modal_that_opened_though_the_answer_was_lost_is_filled(
    tmp_path: Path, clock: TravellingClock, mode: Literal["http", "socket_mode"], name: str
) -> None:
    async with stage(tmp_path, mode=mode, clock=clock, strict=False) as play:
        play.slack.workspace.fail("views.open", LOST_ANSWER[name], times=1)
        await play.asks(play.kari)  # the frame of the form has opened, and is filled
        await until_delivered(play)
        play.slack.workspace.fail("views.open", LOST_ANSWER[name], times=1)
        await play.ola.clicks("Godkjenn")
        await play.ola.sees_view("Godkjenn forespørsel")
        for person in (play.kari, play.ola):
            await person.says("hva er en godkjenningskode?")
            await until_delivered(play)
            assert not [each for each in person.messages() if "galt" in each.text()]
