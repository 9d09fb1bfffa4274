"""SIGKILL at any point after an acknowledgement: each notice arrives all the same, and once.

A conversation can be read now and then alone, and fifteen messages at a time, as Slack has it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.trial.sandbox import Human, Sandbox, Silence, SlackError
from storage import codes, outbox, schema
from storage.database import Database
from storage.desk import Ledger
from storage.opening import open_database
from storage.records import Notice
from storage.sql import bindparam, update
from tests.faults.process import BotProcess, bot_process
from tests.slack.stage import BOT_SCOPES, COMMAND, FORM
from tests.welcomed import welcomed_long_ago

_LEASES_END = (
    update(schema.outbox).where(schema.outbox.c.claim.is_not(None)).values(due_at=bindparam("now"))
)
_MAKE_OLDER = update(schema.codes).values(
    expires_at=bindparam("new_expiry"), next_notice_at=bindparam("due")
)


@dataclass
class Scene:
    slack: Sandbox
    bot: BotProcess
    folder: Path
    kari: Human
    ola: Human
    anne: Human

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder}/bot.sqlite3"

    async def starts(self) -> None:
        port = await self.bot.start()
        await self.slack.connect_http(f"http://127.0.0.1:{port}/slack/events")

    async def restarts_after_the_lease(self) -> None:
        """As the next start finds it some seconds later, without waiting for them."""
        database = await open_database(self.database_url)
        async with database.transaction() as transaction:
            await transaction.run(_LEASES_END, now=transaction.now)
        await database.close()
        await self.starts()

    async def asks(self, **about: str) -> None:
        await self.kari.types(COMMAND)
        await self.kari.sees("Fornavn")
        await self.kari.fills({**FORM, **about})
        assert (await self.kari.submits()).closed

    async def approves(self) -> None:
        await self.ola.sees("ber om")
        await self.ola.clicks("Godkjenn")
        await self.ola.sees_view("Godkjenn forespørsel")
        await self.ola.fills({"Representasjonsmyndighet": True})
        assert (await self.ola.submits()).closed

    def goes_silent(self, method: str, *, before: bool, times: int = 1) -> asyncio.Event:
        """Slack will take this call, before its effect or after it, and not answer; set when it
        has been called."""
        called = asyncio.Event()

        def note(body: dict[str, Any]) -> bool:
            called.set()
            return True

        silence = Silence(30, before=before)
        self.slack.workspace.fail(method, silence, times=times, when=note)
        return called

    async def is_killed_when(self, called: asyncio.Event) -> None:
        async with asyncio.timeout(10):
            await called.wait()
        await self.bot.kill()
        self.slack.workspace.faults.clear()

    def shown(self, person: Human, text: str) -> int:
        return sum(text in message.text() for message in person.messages())


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Sandbox(retry_delays=(0, 0, 0), scopes=BOT_SCOPES, patience=15.0) as slack:
        kari, ola, anne = (
            slack.person(name, "Nordmann", email=f"{name.lower()}@example.org")
            for name in ("Kari", "Ola", "Anne")
        )
        async with bot_process(slack, tmp_path, [ola, anne]) as bot:
            scene = Scene(slack, bot, tmp_path, kari, ola, anne)
            team, holders = slack.workspace.team_id, [ola.id, anne.id]
            await welcomed_long_ago(scene.database_url, team, holders)
            for method in ("conversations.history", "conversations.replies"):
                slack.workspace.limit(method, calls=1, seconds=1, most=15)
            await scene.starts()
            yield scene
        assert slack.workspace.violations == []


def each_once(scene: Scene) -> None:
    assert scene.shown(scene.kari, "sendt") == 1
    assert scene.shown(scene.ola, "ber om") == 1
    assert scene.shown(scene.anne, "ber om") == 1


async def all_asked(scene: Scene) -> None:
    await scene.kari.sees("sendt")
    await scene.ola.sees("ber om")
    await scene.anne.sees("ber om")


async def test_killed_right_after_the_acknowledgement(scene: Scene) -> None:
    await scene.asks()
    await scene.bot.kill()
    await scene.restarts_after_the_lease()
    await all_asked(scene)
    each_once(scene)


LOST = {
    "while the address is looked up": ("users.lookupByEmail", True),
    "before a message takes effect": ("chat.postMessage", True),
    "after a message has taken effect": ("chat.postMessage", False),
}


@pytest.mark.parametrize("point", LOST)
async def test_killed_while_telling_of_a_request(scene: Scene, point: str) -> None:
    method, before = LOST[point]
    called = scene.goes_silent(method, before=before, times=3)
    is_looked_up = method == "users.lookupByEmail"  # of one's own address Slack has told before
    await scene.asks(**({"E-post": "liv@other.example"} if is_looked_up else {}))
    await scene.is_killed_when(called)
    await scene.restarts_after_the_lease()
    await all_asked(scene)
    each_once(scene)
    await scene.approves()
    await scene.kari.sees("er laget" if is_looked_up else "Koden din er klar")
    assert len(scene.kari.messages()) == 2


async def test_killed_between_two_copies(scene: Scene) -> None:
    scene.slack.workspace.fail(
        "chat.postMessage", Silence(30, before=False), times=1,
        when=lambda body: body["channel"] == scene.anne.id,
    )  # fmt: skip
    await scene.asks()
    await scene.ola.sees("ber om")
    await scene.anne.sees("ber om")
    await scene.bot.kill()
    await scene.restarts_after_the_lease()
    await scene.kari.sees("sendt")
    each_once(scene)
    await scene.approves()
    await scene.anne.sees("godkjent av @Ola")
    assert len(scene.anne.messages()) == 1


async def test_killed_right_after_the_decision(scene: Scene) -> None:
    await scene.asks()
    await all_asked(scene)
    await scene.approves()
    await scene.bot.kill()
    await scene.restarts_after_the_lease()
    await scene.kari.sees("Koden din er klar")
    await scene.anne.sees("godkjent av @Ola")
    assert [len(person.messages()) for person in (scene.kari, scene.ola, scene.anne)] == [2, 1, 1]


async def test_killed_while_the_copies_are_brought_up_to_date(scene: Scene) -> None:
    await scene.asks()
    await all_asked(scene)
    called = scene.goes_silent("chat.update", before=False, times=2)
    await scene.approves()
    await scene.is_killed_when(called)
    await scene.restarts_after_the_lease()
    await scene.anne.sees("godkjent av @Ola")
    await scene.kari.sees("Koden din er klar")
    assert [len(person.messages()) for person in (scene.kari, scene.ola, scene.anne)] == [2, 1, 1]


async def test_killed_while_the_code_is_announced(scene: Scene) -> None:
    await scene.asks()
    await all_asked(scene)
    called = scene.goes_silent("chat.postMessage", before=False)
    await scene.approves()
    await scene.is_killed_when(called)
    await scene.restarts_after_the_lease()
    await scene.anne.sees("godkjent av @Ola")
    await asyncio.sleep(0.3)
    assert scene.shown(scene.kari, "Koden din er klar") == 1


async def test_killed_while_telling_that_a_code_runs_out(scene: Scene) -> None:
    await scene.asks()
    await scene.approves()
    await scene.kari.sees("Koden din er klar")
    await scene.bot.kill()
    await fourteen_days_left(scene)
    called = scene.goes_silent("chat.postMessage", before=False)
    await scene.starts()
    await scene.is_killed_when(called)
    await scene.restarts_after_the_lease()
    await asyncio.sleep(0.3)
    assert scene.shown(scene.kari, "Koden går ut om 1") == 1  # 14 days, or 13 before the morning


async def fourteen_days_left(scene: Scene) -> None:
    from datetime import timedelta

    database = await open_database(scene.database_url)
    async with database.transaction() as transaction:
        # Told of in the morning of its day: which has been, at whatever hour this runs.
        expiry = transaction.now + timedelta(days=14, hours=-8)
        await transaction.run(_MAKE_OLDER, new_expiry=expiry, due=transaction.now)
    await database.close()


async def test_killed_again_and_again_nothing_is_lost_or_doubled(scene: Scene) -> None:
    """Ten people ask; the bot dies at ten arbitrary moments meanwhile."""
    people = [
        scene.slack.person(f"Person{n}", "Nordmann", email=f"person{n}@example.org")
        for n in range(10)
    ]
    for number, person in enumerate(people):
        await person.types(COMMAND)
        await person.sees("Fornavn")
        await person.fills(FORM)
        assert (await person.submits()).closed
        await asyncio.sleep(0.01 * number)
        await scene.bot.kill()
        await scene.restarts_after_the_lease()
    for person in people:
        await person.sees("sendt")
        await scene.ola.sees_message(f"{person.record.real_name} ber om")
        await scene.anne.sees_message(f"{person.record.real_name} ber om")
    asked = Counter(
        message.text().split(" ber om")[0]
        for message in scene.ola.messages()
        if " ber om" in message.text()
    )
    assert set(asked.values()) == {1}
    assert len(asked) == len(people)


async def test_the_ledger_holds_one_code_for_one_approval(scene: Scene) -> None:
    await scene.asks()
    await scene.approves()
    await scene.bot.kill()
    database = await open_database(scene.database_url)
    async with Ledger(database).looking(scene.slack.workspace.team_id) as desk:
        found = await codes.list_codes(desk, most=10)
    await database.close()
    assert len(found) == 1
    await scene.restarts_after_the_lease()
    await scene.kari.sees("Koden din er klar")


async def test_an_answer_that_was_under_way_arrives_once(scene: Scene) -> None:
    called = scene.goes_silent("chat.postMessage", before=False)
    await scene.kari.says("når går koden ut?")
    await scene.is_killed_when(called)
    await scene.restarts_after_the_lease()
    await scene.kari.says("hvor mange koder kan jeg ha?")
    await scene.kari.sees("ingen grense")
    assert scene.shown(scene.kari, "60 dager fra den blir laget") == 1


async def test_a_copy_below_many_newer_messages_is_found(scene: Scene) -> None:
    called = scene.goes_silent("chat.postMessage", before=False)
    await scene.kari.says("når går koden ut?")
    await scene.is_killed_when(called)
    for number in range(40):
        scene.slack.workspace.add_message(
            scene.kari.direct_messages, scene.kari.id, f"nr. {number}"
        )
    await scene.restarts_after_the_lease()
    await scene.kari.says("hvor mange koder kan jeg ha?")
    await scene.kari.sees("ingen grense")
    await all_is_delivered(scene)
    assert scene.shown(scene.kari, "60 dager fra den blir laget") == 1


async def all_is_delivered(scene: Scene) -> None:
    database = await open_database(scene.database_url)
    for _ in range(150):
        if not await _undelivered(database):
            break
        await asyncio.sleep(0.1)
    left = await _undelivered(database)
    await database.close()
    assert left == []


async def _undelivered(database: Database) -> list[Notice]:
    async with database.reading() as transaction:
        return await outbox.undelivered(transaction)


async def test_an_answer_in_a_thread_is_rather_lost_than_said_twice(scene: Scene) -> None:
    """The bot may not read channels, so it cannot look whether Slack took the answer."""
    channel = scene.slack.channel("styret", scene.kari)
    called = scene.goes_silent("chat.postMessage", before=False)
    await scene.kari.says(f"{scene.slack.mention} hvor mange koder kan jeg ha?", channel)
    await scene.is_killed_when(called)
    await scene.restarts_after_the_lease()
    await scene.kari.says(f"{scene.slack.mention} kan flere ha hver sin kode?", channel)
    await scene.kari.sees("få hver sin kode. Det gjelder ikke bare")
    assert scene.shown(scene.kari, "ingen grense") == 1


def _has_heading(body: dict[str, Any]) -> bool:
    return any(block["type"] == "header" for block in body.get("blocks") or ())


def _has_blocks(body: dict[str, Any]) -> bool:
    return bool(body.get("blocks"))


REFUSES = {"with its buttons": _has_heading, "as text alone": _has_blocks}


@pytest.mark.parametrize("form", REFUSES)
async def test_killed_when_a_message_was_taken_only_in_a_plainer_form(
    scene: Scene, form: str
) -> None:
    called = asyncio.Event()
    refuses = REFUSES[form]

    def takes(body: dict[str, Any]) -> bool:
        if not refuses(body):
            called.set()
        return not refuses(body)

    def refuse() -> None:
        for method in ("chat.postMessage", "chat.update"):
            scene.slack.workspace.fail(method, SlackError("invalid_blocks"), 999, when=refuses)

    refuse()
    scene.slack.workspace.fail("chat.postMessage", Silence(30, before=False), 3, when=takes)
    await scene.asks()
    await scene.is_killed_when(called)
    refuse()
    await scene.restarts_after_the_lease()
    await all_is_delivered(scene)
    each_once(scene)
    scene.slack.workspace.faults.clear()
    if form == "as text alone":
        await scene.ola.opens_home()  # where the buttons are
        await scene.ola.clicks("Behandle forespørsler")
    await scene.approves()
    await scene.anne.sees("godkjent av @Ola")
    assert len(scene.anne.messages()) == 1
