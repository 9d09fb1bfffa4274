"""What Slack will not take is not lost: said more plainly, and told of in words."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.trial.sandbox import Dropped, Human, SeenView, SlackError
from handlers.slack_errors import Kind, kind_named
from storage import outbox
from storage.records import NoticeState
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, Stage, stage

Json = dict[str, Any]

MESSAGES = ("chat.postMessage", "chat.update")
SAID = (
    "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    "[ERROR] must not be Kari Nordmann, kari@example.org [json-pointer:/blocks/1]",
)
REFUSED = SlackError("invalid_blocks", SAID)
VIEW_REFUSED = SlackError("invalid_arguments", SAID)
NOT_SHOWN = "Slack ville ikke vise"


@pytest.fixture(params=["http", "socket_mode"])
async def play(
    request: pytest.FixtureRequest, tmp_path: Path, clock: TravellingClock, migrated_url: str
) -> AsyncIterator[Stage]:
    """On both databases, and over both ways."""
    async with stage(tmp_path, mode=request.param, clock=clock, url=migrated_url) as ready:
        yield ready


def has_heading(body: Json) -> bool:
    return any(block["type"] == "header" for block in body.get("blocks") or ())


def has_blocks(body: Json) -> bool:
    return bool(body.get("blocks"))


def is_not_told(body: Json) -> bool:
    """Whether it is another view than the one that holds a sentence."""
    return bool(body["view"].get("callback_id") != "told")


def refuses_messages(play: Stage, when: Any, fault: SlackError = REFUSED) -> None:
    for method in MESSAGES:
        play.slack.workspace.fail(method, fault, times=999, when=when)


def of_the_bot(who: Human) -> list[str]:
    return [message.text() for message in who.messages() if message.from_bot]


def refusals_in(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    found = [record.__dict__ for record in caplog.records if record.message == "screen_refused"]
    return [(each["screen"], each["error"]) for each in found]


async def test_what_is_refused_for_its_blocks_comes_plainly_and_once_and_can_be_used(
    play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    refuses_messages(play, has_heading)
    await play.asks(play.kari)
    asked = await play.ola.sees_message("ber om")
    assert "E-post: kari@example.org" in asked.text()
    assert [button.text for button in asked.buttons()] == ["Godkjenn", "Avslå"]
    await play.anne.sees("ber om")
    await play.approves(play.ola)
    for holder in (play.ola, play.anne):
        decided = await holder.sees_message("godkjent av @Ola")
        assert decided.buttons() == []
    await play.kari.sees("Koden din er klar")
    await play.kari.clicks("Vis koden")
    await play.kari.sees_view("Godkjenningskoden")
    assert [len(of_the_bot(who)) for who in (play.kari, play.ola, play.anne)] == [2, 1, 1]
    told = refusals_in(caplog)
    assert len(told) == len(set(told)), told
    assert {"request_asked", "request_sent", "code_ready"} == {screen for screen, _ in told}


async def test_without_any_blocks_the_text_goes_alone_and_says_where_the_buttons_are(
    play: Stage,
) -> None:
    refuses_messages(play, has_blocks)
    await play.asks(play.kari)
    asked = await play.ola.sees_message("ber om")
    assert asked.blocks == []
    assert "Slack kunne ikke vise knappene" in asked.text()
    await play.anne.sees("ber om")
    await play.ola.types(f"{COMMAND} behandle")
    await play.ola.sees("Kari Nordmann")
    await play.approves(play.ola)
    decided = await play.anne.sees_message("godkjent av @Ola")
    assert "knappene" not in decided.text()
    await play.kari.sees("Koden din er klar")
    assert [len(of_the_bot(who)) for who in (play.kari, play.ola, play.anne)] == [2, 1, 1]


@pytest.mark.parametrize("refuses", [has_heading, has_blocks])
async def test_one_that_arrived_plainly_and_unheard_of_is_found_again(
    play: Stage, refuses: Any
) -> None:
    """The answer to the form that was taken is lost: it is looked for, and not said twice."""
    refuses_messages(play, refuses)
    play.slack.workspace.fail(
        "chat.postMessage", Dropped(before=False), times=3, when=lambda body: not refuses(body)
    )
    await play.asks(play.kari)
    for who, text in ((play.kari, "sendt"), (play.ola, "ber om"), (play.anne, "ber om")):
        await who.sees(text)

    async def all_is_delivered() -> bool:
        play.travel(seconds=2)
        async with play.database.reading() as transaction:
            return not await outbox.undelivered(transaction)

    await play.until(all_is_delivered, "something waits")
    assert [len(of_the_bot(who)) for who in (play.kari, play.ola, play.anne)] == [1, 1, 1]
    await play.approves(play.ola) if refuses is has_heading else None


NAMES = [
    "attachment_payload_limit_exceeded",
    "block_mismatch",
    "invalid_arguments",
    "invalid_attachments",
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "too_many_attachments",
]


@pytest.mark.parametrize("name", NAMES)
async def test_however_slack_calls_it_the_notice_arrives(http_play: Stage, name: str) -> None:
    assert kind_named(name) is Kind.CONTENT
    refuses_messages(http_play, has_heading, SlackError(name))
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.approves(http_play.ola)
    await http_play.anne.sees("godkjent av @Ola")
    assert [len(of_the_bot(who)) for who in (http_play.ola, http_play.anne)] == [1, 1]


async def test_an_answer_to_a_question_comes_plainly_too(http_play: Stage) -> None:
    refuses_messages(http_play, lambda body: "context_actions" in str(body.get("blocks")))
    await http_play.per.says("hvor lenge er koden gyldig?")
    answer = await http_play.per.sees_message("60 dager")
    labels = [button.text for button in answer.buttons()]
    assert "Hva om koden er gått ut?" in labels
    assert "👍" not in labels


async def test_what_is_refused_in_every_form_is_kept_for_the_operator(http_play: Stage) -> None:
    refuses_messages(http_play, None)
    await http_play.asks(http_play.kari)

    async def are_parked() -> bool:
        async with http_play.database.reading() as transaction:
            left = await outbox.undelivered(transaction)
        return [each.state for each in left] == [NoticeState.PARKED] * 3

    await http_play.until(are_parked, "not parked")
    http_play.slack.workspace.faults.clear()


async def test_the_log_has_what_slack_said_and_nothing_that_was_typed(
    http_play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    refuses_messages(http_play, has_heading)
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.anne.sees("ber om")
    await http_play.kari.sees("sendt")
    (line,) = [
        record
        for record in caplog.records
        if record.message == "screen_refused" and record.__dict__["screen"] == "request_asked"
    ]
    assert line.levelno == logging.ERROR
    assert "must be less than 151 characters [/blocks/0/text/text]" in line.__dict__["said"]
    assert "[/blocks/1]" in line.__dict__["said"]
    assert not {"Kari", "kari", "Nordmann"} & set(line.__dict__["said"].split())


# Views


async def test_a_modal_that_is_refused_is_told_of_in_a_small_one(
    play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    play.slack.workspace.fail("views.open", VIEW_REFUSED, times=9, when=is_not_told)
    for _ in range(2):
        await play.kari.types(COMMAND)
        told = await play.kari.sees_view("Godkjenningskode")
        assert NOT_SHOWN in told.text()
        assert "Ingenting er tapt" in told.text()
        await play.kari.closes()
    assert refusals_in(caplog) == [("request_form", "invalid_arguments")]
    assert [r.message for r in caplog.records if r.levelno >= logging.WARNING] == ["screen_refused"]


async def test_where_no_modal_is_taken_it_is_told_in_a_message(play: Stage) -> None:
    play.slack.workspace.fail("views.open", VIEW_REFUSED, times=9)
    await play.kari.types(f"{COMMAND} koder")
    told = await play.kari.sees_message(NOT_SHOWN)
    assert "/godkjenningskode" in told.text()
    assert len(of_the_bot(play.kari)) == 1


async def test_a_refusal_of_the_ledgers_keeps_its_words_where_no_modal_is_taken(
    http_play: Stage,
) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    asked = await http_play.anne.sees_message("ber om")
    await http_play.approves(http_play.ola)
    await http_play.anne.sees("godkjent av @Ola")
    http_play.slack.workspace.fail("views.open", VIEW_REFUSED, times=9)
    await http_play.anne.presses(asked.button("Godkjenn"), asked)
    await http_play.anne.sees_message("allerede godkjent")


async def test_the_form_that_cannot_be_filled_says_so_in_its_place(http_play: Stage) -> None:
    http_play.slack.workspace.fail("views.update", VIEW_REFUSED, times=9, when=is_not_told)
    await http_play.kari.types(COMMAND)
    told = await http_play.kari.sees(NOT_SHOWN)
    assert isinstance(told, SeenView)
    assert told.fields() == {}
    assert len(http_play.kari.views()) == 1


async def test_what_lies_on_a_list_is_told_of_on_the_list(http_play: Stage) -> None:
    await http_play.has_code(http_play.kari)
    await http_play.kari.types(f"{COMMAND} koder")
    await http_play.kari.sees_view("Mine koder")
    http_play.slack.workspace.fail("views.push", VIEW_REFUSED, times=9, when=is_not_told)
    await http_play.kari.clicks("Vis koden")
    told = await http_play.kari.sees_view("Godkjenningskode")
    assert NOT_SHOWN in told.text()
    await http_play.kari.closes()
    await http_play.kari.sees_view("Mine koder")


async def test_what_was_done_is_done_and_the_list_says_that_it_cannot_show_it(
    http_play: Stage,
) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.types(f"{COMMAND} behandle")
    await http_play.ola.sees_view("Venter på svar")
    http_play.slack.workspace.fail("views.update", VIEW_REFUSED, times=9, when=is_not_told)
    await http_play.approves(http_play.ola)
    await http_play.ola.sees_view("Godkjenningskode")
    await http_play.kari.sees("Koden din er klar")


async def test_after_a_form_that_was_sent_it_is_told_in_a_message(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.types(f"{COMMAND} behandle")
    await http_play.ola.sees_view("Venter på svar")
    http_play.slack.workspace.fail("views.update", VIEW_REFUSED, times=9)
    await http_play.approves(http_play.ola)
    told = await http_play.ola.sees_message(NOT_SHOWN)
    assert "tatt vare på" in told.text()
    await http_play.kari.sees("Koden din er klar")


async def test_home_says_itself_that_it_cannot_be_shown(
    play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    play.slack.workspace.fail("views.publish", VIEW_REFUSED, times=1)
    await play.kari.opens_home()
    told = await play.kari.sees_home("Slack ville ikke vise Hjem")
    assert f"{COMMAND} koder" in told.text()
    assert refusals_in(caplog) == [("home", "invalid_arguments")]


async def test_a_view_that_is_too_large_is_told_of_as_well(http_play: Stage) -> None:
    http_play.slack.workspace.fail(
        "views.open", SlackError("view_too_large"), times=1, when=is_not_told
    )
    await http_play.kari.types(f"{COMMAND} koder")
    assert NOT_SHOWN in (await http_play.kari.sees_view("Godkjenningskode")).text()


# Where somebody pressed a button


async def test_what_is_said_below_an_answer_comes_plainly(http_play: Stage) -> None:
    await http_play.kari.says("hvor lenge er koden gyldig?")
    await http_play.kari.sees("60 dager")
    http_play.slack.workspace.fail("response_url", REFUSED, times=9, when=has_heading)
    http_play.slack.workspace.fail("response_url", REFUSED, times=1)
    await http_play.kari.clicks("👍")
    await http_play.kari.sees_message("Takk")


async def test_what_can_no_longer_be_said_below_an_answer_comes_in_a_message(
    http_play: Stage,
) -> None:
    await http_play.kari.says("hvor lenge er koden gyldig?")
    await http_play.kari.sees("60 dager")
    http_play.slack.workspace.fail("response_url", SlackError("expired_url"), times=9)
    await http_play.kari.clicks("👍")
    told = await http_play.kari.sees_message("Takk")
    assert not told.is_ephemeral
