"""Where no organisation is, or it waits for approval: every way in tells what to do."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.trial.sandbox import Human
from bot.trial.sandbox.payloads import action_in_message
from bot.trial.sandbox.records import PostedMessage
from storage import schema
from storage.records import OrganisationState, Topic
from storage.sql import bindparam, update
from templates import ids
from tests.slack.stage import COMMAND, FORM, Stage

WHAT_TO_DO = "En administrator i Slack kan gjøre det"
MOVE = update(schema.organisations).values(team_id=bindparam("elsewhere"))
WAIT = update(schema.organisations).values(state=bindparam("waiting"))

Act = Callable[[Stage, Human], Awaitable[Any]]


async def move_away(play: Stage) -> None:
    async with play.database.transaction() as transaction:
        await transaction.run(MOVE, elsewhere="T0ELSEWHERE")


async def wait_for_approval(play: Stage) -> None:
    async with play.database.transaction() as transaction:
        await transaction.run(WAIT, waiting=OrganisationState.AWAITING)


def types(line: str) -> Act:
    async def act(play: Stage, who: Human) -> None:
        await who.types(f"{COMMAND} {line}".strip())

    return act


def says(text: str) -> Act:
    async def act(play: Stage, who: Human) -> None:
        await who.says(text)

    return act


async def mentions(play: Stage, who: Human) -> None:
    channel = play.slack.channel("styret", who, play.per)
    await who.says(f"{play.slack.mention} når går koden ut?", channel)


async def opens_home(play: Stage, who: Human) -> None:
    await who.opens_home()


async def uses_shortcut(play: Stage, who: Human) -> None:
    await who.uses_shortcut(ids.SHORTCUT_ASK)


def presses(action_id: str, value: str = "") -> Act:
    """A button in a message from before."""

    async def act(play: Stage, who: Human) -> None:
        workspace = play.slack.workspace
        channel = who.direct_messages
        message: PostedMessage = workspace.add_message(channel, "U0SANDBOX", "før", bot_id="B0")
        action = {"type": "button", "action_id": action_id, "value": value}
        payload = action_in_message(workspace, who.record, message, action)
        await play.slack.deliver("interactive", payload)

    return act


QUESTION = "0123456789abcdef0123456789"
WAYS_IN: dict[str, Act] = {
    "the command": types(""),
    "the list of codes": types("koder"),
    "the list of requests": types("behandle"),
    "a question after the command": types("når går koden ut?"),
    "a question in a direct message": says("når går koden ut?"),
    "a greeting": says("hei"),
    "nonsense": says("fisk"),
    "a mention": mentions,
    "Home": opens_home,
    "the shortcut": uses_shortcut,
    "the button that asks": presses(ids.ASK),
    "the button of one's codes": presses(ids.MY_CODES),
    "the button that shows a code": presses(ids.SHOW_CODE, "01KJMMA2G0000000000000000"),
    "the button that approves": presses(ids.APPROVE, "01KJMMA2G0000000000000000"),
    "the button that refreshes": presses(ids.REFRESH_CODE, "01KJMMA2G0000000000000000"),
    "the button of a topic": presses(ids.topic(Topic.EXPIRY)),
    "a thumb": presses(ids.HELPFUL, f"{QUESTION}:{Topic.EXPIRY}:up"),
    "the button to an account holder": presses(ids.ASK_HOLDER, QUESTION),
}


@pytest.mark.parametrize("way_in", WAYS_IN)
async def test_where_no_organisation_is_every_way_in_tells_what_to_do(
    play: Stage, way_in: str
) -> None:
    await move_away(play)
    await WAYS_IN[way_in](play, play.kari)
    told = await play.kari.sees(WHAT_TO_DO)
    assert told.buttons() == []
    assert play.kari.text_on_screen().count(WHAT_TO_DO) == 1
    assert WHAT_TO_DO not in play.per.text_on_screen()


async def test_it_is_said_once_however_often_slack_brings_the_question(play: Stage) -> None:
    await move_away(play)
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": play.kari.direct_messages.id,
        "user": play.kari.id,
        "team": play.slack.workspace.team_id,
        "text": "når går koden ut?",
        "ts": "1.1",
    }
    envelope = play.slack.event(event)
    for _ in range(3):
        assert (await play.slack.deliver("event", envelope)).status == 200
    await play.kari.sees(WHAT_TO_DO)
    await play.kari.types(f"{COMMAND} hjelp")
    assert play.kari.text_on_screen().count(WHAT_TO_DO) == 1


async def test_a_form_that_was_open_when_the_organisation_went_tells_it_too(play: Stage) -> None:
    await play.kari.types(COMMAND)
    await play.kari.sees("Fornavn")
    await play.kari.fills(FORM)
    await move_away(play)
    refused = await play.kari.submits()
    assert WHAT_TO_DO in refused.errors["Representasjonsmyndighet"]


async def test_what_the_bot_says_itself_is_not_answered_where_no_organisation_is(
    play: Stage,
) -> None:
    await move_away(play)
    await play.kari.says("hei")
    await play.kari.sees(WHAT_TO_DO)
    await play.slack.settles()
    assert len(play.kari.messages()) == 2


WAYS_TO_A_CODE = {
    name: WAYS_IN[name] for name in ("the command", "the shortcut", "the button that asks", "Home")
} | {"a question": says("hvordan får jeg en kode?"), "a mention": mentions}


@pytest.mark.parametrize("way_in", WAYS_TO_A_CODE)
async def test_an_organisation_that_waits_for_approval_finishes_its_registration_first(
    play: Stage, way_in: str
) -> None:
    await wait_for_approval(play)
    await WAYS_TO_A_CODE[way_in](play, play.kari)
    if way_in == "a mention":
        await play.kari.sees("60 dager")  # a question is answered meanwhile
    else:
        await play.kari.sees("Fullfør registreringen hos TechSoup Norge")
