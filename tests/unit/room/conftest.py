from typing import Any, cast

import pytest

from bot.trial.room.cast import BOT_NAME, TROUPES, Beginning
from bot.trial.room.clock import RoomClock
from bot.trial.room.room import Room, furnish
from bot.trial.room.screens import Screen
from bot.trial.sandbox import Human, InstalledBot, Sandbox
from templates.words import Words
from tests.conftest import START


def room_that(begins: Beginning) -> Room:
    """With nobody's bot in it: what the page draws, it draws from the sandbox alone."""
    clock = RoomClock(lambda: START)
    first, *others = TROUPES[begins]
    bot = InstalledBot(bot_name=BOT_NAME)
    slack = Sandbox(first.team_id, first.name, clock=clock, installation=bot)
    beside = [slack.neighbour(each.team_id, each.name, is_installed=False) for each in others]
    people: dict[str, Human] = {}
    for each, troupe in zip([slack, *beside], TROUPES[begins], strict=True):
        people |= furnish(each, troupe, None)
    nobody = cast("Any", None)
    return Room([slack, *beside], nobody, nobody, clock, people, begins)


@pytest.fixture
def room() -> Room:
    return room_that(Beginning.REGISTERED)


@pytest.fixture
def screen(room: Room) -> Screen:
    return Screen(room, Words.of("nb"), "kari", "meldinger")
