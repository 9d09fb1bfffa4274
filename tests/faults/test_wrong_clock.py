"""The machine's clock is wrong for a while: nothing is done meanwhile that cannot be undone, and
what was put too far away comes back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage import schema
from storage import sql as sa
from storage.clock_repair import put_right
from storage.database import Database
from storage.records import FIRST_REMINDER, CodeState, RequestState
from tests.conftest import TravellingClock
from tests.faults.health import is_green, is_red
from tests.slack.stage import COMMAND, FORM, Stage, stage
from tests.unit.storage.cast import Office


@pytest.fixture
async def play(tmp_path: Path, clock: TravellingClock, migrated_url: str) -> AsyncIterator[Stage]:
    async with stage(tmp_path, clock=clock, url=migrated_url) as ready:
        yield ready


def slack_keeps_the_time(play: Stage) -> TravellingClock:
    """From now on Slack's clock is another than the bot's."""
    own = TravellingClock(play.clock.now)
    play.slack.workspace.clock = own
    return own


@pytest.mark.parametrize(("days", "reason"), [(70, "clock_ahead"), (-1, "clock_behind")])
async def test_while_it_is_wrong_nothing_expires_or_lapses(
    play: Stage, days: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot.slack.slack_time")
    await play.has_code(play.kari)
    await play.asks(play.per)
    slack_keeps_the_time(play)
    play.travel(days=days)
    await is_red(play, clock=reason)
    assert [code.state for code in await play.codes()] == [CodeState.ACTIVE]
    assert [request.state for request in await play.waiting()] == [RequestState.PENDING]
    play.travel(days=-days)
    await is_green(play)
    assert [code.state for code in await play.codes()] == [CodeState.ACTIVE]
    said = [record.message for record in caplog.records]
    assert said == ["clock_differs_from_slack", "clock_agrees_with_slack_again"]


async def test_a_clock_that_slack_agrees_with_may_move_as_it_likes(play: Stage) -> None:
    await play.has_code(play.kari)
    play.travel(days=61)
    await play.kari.sees("gått ut")
    await is_green(play)


@pytest.mark.parametrize("days", [70, -70])
async def test_nothing_is_asked_or_decided_that_would_last_too_long_or_too_short(
    play: Stage, days: int
) -> None:
    await play.asks(play.per)
    await play.ola.sees("ber om")
    await play.kari.types(COMMAND)
    await play.kari.sees("Fornavn")
    await play.kari.fills(FORM)
    slack_keeps_the_time(play)
    play.travel(days=days)
    refused = await play.kari.submits()
    assert "Klokken" in str(refused.errors)
    await play.ola.clicks("Godkjenn")
    await play.ola.sees("Klokken på maskinen")
    play.travel(days=-days)
    await is_green(play)
    assert (await play.kari.submits()).closed
    assert [request.asked_at for request in await play.waiting()] == [play.clock.now] * 2


async def test_a_request_asked_by_a_clock_that_ran_ahead_is_reminded_of_in_time(
    office: Office, clock: TravellingClock
) -> None:
    """As of a bot that had not yet heard from Slack that it was wrong."""
    clock.forward(days=2)
    await office.ask()
    clock.forward(days=-2)
    await put_right(office.database)
    async with office.database.reading() as transaction:
        (row,) = await transaction.rows(sa.select(schema.code_requests))
    assert (row["asked_at"], row["next_notice_at"]) == (clock.now, clock.now + FIRST_REMINDER)


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.begin(database)


async def test_a_notice_put_off_by_a_clock_that_ran_ahead_is_due_soon(
    office: Office, clock: TravellingClock
) -> None:
    clock.forward(days=1)
    await office.ask()
    clock.forward(days=-1)
    await put_right(office.database)
    async with office.database.reading() as transaction:
        rows = await transaction.rows(sa.select(schema.outbox.c.due_at))
    assert rows
    assert {row["due_at"] - clock.now for row in rows} == {timedelta(seconds=20)}
