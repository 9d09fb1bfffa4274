from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.trial.sandbox import Sandbox
from storage.database import Database
from storage.desk import Ledger
from storage.keys import Keyring, new_key
from tests.conftest import TravellingClock
from tests.slack.door import Door, door_of
from tests.slack.stage import Mode, Stage, stage


@pytest.fixture(params=["http", "socket_mode"])
def way(request: pytest.FixtureRequest) -> tuple[Mode, str]:
    """In turn: HTTP with PostgreSQL where the bot was installed from its page, Socket Mode with
    SQLite where its token stands in the settings. So all of these have their turn, joined as those
    who run the bot mostly join them."""
    if request.param == "socket_mode":
        return "socket_mode", ""
    url: str = request.getfixturevalue("migrated_postgres_url")
    return "http", url


@pytest.fixture
async def play(
    way: tuple[Mode, str], tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    """The whole stage, over both ways and on both databases."""
    mode, url = way
    is_installed = mode == "http"
    async with stage(tmp_path, mode=mode, clock=clock, url=url, is_installed=is_installed) as ready:
        yield ready


@pytest.fixture
async def http_play(tmp_path: Path, clock: TravellingClock) -> AsyncIterator[Stage]:
    """For what depends neither on the way the requests come nor on the database: HTTP, SQLite."""
    async with stage(tmp_path, clock=clock) as ready:
        yield ready


@pytest.fixture
async def door(database: Database, clock: TravellingClock) -> AsyncIterator[Door]:
    ledger = Ledger(database, Keyring([new_key()]))
    async with Sandbox(clock=clock) as slack, door_of(slack, ledger) as ready:
        yield ready
