"""Killed in the middle of many deliveries, where Slack lets a conversation be read once a minute
and fifteen messages at a time: nothing is lost and nothing doubled, only later. Time stands still
until it is moved, for the bot and for Slack."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from msgspec.structs import replace
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivering import lanes
from bot.delivering.copies import Copies
from bot.delivering.dispatcher import Dispatcher
from bot.trial.sandbox import Human, RateLimited, Sandbox, ServerError, Silence
from bot.trial.sandbox.faults import Fault
from handlers.agent import Agent
from handlers.directory import Directory
from handlers.faq import learning
from handlers.house import House, Registry, Workspace
from handlers.ties import Ties
from storage import claiming, organisations, outbox
from storage.database import Database
from storage.desk import Ledger
from storage.keys import Keyring, new_key
from storage.outbox import GREETING, NewNotice
from storage.records import Issuer, Notice, Turn
from templates.words import Words
from tests.conftest import TravellingClock
from tests.welcomed import welcomed

TEAM = "T0ORG"


@dataclass
class Post:
    """A dispatcher that can be killed and started again, and the Slack that it delivers to."""

    slack: Sandbox
    house: House
    clock: TravellingClock
    dispatcher: Dispatcher | None = None
    task: asyncio.Task[None] | None = None

    def workspace(self) -> Workspace:
        client = AsyncWebClient(self.slack.bot_token, base_url=self.slack.api_url)
        directory, ties = Directory(client, client, TEAM, self.clock), Ties(client, TEAM)
        return Workspace(
            self.house, TEAM, "B0", "U0", client, client, directory, ties, Agent(is_granted=False)
        )

    def starts(self) -> None:
        workspace = self.workspace()
        seconds = lambda: self.clock().timestamp()  # noqa: E731
        self.dispatcher = Dispatcher(
            self.house.ledger, Registry([workspace]), monotonic=seconds, jitter=lambda: 0.0
        )
        self.task = asyncio.create_task(self.dispatcher.run())

    async def is_killed(self) -> None:
        """Given no time to finish anything, nor to keep what became of it."""
        assert self.task
        while not self.task.done():
            self.task.cancel()
            await asyncio.sleep(0)

    async def is_killed_with(self, count: int) -> None:
        """As soon as so many messages are on their way."""
        assert await self.slack.workspace.changes.until(lambda: self.called() >= count or None, 10)
        await self.is_killed()
        self.slack.workspace.faults.clear()

    def called(self, method: str = "chat.postMessage") -> int:
        return sum(call.method == method for call in self.slack.workspace.calls)

    def people(self, count: int) -> list[Human]:
        return [self.slack.person(f"Person{number}") for number in range(count)]

    async def greets(self, people: Iterable[Human], times: int = 1) -> None:
        greetings = (
            NewNotice(GREETING, person.id, about=f"Ev{number}")
            for person in people
            for number in range(times)
        )
        async with self.house.ledger.asking(TEAM) as desk:
            await outbox.tell(desk, *greetings)
        if self.dispatcher:
            self.dispatcher.wake()

    async def waiting(self) -> list[Notice]:
        async with self.house.ledger.database.reading() as transaction:
            return await outbox.undelivered(transaction)

    async def minutes_until_all_is_told(self, most: int) -> int:
        """Time goes on a minute at a time, each when everything that may happen has happened."""
        for minute in range(most):
            await self.rests()
            if not await self.waiting():
                return minute
            self.clock.forward(seconds=60)
        raise AssertionError(f"{len(await self.waiting())} notices wait after {most} minutes")

    async def rests(self) -> None:
        """Until nothing that is due is left."""
        assert self.dispatcher
        for _ in range(400):
            self.dispatcher.wake()
            await asyncio.sleep(0.02)
            if not any(self._is_in_hand_or_due(each) for each in await self.waiting()):
                return
        raise AssertionError("it never rests")

    def _is_in_hand_or_due(self, notice: Notice) -> bool:
        assert notice.due_at
        return notice.claim is not None or notice.due_at <= self.clock()

    def writes_to_bot(self, person: Human, messages: int, thread_ts: str | None = None) -> None:
        workspace, channel = self.slack.workspace, person.direct_messages
        for number in range(messages):
            workspace.add_message(channel, person.id, f"nr. {number}", thread_ts=thread_ts)

    def told(self, people: Iterable[Human]) -> set[int]:
        """How many greetings each has."""
        return {sum("Hei!" in each.text() for each in person.messages()) for person in people}


@pytest.fixture(autouse=True)
def forty_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "AT_ONCE", 40 + lanes.PLACES_KEPT[Turn.DEED])


@pytest.fixture
async def post(database: Database, clock: TravellingClock) -> AsyncIterator[Post]:
    async with Sandbox(TEAM, clock=clock, echoes_own_messages=False) as slack:
        for method in ("conversations.history", "conversations.replies"):
            slack.workspace.limit(method, calls=1, seconds=60, most=15)
        ledger = Ledger(database, Keyring([new_key()]))
        house = House(ledger, learning.matcher(), Words.of("nb"))
        await organisations.follow_settings(ledger, TEAM, "Røde Kors", Issuer.BOT, ("U0OLA",))
        await welcomed(database)
        post = Post(slack, house, clock)
        yield post
        if post.task:
            await post.is_killed()


def hangs(post: Post, people: list[Human], *, before: bool) -> None:
    """Slack will not answer what is posted to them, and take it or not."""
    ids = {person.id for person in people}
    fault = Silence(300, before=before)
    post.slack.workspace.fail(
        "chat.postMessage", fault, times=99, when=lambda body: body["channel"] in ids
    )


async def test_killed_with_forty_notices_in_flight_to_forty_people(post: Post) -> None:
    people = post.people(40)
    taken, untaken = people[:20], people[20:]
    hangs(post, taken, before=False)
    hangs(post, untaken, before=True)
    await post.greets(people)
    post.starts()
    await post.is_killed_with(40)
    assert post.told(taken) == {1}
    assert post.told(untaken) == {0}
    for person in people[::4]:
        post.writes_to_bot(person, 20)  # the copy is not among the fifteen newest any more
    post.clock.forward(seconds=16)
    post.starts()
    minutes = await post.minutes_until_all_is_told(most=60)
    assert post.told(people) == {1}
    assert minutes >= 39, "Slack was asked more often than it allows"


async def test_who_is_found_to_have_left_when_their_copy_is_looked_for_is_told_no_more(
    post: Post,
) -> None:
    """Unseen, within the hour in which whoever was seen is taken to be here."""
    (kari,) = post.people(1)
    post.slack.workspace.fail("chat.postMessage", ServerError(503, before=False), times=1)
    await post.greets([kari])
    post.starts()
    await post.rests()
    post.slack.workspace.deactivate(kari.record)
    post.clock.forward(seconds=61)
    await post.rests()
    assert post.told([kari]) == {1}
    assert not await post.waiting()


async def test_one_look_answers_for_all_that_may_have_been_told_to_one_person(post: Post) -> None:
    people = post.people(2)
    hangs(post, people[:1], before=False)
    hangs(post, people[1:], before=True)
    await post.greets(people, times=20)
    post.starts()
    await post.is_killed_with(40)
    post.clock.forward(seconds=16)
    post.starts()
    await post.minutes_until_all_is_told(most=6)
    assert post.told(people) == {20}
    read = [
        call.outcome
        for call in post.slack.workspace.calls
        if call.method == "conversations.history" and call.outcome == "ok"
    ]
    assert len(read) == 3, "two pages of twenty copies, one of none"


async def test_whoever_was_not_in_flight_is_told_while_others_are_looked_for(post: Post) -> None:
    people, late = post.people(5), post.slack.person("Liv")
    hangs(post, people, before=False)
    await post.greets(people)
    post.starts()
    await post.is_killed_with(5)
    post.clock.forward(seconds=16)
    post.starts()
    await post.rests()
    assert len(await post.waiting()) == 4
    await post.greets([late])
    await late.sees("Hei!")
    await post.rests()
    assert len(await post.waiting()) == 4


async def test_a_thread_is_looked_through_as_a_conversation_is(post: Post) -> None:
    (kari,) = post.people(1)
    question = post.slack.workspace.add_message(kari.direct_messages, kari.id, "hei")
    hangs_there = Silence(30, before=False)
    post.slack.workspace.fail("chat.postMessage", hangs_there, times=9)
    post.writes_to_bot(kari, 20, thread_ts=question.ts)
    place, thread_ts = kari.direct_messages.id, question.ts
    greeting = NewNotice(GREETING, kari.id, about="Ev1", place=place, thread_ts=thread_ts)
    async with post.house.ledger.asking(TEAM) as desk:
        await outbox.tell(desk, greeting)
    post.starts()
    await post.is_killed_with(1)
    post.clock.forward(seconds=16)
    post.starts()
    await post.minutes_until_all_is_told(most=4)
    assert post.told([kari]) == {1}


async def test_killed_again_before_all_has_been_looked_for(post: Post) -> None:
    people = post.people(6)
    hangs(post, people[:3], before=False)
    hangs(post, people[3:], before=True)
    await post.greets(people)
    post.starts()
    await post.is_killed_with(6)
    for _ in range(4):
        post.clock.forward(seconds=61)
        post.starts()
        await post.rests()
        await post.is_killed()
    post.starts()
    await post.minutes_until_all_is_told(most=10)
    assert post.told(people) == {1}


LOST: dict[str, Fault] = {
    "answered 500 after all": ServerError(500, before=False),
    "answered 500": ServerError(500),
}


@pytest.mark.parametrize("fault", LOST)
async def test_what_becomes_unsure_again_is_looked_for_again(post: Post, fault: str) -> None:
    """An answer that was found out before the last attempt does not hold after it."""
    (kari,) = post.people(1)
    post.slack.workspace.fail("chat.postMessage", LOST["answered 500"], times=1)
    post.slack.workspace.fail("chat.postMessage", LOST[fault], times=1)
    await post.greets([kari])
    post.starts()
    await post.minutes_until_all_is_told(most=8)
    assert post.told([kari]) == {1}


async def test_being_asked_to_wait_for_looking_gives_nothing_up(post: Post) -> None:
    (kari,) = post.people(1)
    hangs(post, [kari], before=False)
    await post.greets([kari])
    post.starts()
    await post.is_killed_with(1)
    post.slack.workspace.fail("conversations.history", RateLimited(60), times=50)
    post.clock.forward(seconds=16)
    post.starts()
    await post.minutes_until_all_is_told(most=60)
    assert post.told([kari]) == {1}


async def test_what_is_posted_after_a_look_is_looked_for_again_whatever_the_clock_says(
    post: Post,
) -> None:
    """A clock that jumps ends the lease of what is under way in this very process."""
    (person,) = post.people(1)
    await post.greets([person], times=2)
    first, second = await claimed(post)
    workspace = post.workspace()
    copies = Copies(workspace)
    post.clock.forward(hours=3)
    with copies.in_hand(first):
        assert await copies.find(second, person.id) is None
        block = {"type": "divider", "block_id": first.id}
        await workspace.client.chat_postMessage(channel=person.id, text="Hei!", blocks=[block])
    post.clock.forward(minutes=1)
    assert await copies.find(replace(first, attempts=first.attempts + 1), person.id)


async def claimed(post: Post) -> list[Notice]:
    found: list[Notice] = []
    async with post.house.ledger.database.transaction() as transaction:
        for turn in Turn:
            lease = timedelta(seconds=10)
            found += await claiming.claim(transaction, [TEAM], turn, most=9, lease=lease)
    return found
