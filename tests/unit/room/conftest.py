from typing import Any, cast

import pytest

from bot.trial.room.cast import BOT_NAME, TROUPES, Beginning
from bot.trial.room.clock import RoomClock
from bot.trial.room.room import Room, furnish
from bot.trial.room.screens import Screen
from bot.trial.sandbox import InstalledBot, Sandbox
from templates.words import Words
from tests.conftest import START


@pytest.fixture
def room() -> Room:
    """The room with nobody's bot in it: what the page draws, it draws from the sandbox alone."""
    clock = RoomClock(lambda: START)
    slack = Sandbox(clock=clock, installation=InstalledBot(bot_name=BOT_NAME))
    (troupe,) = TROUPES[Beginning.REGISTERED]
    people = furnish(slack, troupe, None)
    return Room([slack], cast("Any", None), cast("Any", None), clock, people)


@pytest.fixture
def screen(room: Room) -> Screen:
    return Screen(room, Words.of("nb"), "kari", "meldinger")
