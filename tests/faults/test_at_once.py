"""Many at once, several processes, a database that somebody else holds: exactly once, none lost."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.trial.sandbox import Human, Sandbox
from storage.desk import Ledger
from storage.opening import open_database
from tests.conftest import TravellingClock
from tests.faults.process import bot_process
from tests.slack.stage import BOT_SCOPES, COMMAND, FORM, Stage, stage
from tests.slack.test_holding import button_at, opens_holders
from tests.slack.test_people import enters, opens_people


async def asks(person: Human) -> None:
    await person.types(COMMAND)
    await person.sees("Fornavn", timeout=30)
    await person.fills(FORM)
    assert (await person.submits()).closed


async def test_two_hundred_forms_at_the_same_time_are_all_taken(
    tmp_path: Path, clock: TravellingClock
) -> None:
    """None is lost or taken twice. How fast, is measured elsewhere: on a busy machine the last of
    them are asked to wait and try again, with all that they have typed."""
    async with stage(tmp_path, clock=clock, patience=30.0, acknowledgement_timeout=30.0) as play:
        people = [
            play.slack.person(f"Person{n}", "Nordmann", email=f"person{n}@example.org")
            for n in range(200)
        ]
        for person in people:
            await person.types(COMMAND)
        for person in people:
            await person.sees("Fornavn")
            await person.fills(FORM)
        waiting = people
        while waiting:
            outcomes = await asyncio.gather(*(person.submits() for person in waiting))
            refused = {w: o for w, o in zip(waiting, outcomes, strict=True) if not o.closed}
            assert all("prøv igjen" in str(outcome.errors) for outcome in refused.values())
            assert len(refused) < len(waiting)
            waiting = list(refused)
        assert len(await play.waiting()) == 200


async def test_a_double_click_and_a_second_holder_make_one_code(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    (request,) = await http_play.waiting()
    team_id = http_play.slack.workspace.team_id

    def submission(who: Human) -> dict[str, object]:
        return {
            "type": "view_submission",
            "team": {"id": team_id},
            "user": {"id": who.id, "team_id": team_id},
            "view": {
                "id": "V1",
                "type": "modal",
                "callback_id": "approve_request",
                "private_metadata": request.id,
                "state": {"values": {"authority": {"authority": {"selected_options": [{}]}}}},
            },
        }

    clicks = [submission(who) for who in (http_play.ola, http_play.anne) for _ in range(10)]
    answers = await asyncio.gather(
        *(http_play.slack.deliver("interactive", click) for click in clicks)
    )
    assert {answer.status for answer in answers} == {200}
    assert len(await http_play.codes()) == 1
    await http_play.kari.sees("Koden din er klar")


async def test_an_event_that_slack_tells_again_is_answered_once(http_play: Stage) -> None:
    message = {
        "type": "message",
        "channel": "D1",
        "channel_type": "im",
        "user": http_play.per.id,
        "text": "hei",
        "ts": "1.1",
        "event_ts": "1.1",
    }
    payload = http_play.slack.event(message)
    for _ in range(3):
        await http_play.slack.deliver("event", payload)
    await asyncio.gather(*(http_play.slack.deliver("event", payload) for _ in range(5)))
    await http_play.per.sees("Jeg hjelper med")
    await http_play.slack.settles()
    assert len(http_play.per.messages()) == 1


async def test_a_form_waits_while_another_process_holds_the_database(
    http_play: Stage, tmp_path: Path
) -> None:
    kari = http_play.kari
    await kari.types(COMMAND)
    await kari.sees("Fornavn")
    await kari.fills(FORM)
    holder = sqlite3.connect(
        tmp_path / "bot.sqlite3", isolation_level=None, check_same_thread=False
    )
    # Not in this thread: the bot runs here, and may itself hold it until it can go on.
    await asyncio.to_thread(holder.execute, "BEGIN IMMEDIATE")
    submitting = asyncio.create_task(kari.submits())
    await asyncio.sleep(0.3)
    assert not submitting.done()
    holder.execute("COMMIT")
    holder.close()
    assert (await submitting).closed
    assert len(await http_play.waiting()) == 1


@asynccontextmanager
async def two_processes(
    folder: Path, database_url: str, *, socket_mode: bool
) -> AsyncIterator[tuple[Sandbox, Human, Human]]:
    """On one PostgreSQL, with Ola and Anne as account holders; over Socket Mode they are handed
    what people do in turn."""
    async with Sandbox(retry_delays=(0, 0, 0), scopes=BOT_SCOPES, patience=30.0) as slack:
        ola, anne = (
            slack.person(name, "Nordmann", email=f"{name.lower()}@example.org")
            for name in ("Ola", "Anne")
        )
        at_once = partial(
            bot_process,
            slack,
            folder,
            [ola, anne],
            socket_mode=socket_mode,
            database_url=database_url,
        )
        async with at_once() as one, at_once() as other:
            other.environment = one.environment
            port, _ = await asyncio.gather(one.start(), other.start())
            if socket_mode:
                await slack.socket_mode.connected(2)
            else:
                await slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
            yield slack, ola, anne
        assert slack.workspace.violations == []


@pytest.mark.parametrize("socket_mode", [False, True])
async def test_two_processes_share_one_postgresql(
    tmp_path: Path, postgres_url: str, socket_mode: bool
) -> None:
    """Both sweep and deliver; over Socket Mode both take requests in turn as well."""
    async with two_processes(tmp_path, postgres_url, socket_mode=socket_mode) as (slack, *holders):
        people = [
            slack.person(f"Person{n}", "Nordmann", email=f"person{n}@example.org")
            for n in range(12)
        ]
        await asyncio.gather(*(asks(person) for person in people))
        for person in people:
            await person.sees("sendt")
            for holder in holders:
                await holder.sees_message(f"{person.record.real_name} ber om")
        for holder in holders:
            told = Counter(message.text().split(" ber om")[0] for message in holder.messages())
            assert set(told.values()) == {1}
        assert {len(person.messages()) for person in people} == {1}


async def begins_to_change(who: Human, role: str) -> None:
    await opens_people(who)
    await who.clicks("Endre")
    await who.sees_view("Endre")
    await who.fills({"Rolle i organisasjonen": role, "Representasjonsmyndighet": True})


async def test_two_account_holders_at_two_processes_overwrite_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    async with two_processes(tmp_path, postgres_url, socket_mode=True) as (slack, ola, anne):
        await enters(ola)
        roles = {ola: "Ansatt", anne: "Frivillig"}
        for who, role in roles.items():
            await begins_to_change(who, role)
        outcomes = await asyncio.gather(*(who.submits() for who in roles))
        assert sorted(outcome.closed for outcome in outcomes) == [False, True]
        (told,) = (outcome.errors for outcome in outcomes if not outcome.closed)
        assert "har bekreftet denne personen på nytt" in str(told)
        (first,) = (who for who, outcome in zip(roles, outcomes, strict=True) if outcome.closed)
        assert roles[first] in (await opens_people(first)).text()

        views = {who: await opens_holders(who) for who in (ola, anne)}
        await asyncio.gather(
            *(who.presses(button_at(view, who), view) for who, view in views.items())
        )
        await left_alone(ola, anne)
        database = await open_database(postgres_url)
        async with Ledger(database).looking(slack.workspace.team_id) as desk:
            assert len(desk.standing.holders) == 1
        await database.close()


async def left_alone(*holders: Human) -> None:
    """Of those who would go at once, one has gone; the other is told that they cannot."""
    told = {who: asyncio.create_task(who.sees("eneste kontoholderen")) for who in holders}
    done, others = await asyncio.wait(told.values(), return_when=asyncio.FIRST_COMPLETED)
    assert all(task.exception() is None for task in done)
    for task in others:
        task.cancel()
