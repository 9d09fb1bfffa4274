"""Another process holds the database: nothing that was acknowledged is lost, and what could not be
taken is not acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiosqlite
import asyncpg
import pytest

from bot.trial.sandbox import SlackError
from storage.addresses import sqlite_path
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, FORM, Mode, Stage, stage, without_roll_call

DATABASE_SECONDS = 0.2
SLACK_SECONDS = 0.8
"""In which an acknowledgement comes, or not at all. In Slack it is three, and the bot gives up
after two."""

RETRIES = (0.0, 0.2, 0.6)
"""Seconds after which Slack brings an event again, as in Slack the first time at once."""

Hold = Callable[[], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """While it lasts, nobody else can write: another process is at it."""
    path = sqlite_path(url)
    if path is not None:
        async with aiosqlite.connect(path, isolation_level=None) as other:
            await other.execute("BEGIN IMMEDIATE")
            yield
        return
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute("SELECT id FROM organisations FOR UPDATE")
        yield
    await connection.close()


@pytest.fixture(params=["http", "socket_mode"])
async def play(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    clock: TravellingClock,
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    """On both databases, and over both ways."""
    monkeypatch.setattr("bot.slack.bolt.DATABASE_SECONDS", DATABASE_SECONDS)
    without_roll_call(monkeypatch)
    mode: Mode = request.param
    async with stage(
        tmp_path,
        mode=mode,
        clock=clock,
        url=migrated_url,
        acknowledgement_timeout=SLACK_SECONDS,
        retry_delays=RETRIES,
        strict=False,
    ) as ready:
        yield ready


@pytest.fixture
def hold(play: Stage, migrated_url: str) -> Hold:
    return lambda: held(migrated_url)


async def test_a_question_is_answered_once_when_slack_brings_it_again(
    play: Stage, hold: Hold
) -> None:
    async with hold():
        await play.per.says("Hvor lenge varer koden?")
    await play.per.sees("60 dager")
    await play.slack.settles()
    assert len(play.per.messages()) == 2


async def test_who_leaves_meanwhile_is_account_holder_no_longer(play: Stage, hold: Hold) -> None:
    async with hold():
        await play.slack.deactivates(play.anne)

    async def has_left() -> bool:
        return play.anne.id not in (await play.standing()).holders

    await play.until(has_left, "Anne is account holder still")


async def test_whoever_asked_is_told_when_slack_brings_it_no_more(play: Stage, hold: Hold) -> None:
    async with hold():
        await play.per.says("Hvor lenge varer koden?")
        told = await play.per.sees_message("Skriv det gjerne en gang til")
    await play.slack.settles()
    assert [message.ts for message in play.per.messages()[1:]] == [told.ts]


async def test_whoever_has_left_meanwhile_is_told_nothing(play: Stage, hold: Hold) -> None:
    async with hold():
        asking = asyncio.create_task(play.per.says("Hvor lenge varer koden?"))
        await asyncio.sleep(0)
        play.slack.workspace.deactivate(play.per.record)
        await asking
        await play.slack.settles()
    assert not [each for each in play.per.messages() if "en gang til" in each.text()]


async def test_whoever_has_left_is_told_nothing_also_where_slack_tells_of_it_late(
    play: Stage, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.bolt.PAUSES", (0.0, 0.05, 0.05, 0.05))
    workspace = play.slack.workspace

    def has_been_told() -> bool | None:
        asked = [call.body for call in workspace.calls if call.method == "users.info"]
        return asked.count({"user": play.per.id}) == 3 or None

    async with hold():
        asking = asyncio.create_task(play.per.says("Hvor lenge varer koden?"))
        await asyncio.sleep(0)
        workspace.deactivate(play.per.record)
        workspace.fail("users.info", SlackError("internal_error"), times=2)
        await asking
        await play.per.waits_for(has_been_told, "Slack is not asked again")
        await play.slack.settles()
    assert not [each for each in play.per.messages() if "en gang til" in each.text()]


async def test_a_form_says_that_it_was_not_taken_and_can_be_sent_again(
    play: Stage, hold: Hold
) -> None:
    await play.kari.types(COMMAND)
    await play.kari.sees_view("Be om godkjenningskode")
    await play.kari.sees("Fornavn")
    await play.kari.fills(FORM)
    async with hold():
        refused = await play.kari.submits()
    assert not refused.closed
    assert "Ingenting er tapt" in str(refused.errors)
    assert (await play.kari.submits()).closed
    assert len(await play.waiting()) == 1


async def test_waits_do_not_add_up(play: Stage, hold: Hold) -> None:
    """Each of those who wait is told before Slack would tell them, the last in the queue too."""
    people = [play.kari, play.ola, play.anne, play.per]
    for person in people:
        await person.types(COMMAND)
        await person.sees("Fornavn")
        await person.fills(FORM)
    async with hold():
        outcomes = await asyncio.gather(*(person.submits() for person in people))
    assert ["Ingenting er tapt" in str(outcome.errors) for outcome in outcomes] == [True] * 4
    assert not [each for each in play.slack.workspace.violations if "late" in each.kind]
