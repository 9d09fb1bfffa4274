"""One deployment, two workspaces: each is served in its own Slack, at its own pace."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivering import dispatcher, lanes, under_way
from bot.delivering.dispatcher import Dispatcher
from bot.installing.awake import AwakeRegistry
from bot.trial.sandbox import Human, RateLimited, Sandbox, Silence
from handlers.agent import Agent
from handlers.directory import Directory
from handlers.faq import learning
from handlers.house import House, Registry, Workspace
from handlers.ties import Ties
from storage import installations, organisations, outbox
from storage.database import utc_now
from storage.desk import Ledger
from storage.installations import Granted
from storage.keys import Keyring, new_key
from storage.migrate import opened
from storage.outbox import GREETING, NewNotice
from storage.records import Issuer, Turn
from templates.words import Words
from tests.welcomed import welcomed


def workspace_of(house: House, slack: Sandbox) -> Workspace:
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    team_id = slack.workspace.team_id
    directory = Directory(client, client, team_id, utc_now)
    ties = Ties(client, team_id)
    return Workspace(
        house, team_id, "B0", "U0", client, client, directory, ties, Agent(is_granted=False)
    )


@pytest.fixture(params=["served from the start", "woken when something is due"], autouse=True)
def is_woken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it holds for those whose token stands in the settings, and for installed ones."""
    woken = request.param == "woken when something is due"
    monkeypatch.setattr(sys.modules[__name__], "registry_of", _woken if woken else _served)


async def _served(house: House, slacks: Sequence[Sandbox]) -> Registry:
    return Registry(workspace_of(house, slack) for slack in slacks)


async def _woken(house: House, slacks: Sequence[Sandbox]) -> Registry:
    by_team = {slack.workspace.team_id: slack for slack in slacks}
    for team_id, slack in by_team.items():
        granted = Granted(
            id=team_id,
            enterprise_id=None,
            team_name="Navn",
            installed_by="U0KARI",
            said={"bot_token": slack.bot_token},
            token_expires_at=None,
        )
        async with house.ledger.database.transaction() as transaction:
            await installations.keep(transaction, house.ledger.keys, granted)
    return AwakeRegistry(house.ledger, lambda team, _: workspace_of(house, by_team[team]))


registry_of = _served


@asynccontextmanager
async def dispatching(house: House, *slacks: Sandbox) -> AsyncIterator[Dispatcher]:
    registry = await registry_of(house, slacks)
    carries = Dispatcher(house.ledger, registry)
    async with house.ledger.database.heard_by(carries.wake):
        task = asyncio.create_task(carries.run())
        yield carries
        carries.stop()
        await task


@asynccontextmanager
async def two_workspaces(
    folder: Path,
) -> AsyncIterator[tuple[House, list[Sandbox], list[Human]]]:
    async with (
        opened(f"sqlite:///{folder}/bot.sqlite3") as database,
        Sandbox(team_id="T0ONE") as one,
        Sandbox(team_id="T0TWO") as two,
    ):
        house = House(Ledger(database, Keyring([new_key()])), learning.matcher(), Words.of("nb"))
        people = []
        for slack in (one, two):
            person = slack.person("Kari", "Nordmann")
            await organisations.follow_settings(
                house.ledger, slack.workspace.team_id, "Navn", Issuer.BOT, (person.id,)
            )
            people.append(person)
        await welcomed(database)
        yield house, [one, two], people


async def say_hello(
    house: House, team_id: str, user_id: str, *about: str, turn: Turn = Turn.ANSWER
) -> None:
    async with house.ledger.asking(team_id) as desk:
        greetings = (NewNotice(GREETING, user_id, about=each, turn=turn) for each in about)
        await outbox.tell(desk, *greetings)


async def test_each_is_told_in_its_own_slack(tmp_path: Path) -> None:
    async with two_workspaces(tmp_path) as (house, slacks, people):
        async with dispatching(house, *slacks):
            for slack, person in zip(slacks, people, strict=True):
                await say_hello(house, slack.workspace.team_id, person.id, "Ev1")
            for person in people:
                await person.sees("Hei")
        for slack, person in zip(slacks, people, strict=True):
            posted = [call for call in slack.workspace.calls if call.method == "chat.postMessage"]
            assert [call.body["channel"] for call in posted] == [person.id]


async def test_one_that_is_asked_to_wait_delays_nobody_else(tmp_path: Path) -> None:
    async with two_workspaces(tmp_path) as (house, (one, two), (kari, liv)):
        one.workspace.fail("chat.postMessage", RateLimited(retry_after=30), times=1)
        async with dispatching(house, one, two):
            await say_hello(house, "T0ONE", kari.id, *(f"Ev{n}" for n in range(20)))
            await one.workspace.changes.until(
                lambda: [c for c in one.workspace.calls if c.method == "chat.postMessage"] or None,
                10.0,
            )
            await say_hello(house, "T0TWO", liv.id, "Ev1")
            await liv.sees("Hei")


def posted(slack: Sandbox) -> int:
    return sum(call.method == "chat.postMessage" for call in slack.workspace.calls)


async def are_under_way(slack: Sandbox, many: int) -> None:
    """As many messages at least, none of them answered."""
    assert await slack.workspace.changes.until(lambda: posted(slack) >= many or None, 10.0)


async def test_one_that_does_not_answer_delays_nobody_else(tmp_path: Path) -> None:
    async with two_workspaces(tmp_path) as (house, (one, two), (kari, liv)):
        one.workspace.fail("chat.postMessage", Silence(4.0), times=99)
        await say_hello(house, "T0ONE", kari.id, *(f"Ev{n}" for n in range(20)))
        async with dispatching(house, one, two):
            await are_under_way(one, 8)
            await say_hello(house, "T0TWO", liv.id, "Ev1")
            await liv.sees("Hei", timeout=2.0)
            one.workspace.faults.end()


async def test_what_time_has_brought_leaves_room_to_who_waits_in_another_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = {Turn.ANSWER: 3, Turn.DEED: 2, Turn.TIME: 2}
    monkeypatch.setattr(dispatcher, "MOST_UNDER_WAY", most)
    async with two_workspaces(tmp_path) as (house, (one, two), (kari, liv)):
        one.workspace.fail("chat.postMessage", Silence(4.0), times=99)
        due = [f"Ev{n}" for n in range(5)]
        await say_hello(house, "T0ONE", kari.id, *due, turn=Turn.TIME)
        async with dispatching(house, one, two):
            await are_under_way(one, 2)
            await say_hello(house, "T0TWO", liv.id, "Ev1")
            await liv.sees("Hei", timeout=2.0)
            assert posted(one) == 2
            one.workspace.faults.end()


async def test_one_that_does_not_answer_gives_its_places_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "MOST_UNDER_WAY", dict.fromkeys(Turn, 2))
    monkeypatch.setattr(under_way, "SLOW_SECONDS", 0.3)
    async with two_workspaces(tmp_path) as (house, (one, two), (kari, liv)):
        one.workspace.fail("chat.postMessage", Silence(4.0), times=99)
        await say_hello(house, "T0ONE", kari.id, "Ev1", "Ev2")
        async with dispatching(house, one, two):
            await are_under_way(one, 2)
            await say_hello(house, "T0TWO", liv.id, "Ev1")
            await liv.sees("Hei", timeout=2.0)
            one.workspace.faults.end()


async def test_one_does_not_spend_what_the_pace_of_another_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "BURST", 3)
    monkeypatch.setattr(lanes, "PER_SECOND", 0.01)
    async with two_workspaces(tmp_path) as (house, (one, two), (kari, _)):
        await say_hello(house, "T0ONE", kari.id, *(f"Ev{n}" for n in range(10)))
        async with dispatching(house, one, two):
            await one.workspace.changes.until(lambda: posted(one) >= 3 or None, 10.0)
            await one.workspace.changes.until(lambda: None, 0.4)
            assert posted(one) == 3
        async with house.ledger.database.reading() as transaction:
            left = await outbox.undelivered(transaction)
        assert [(each.attempts, each.unsure) for each in left] == [(0, False)] * 7


async def test_what_waits_for_the_pace_of_one_keeps_nobody_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = []
    deliver_due = Dispatcher.deliver_due

    async def counted(dispatcher: Dispatcher) -> None:
        rounds.append(dispatcher)
        await deliver_due(dispatcher)

    monkeypatch.setattr(Dispatcher, "deliver_due", counted)
    async with two_workspaces(tmp_path) as (house, (one, two), (kari, _)):
        one.workspace.fail("chat.postMessage", RateLimited(retry_after=30), times=99)
        await say_hello(house, "T0ONE", kari.id, *(f"Ev{n}" for n in range(40)))
        async with dispatching(house, one, two):
            await one.workspace.changes.until(
                lambda: [c for c in one.workspace.calls if c.outcome != "under way"][:8] or None,
                10.0,
            )
            await one.workspace.changes.until(lambda: None, 0.2)  # what was in hand has ended
            before = len(rounds)
            await one.workspace.changes.until(lambda: None, 0.6)
            assert len(rounds) - before <= 3


async def test_a_workspace_that_is_not_served_here_is_left_to_its_own_bot(tmp_path: Path) -> None:
    async with two_workspaces(tmp_path) as (house, (one, two), (kari, liv)):
        async with dispatching(house, one):
            await say_hello(house, "T0TWO", liv.id, "Ev1")
            await say_hello(house, "T0ONE", kari.id, "Ev1")
            await kari.sees("Hei")
        assert not two.workspace.calls
        async with house.ledger.database.reading() as transaction:
            (left,) = await outbox.undelivered(transaction)
        assert (left.recipient, left.attempts) == (liv.id, 0)
