"""The dispatcher under odd conditions: nobody holds up anybody, nothing goes to nobody."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivering.courier import PREPARE_SECONDS
from bot.delivering.dispatcher import DELIVERY_SECONDS, LEASE, SENDING_SECONDS
from bot.slack.installing import CALL_SECONDS, CONNECT_SECONDS
from bot.trial.sandbox import RateLimited, ServerError, Silence, SlackError
from bot.trial.sandbox.records import ApiCall
from handlers.house import Workspace
from handlers.telling import prepare
from storage import claiming, outbox
from storage.database import DatabaseBusy, DatabaseFailed, Transaction
from storage.on_sqlite import SqliteDatabase
from storage.outbox import NewNotice
from storage.records import Notice, NoticeState, Turn
from storage.requests import REQUEST_UNATTENDED
from tests.conftest import TravellingClock
from tests.slack.stage import Stage, stage


async def _is_settled(play: Stage) -> bool:
    async with play.database.reading() as transaction:
        return await outbox.undelivered(transaction) == []


async def test_one_who_cannot_be_reached_holds_up_nobody(http_play: Stage) -> None:
    http_play.slack.workspace.fail(
        "chat.postMessage",
        Silence(3.0),
        times=1,
        when=lambda body: body["channel"] == http_play.anne.id,
    )
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om", timeout=2.0)
    await http_play.asks(http_play.per)
    await http_play.ola.sees("Per Nordmann ber om", timeout=2.0)
    assert not [m for m in http_play.anne.messages() if "Kari Nordmann ber om" in m.text()]
    http_play.slack.workspace.faults.end()


async def test_being_asked_to_wait_brings_a_notice_no_nearer_to_being_given_up(
    http_play: Stage,
) -> None:
    http_play.slack.workspace.fail("chat.postMessage", RateLimited(retry_after=0), times=60)
    await http_play.asks(http_play.kari)
    for _ in range(200):
        http_play.travel(seconds=1)
        if await http_play.slack.workspace.changes.until(
            lambda: http_play.ola.messages() or None, 0.05
        ):
            break
    await http_play.ola.sees("ber om")


async def test_a_refused_look_up_stops_no_notice(http_play: Stage) -> None:
    http_play.slack.workspace.fail("users.lookupByEmail", SlackError("access_denied"), times=9)
    """Of somebody else's address: one's own is known, since Slack has told who asks."""
    await http_play.asks(http_play.kari, Fornavn="Per", **{"E-post": "per@example.org"})
    await http_play.ola.sees("ber om")
    await http_play.approves(http_play.ola)
    await http_play.ola.sees("Send koden til Per Nordmann")


async def test_a_code_whose_holder_has_left_is_sent_on_by_the_account_holders(
    http_play: Stage,
) -> None:
    await http_play.asks(http_play.kari, Fornavn="Per", **{"E-post": "per@example.org"})
    await http_play.ola.sees("@Per")
    http_play.slack.workspace.fail(
        "chat.postMessage",
        SlackError("user_not_found"),
        times=99,
        when=lambda body: body["channel"] == http_play.per.id,
    )
    await http_play.approves(http_play.ola)
    await http_play.ola.sees("Send koden til Per Nordmann")
    await http_play.anne.sees("Send koden til Per Nordmann")


async def test_a_notice_that_waited_past_the_next_threshold_is_not_sent(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with stage(tmp_path, clock=clock) as play:
        await play.has_code(play.kari)
        play.slack.workspace.fail("chat.postMessage", SlackError("internal_error"), times=1)
        play.travel(days=46)
        await play.slack.workspace.changes.until(lambda: None, 0.3)
        play.travel(days=8)
        await play.kari.sees("Koden går ut om 6 dager")
        await play.slack.workspace.changes.until(lambda: None, 0.3)
        told = [m for m in play.kari.messages() if "Koden går ut" in m.text()]
        assert len(told) == 1
        async with play.database.reading() as transaction:
            left = await outbox.undelivered(transaction)
        assert [each for each in left if each.state is NoticeState.PARKED] == []


async def test_what_is_in_hand_stays_so_when_the_clock_jumps_past_its_lease(
    http_play: Stage,
) -> None:
    """It is sent once, and settled by whoever sent it: nobody waits for a lease of their own."""

    def posted() -> list[ApiCall]:
        calls = http_play.slack.workspace.calls
        return [call for call in calls if call.method == "chat.postMessage"]

    http_play.slack.workspace.fail("chat.postMessage", Silence(1.0), times=3)
    await http_play.asks(http_play.kari)
    await http_play.slack.workspace.changes.until(lambda: len(posted()) == 3 or None, 5.0)
    http_play.travel(minutes=1)
    await http_play.ola.sees("ber om")

    await http_play.until(partial(_is_settled, http_play), "something waits for a lease")
    assert len(posted()) == 3


async def test_what_is_claimed_anew_while_it_is_kept_is_settled_all_the_same(
    migrated_postgres_url: str,
    tmp_path: Path,
    clock: TravellingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever keeps it waits for a claim of a moment before, and only then hears of it. On SQLite
    they cannot meet: it lets one write at a time."""
    first_to_keep, claimed_anew, is_kept = (asyncio.Event() for _ in range(3))
    claim, delivered = claiming.claim, claiming.delivered

    async def claim_slowly(*arguments: Any, **named: Any) -> list[Notice]:
        found = await claim(*arguments, **named)
        if any(each.attempts > 1 for each in found):
            claimed_anew.set()
            async with asyncio.timeout(5.0):
                await is_kept.wait()
            await asyncio.sleep(0.05)  # until it stands before the row that is locked here
        return found

    async def keep_slowly(*arguments: Any) -> bool:
        if not first_to_keep.is_set():
            first_to_keep.set()
            play.travel(minutes=1)
            async with asyncio.timeout(5.0):
                await claimed_anew.wait()
            is_kept.set()
        return await delivered(*arguments)

    monkeypatch.setattr(claiming, "claim", claim_slowly)
    monkeypatch.setattr(claiming, "delivered", keep_slowly)
    async with stage(tmp_path, clock=clock, url=migrated_postgres_url) as play:
        await play.asks(play.kari)
        await play.ola.sees("ber om")
        await play.until(partial(_is_settled, play), "something waits for a lease")
    assert is_kept.is_set()


async def test_what_is_claimed_anew_as_soon_as_it_is_kept_is_delivered_anew(
    http_play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has changed while it was under way: it is due again when it is kept, and may be claimed
    before whoever has kept it is through."""
    claim, delivered, transaction = claiming.claim, claiming.delivered, SqliteDatabase.transaction
    keeping: list[asyncio.Task[Any] | None] = []
    is_claimed_anew = asyncio.Event()

    async def delivered_as_it_was_before(opened: Transaction, notice: Notice, *copy: str) -> bool:
        if not keeping and notice.kind == "request_asked":
            keeping.append(asyncio.current_task())
            notice = replace(notice, revision=-1)
        return await delivered(opened, notice, *copy)

    async def claim_noted(*arguments: Any, **named: Any) -> list[Notice]:
        found = await claim(*arguments, **named)
        if keeping and any(each.ts for each in found):
            is_claimed_anew.set()
        return found

    @asynccontextmanager
    async def slow_to_hear(database: SqliteDatabase) -> AsyncIterator[Transaction]:
        async with transaction(database) as opened:
            yield opened
        if asyncio.current_task() in keeping and not is_claimed_anew.is_set():
            http_play.bot.wake()
            async with asyncio.timeout(5.0):
                await is_claimed_anew.wait()
            await asyncio.sleep(0.05)  # until that is through as well

    monkeypatch.setattr(claiming, "claim", claim_noted)
    monkeypatch.setattr(claiming, "delivered", delivered_as_it_was_before)
    monkeypatch.setattr(SqliteDatabase, "transaction", slow_to_hear)
    await http_play.asks(http_play.kari)
    await http_play.until(partial(_is_settled, http_play), "something waits for a lease")
    assert is_claimed_anew.is_set()


async def test_an_answer_in_a_channel_survives_a_database_that_fails_before_it_is_sent(
    http_play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has been posted, so nothing may stand there twice."""
    failures = iter([DatabaseFailed("gone"), DatabaseBusy()])

    async def failing(workspace: Workspace, notice: Notice) -> object:
        for failure in failures:
            raise failure
        return await prepare(workspace, notice)

    monkeypatch.setattr("bot.delivering.courier.prepare", failing)
    channel = http_play.slack.channel("styret", http_play.kari)
    await http_play.kari.says(f"{http_play.slack.mention} når går koden ut?", channel)
    for _ in range(100):
        http_play.travel(seconds=2)
        if await http_play.slack.workspace.changes.until(
            lambda: (
                [each for each in channel.messages if each.user_id != http_play.kari.id] or None
            ),
            0.05,
        ):
            return
    raise AssertionError("nobody was answered")


@contextmanager
def lets_nobody_in() -> Iterator[int]:
    """A port at which nobody is answered, as behind a wall that drops what comes."""
    with (
        socket.socket() as listening,
        socket.socket() as first,
        socket.socket() as second,
    ):
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


@pytest.fixture(params=["nobody listens", "no such name", "nobody is let in"])
def unreached(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "no such name":
        yield "http://no-such-name.invalid/api/"
        return
    with lets_nobody_in() as port:
        yield f"http://127.0.0.1:{port if request.param == 'nobody is let in' else 9}/api/"


async def test_an_answer_in_a_channel_survives_a_slack_that_was_not_reached(
    tmp_path: Path, clock: TravellingClock, monkeypatch: pytest.MonkeyPatch, unreached: str
) -> None:
    """What failed before anything was sent has posted nothing."""
    monkeypatch.setattr("bot.slack.installing.CONNECT_SECONDS", 0.3)
    monkeypatch.setattr("bot.slack.installing.CALL_SECONDS", 1.0)
    async with stage(tmp_path, clock=clock) as play:
        await arrives_though_it_goes_astray(play, monkeypatch, unreached)


async def arrives_though_it_goes_astray(
    play: Stage, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    post, addresses = AsyncWebClient.chat_postMessage, iter([address] * 2)

    async def astray(client: AsyncWebClient, **message: Any) -> object:
        genuine, client.base_url = client.base_url, next(addresses, client.base_url)
        try:
            return await post(client, **message)
        finally:
            client.base_url = genuine

    monkeypatch.setattr(AsyncWebClient, "chat_postMessage", astray)
    channel = play.slack.channel("styret", play.kari)
    await play.kari.says(f"{play.slack.mention} når går koden ut?", channel)

    async def is_answered() -> bool:
        play.travel(seconds=2)
        return [each.user_id != play.kari.id for each in channel.messages].count(True) == 1

    await play.until(is_answered, "nobody was answered")
    assert next(addresses, None) is None


async def test_what_slack_is_in_trouble_with_is_never_given_up(http_play: Stage) -> None:
    http_play.slack.workspace.fail("chat.postMessage", ServerError(503), times=120)
    await http_play.asks(http_play.kari)
    for _ in range(200):
        http_play.travel(hours=1)
        if await http_play.slack.workspace.changes.until(
            lambda: http_play.anne.messages() or None, 0.05
        ):
            break
    await http_play.anne.sees("Kari Nordmann")


async def test_a_process_that_was_stopped_past_its_lease_sends_nothing_when_it_goes_on(
    http_play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else has the notice by then."""
    stops = iter([0.3])

    async def stopping(workspace: Workspace, notice: Notice) -> object:
        prepared = await prepare(workspace, notice)
        for seconds in stops:
            monkeypatch.setattr("bot.delivering.dispatcher.SENDING_SECONDS", 5.0)
            time.sleep(seconds)  # noqa: ASYNC251 - nothing goes on in a process that is stopped
        return prepared

    monkeypatch.setattr("bot.delivering.courier.prepare", stopping)
    monkeypatch.setattr("bot.delivering.dispatcher.SENDING_SECONDS", 0.2)
    await http_play.kari.says("når går koden ut?")

    async def is_delivered() -> bool:
        http_play.travel(seconds=5)
        async with http_play.database.reading() as transaction:
            return not await outbox.undelivered(transaction)

    await http_play.until(is_delivered, "it is not delivered")
    await http_play.kari.sees("60 dager fra")
    called = [call.method for call in http_play.slack.workspace.calls]
    assert "conversations.history" not in called  # nothing had been sent that could be looked for


def told(play: Stage) -> list[ApiCall]:
    calls = play.slack.workspace.calls
    return [call for call in calls if call.method in ("chat.postMessage", "chat.update")]


async def is_all_told(play: Stage) -> bool:
    async with play.database.reading() as transaction:
        return await outbox.undelivered(transaction) == []


async def asked_and_approved(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.approves(play.ola)


@pytest.fixture
def calls_are_counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """So many may go to Slack, and no more for as long as the test lasts."""

    def count(most: int) -> None:
        monkeypatch.setattr("bot.delivering.lanes.BURST", most)
        monkeypatch.setattr("bot.delivering.lanes.PER_SECOND", 1e-9)
        monkeypatch.setattr("bot.delivering.lanes.BURST_KEPT", dict.fromkeys(Turn, 0))

    return count


async def test_what_is_readdressed_takes_nothing_from_slacks_pace(
    tmp_path: Path, calls_are_counted: Callable[[int], None]
) -> None:
    """A code that is ready is first nobody's in the outbox, and then its holder's."""
    calls_are_counted(7)
    async with stage(tmp_path) as play:
        await asked_and_approved(play)
        await play.kari.sees("Koden din er klar")
        await play.until(lambda: is_all_told(play), "something waits, and the pace is used up")
        assert len(told(play)) == 7


async def test_what_does_not_hold_any_more_takes_nothing_from_slacks_pace(
    tmp_path: Path, calls_are_counted: Callable[[int], None]
) -> None:
    calls_are_counted(4)
    async with stage(tmp_path) as play:
        await play.asks(play.kari)
        await play.ola.sees("ber om")
        (request,) = await play.waiting()
        async with play.deciding() as desk:
            for about in "123":  # and there is somebody who attends to it
                stale = NewNotice(
                    REQUEST_UNATTENDED, play.kari.id, request_id=request.id, about=about
                )
                await outbox.tell(desk, stale)
        play.bot.wake()
        await play.until(lambda: is_all_told(play), "something waits that is not to be told")
        await play.per.says("hva er en godkjenningskode?")
        await play.per.sees("Koden er unik")


async def test_what_slack_is_not_asked_about_yet_takes_nothing_from_its_pace(
    tmp_path: Path, clock: TravellingClock, calls_are_counted: Callable[[int], None]
) -> None:
    """Who has the address is to be known first, and Slack wants nobody to ask it just now."""
    calls_are_counted(3)
    async with stage(tmp_path, clock=clock) as play:
        play.slack.workspace.fail("users.lookupByEmail", RateLimited(1), times=3)
        await play.asks(play.kari, Fornavn="Per", **{"E-post": "per@example.org"})

        async def is_told_in_time() -> bool:
            play.travel(seconds=1)
            return await is_all_told(play)

        await play.until(is_told_in_time, "something waits, and the pace is used up")
        assert len(told(play)) == 3


async def test_a_call_of_slacks_counts_also_where_there_was_nothing_to_change(
    tmp_path: Path, calls_are_counted: Callable[[int], None]
) -> None:
    calls_are_counted(6)
    async with stage(tmp_path) as play:
        play.slack.workspace.fail("chat.update", SlackError("message_not_found"), times=9)
        await asked_and_approved(play)
        await play.slack.workspace.changes.until(lambda: len(told(play)) == 6 or None, 5.0)
        await play.slack.workspace.changes.until(lambda: None, 0.3)
        assert len(told(play)) == 6
        assert not await is_all_told(play)


def test_a_call_of_slacks_is_given_all_its_time_before_somebody_else_may_try() -> None:
    assert PREPARE_SECONDS < SENDING_SECONDS
    assert SENDING_SECONDS + CALL_SECONDS <= DELIVERY_SECONDS < LEASE.total_seconds()
    assert CONNECT_SECONDS < CALL_SECONDS
