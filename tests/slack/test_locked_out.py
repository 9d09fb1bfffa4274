"""Whoever guesses is locked out of the partners' interface, and the operator reads of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.app import running
from bot.trial.sandbox import RateLimited, Silence, SlackError
from bot.trial.sandbox.faults import Fault
from bot.trial.sandbox.screen import SeenMessage
from bot.words import program
from storage import guessing, partners
from storage.database import Database
from storage.guessing import MOST_MISSES, Misses
from storage.lockouts import LEASE, TOLD_EVERY, TOLD_WITHIN
from storage.partner_keys import new_partner_key
from storage.records import Partner, PartnerScope
from storage.schema import lockouts
from storage.sql import select
from storage.statements import Row
from tests.conftest import TravellingClock
from tests.slack.stage import Mode, Stage, stage
from tests.slack.town import town

NAME = "Nett*butikken* <!channel>"


@pytest.fixture
async def play(
    way: tuple[Mode, str], tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    """Per runs the bot, and reads in the operator's channel."""
    mode, url = way
    async with stage(tmp_path, mode=mode, clock=clock, url=url, is_registered=False) as ready:
        yield ready


async def a_partner(database: Database, name: str = NAME) -> tuple[Partner, str]:
    async with database.transaction() as transaction:
        return await partners.add(transaction, name, PartnerScope.ORGANISATION, is_test=False)


async def guesses(play: Stage, key: str) -> None:
    """Over HTTP, as often as is too often; until the ledger knows."""
    url = f"http://127.0.0.1:{play.bot.port}/api/v1/codes/verify"
    headers = {"Authorization": f"Bearer {key}"}
    before = [each["locked_at"] for each in await rows(play.database)]
    async with aiohttp.ClientSession(headers=headers) as http:
        for number in range(MOST_MISSES):
            asked = {"code": f"{number:08}@RodeKors", "service": "Kontorpakke"}
            async with http.post(url, json=asked) as answer:
                assert answer.status in (200, 401)

    async def is_known() -> bool:
        return [each["locked_at"] for each in await rows(play.database)] != before

    await play.until(is_known, "nobody is locked out")
    play.bot.wake()


async def is_locked_out(database: Database, partner: Partner) -> None:
    """As another process has done."""
    async with database.transaction() as transaction:
        await guessing.note(transaction, {f"partner:{partner.id}": Misses(MOST_MISSES)})


async def rows(database: Database) -> list[Row]:
    async with database.reading() as reading:
        return await reading.rows(select(lockouts))


async def until_told(play: Stage, times: int = 1) -> None:
    """And kept."""

    async def is_told() -> bool:
        due = [each["due_at"] for each in await rows(play.database)]
        return len(told(play)) == times and due == [None]

    await play.until(is_told, f"it was not told and kept {times} times")


async def until_put_off(play: Stage) -> None:
    """Nobody has it in hand."""
    lease_ends_at = play.clock.now + LEASE

    async def is_put_off() -> bool:
        (row,) = await rows(play.database)
        return bool(row["due_at"] != lease_ends_at and row["due_at"] > play.clock.now)

    await play.until(is_put_off, "it was not put off")


def told(play: Stage) -> list[SeenMessage]:
    """What stands in the operator's channel."""
    return [each for each in play.per.messages() if "stengt ute" in each.text()]


async def test_the_operator_reads_which_partner_it_is_and_what_to_do(play: Stage) -> None:
    partner, key = await a_partner(play.database)
    await guesses(play, key)
    read = (await play.per.sees_message("En partner er stengt ute")).text()
    command = f"{program()} partner suspend {partner.id}"
    for words in (NAME, "10 ukjente koder på ett minutt", command, "høyst én gang i timen"):
        assert words in read, words
    (post,) = [
        call.body
        for call in play.slack.workspace.calls
        if call.method == "chat.postMessage" and "stengt ute" in str(call.body)
    ]
    assert play.operations
    assert post["channel"] == play.operations.id
    assert post["text"].startswith("Nettbutikken &lt;!channel&gt; er stengt ute")
    await until_told(play)


async def test_of_an_address_nothing_is_said_but_that(play: Stage) -> None:
    await guesses(play, new_partner_key(is_test=False))
    read = (await play.per.sees_message("Én eller flere adresser er stengt ute")).text()
    for words in ("uten en kjent nøkkel", f"{program()} partner list", "TRUSTED_PROXIES"):
        assert words in read, words
    assert "127.0.0.1" not in read
    await until_told(play)


async def test_it_is_told_again_after_an_hour_and_not_before(play: Stage) -> None:
    partner, _ = await a_partner(play.database)
    for times, minutes in ((1, 0), (1, 59), (2, 1)):
        play.clock.forward(minutes=minutes)
        await is_locked_out(play.database, partner)
        play.bot.wake()
        await until_told(play, times)
    assert TOLD_EVERY.total_seconds() == 60 * 60


@pytest.mark.parametrize(
    "fault", [SlackError("channel_not_found"), SlackError("internal_error"), RateLimited(5)]
)
async def test_what_slack_does_not_take_is_told_later(
    play: Stage, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    play.slack.workspace.fail("chat.postMessage", fault, times=1)
    partner, _ = await a_partner(play.database)
    await is_locked_out(play.database, partner)
    play.bot.wake()
    await until_put_off(play)
    assert told(play) == []
    assert "lockout_not_told" in [each.message for each in caplog.records]
    play.travel(seconds=5)
    await play.per.sees_message("En partner er stengt ute")
    await until_told(play)


async def test_what_slack_takes_as_little_more_than_text_is_told_all_the_same(play: Stage) -> None:
    play.slack.workspace.fail("chat.postMessage", SlackError("invalid_blocks"), times=2)
    partner, _ = await a_partner(play.database)
    await is_locked_out(play.database, partner)
    play.bot.wake()
    read = (await play.per.sees_message("er stengt ute")).text()
    assert f"partner suspend {partner.id}" in read
    await until_told(play)


async def test_a_token_that_slack_refuses_is_known_as_such_and_it_is_told_when_that_is_over(
    play: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.ties.LOOK_AGAIN_SECONDS", 0.05)
    play.slack.workspace.fail("chat.postMessage", SlackError("token_revoked"), times=1)
    partner, _ = await a_partner(play.database)
    await is_locked_out(play.database, partner)
    play.bot.wake()
    await until_put_off(play)
    assert "slack_refuses_the_bot" in [each.message for each in caplog.records]

    async def is_taken_again() -> bool:
        return (await play.bot.is_ready())["installation"]

    await play.until(is_taken_again, "Slack does not take it")
    play.travel(minutes=1)
    await until_told(play)


async def test_what_is_an_hour_old_is_not_told_any_more(play: Stage) -> None:
    partner, _ = await a_partner(play.database)
    await is_locked_out(play.database, partner)
    play.travel(seconds=TOLD_WITHIN.total_seconds())
    await is_locked_out(play.database, (await a_partner(play.database, "Skyen"))[0])
    play.bot.wake()
    await play.per.sees_message("Skyen")
    assert len(told(play)) == 1


async def test_two_bots_tell_it_once(play: Stage) -> None:
    """The one is slow: the other would have the time."""
    play.slack.workspace.fail("chat.postMessage", Silence(0.5), times=1)
    async with running(play.settings, play.clock) as another:
        partner, _ = await a_partner(play.database)
        await is_locked_out(play.database, partner)
        for _ in range(10):
            play.bot.wake()
            another.wake()
            await play.slack.workspace.changes.until(lambda: None, 0.1)
        await until_told(play)
    assert len(told(play)) == 1


async def test_without_a_channel_nothing_is_told_nor_taken_for_told(
    http_play: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    _, key = await a_partner(http_play.database)
    await guesses(http_play, key)
    await http_play.slack.workspace.changes.until(lambda: None, 0.3)
    (row,) = await rows(http_play.database)
    assert row["due_at"] == http_play.clock.now
    assert "locked_out" in [each.message for each in caplog.records]


async def test_where_many_have_added_it_the_operator_reads_it_in_their_own_workspace(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with town(tmp_path, clock=clock) as play:
        partner, _ = await a_partner(play.ledger.database)
        await is_locked_out(play.ledger.database, partner)
        play.bot.wake()
        await play.per.sees_message("En partner er stengt ute")
        assert play.posted(play.operators) == [play.operations.id]
