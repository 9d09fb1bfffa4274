"""«Slik prøver du»: each step is ticked off by what it led to, and stays so."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.trial.room import hood, pages
from bot.trial.room.cast import Beginning
from bot.trial.room.folder import Folder
from bot.trial.room.guide import GUIDES, Step
from bot.trial.room.room import Plan, Room, opened
from bot.trial.room.screens import Screen
from templates.words import Words
from tests.slack.stage import COMMAND, FORM, REGISTRATION
from tests.unit.room.conftest import room_that
from tests.unit.room.reading import read

BEFOREHAND = {Step.REGISTER, Step.ADMIT}
PLACE = {Step.ADMIT: "drift"}
MORNING = datetime(2026, 11, 24, 8, 12, tzinfo=UTC)


async def is_taken(room: Room, *steps: Step) -> None:
    """These and no others, as soon as it is seen."""
    await room.slack.workspace.changes.until(lambda: room.done == set(steps) or None, 10)
    assert room.done == set(steps)


async def asks_and_is_approved(room: Room) -> None:
    kari, ola = room.people["kari"], room.people["ola"]
    await kari.types(COMMAND)
    await kari.sees("Fornavn")
    await kari.fills(FORM)
    await kari.submits()
    await is_taken(room, Step.ASK)
    await ola.sees_message("ber om")
    await ola.clicks("Godkjenn")
    await ola.sees_view("Godkjenn forespørsel")
    await ola.fills({"Representasjonsmyndighet": True})
    await ola.submits()


async def test_each_step_is_ticked_off_as_it_is_taken_and_stays_so(tmp_path: Path) -> None:
    plan = Plan(Folder(tmp_path), clock=lambda: MORNING)
    async with opened(plan) as room:
        kari, ola = room.people["kari"], room.people["ola"]
        await is_taken(room)
        await asks_and_is_approved(room)
        await is_taken(room, Step.ASK, Step.APPROVE)
        await kari.sees_message("Koden din er klar")
        await kari.clicks("Vis koden")
        await kari.sees_view("Godkjenningskoden")
        await is_taken(room, Step.ASK, Step.APPROVE, Step.SHOW)
        await kari.closes()
        await room.travel_to_next_notice()
        notice = await kari.sees_message("Koden går ut om 14 dager")
        await is_taken(room, Step.ASK, Step.APPROVE, Step.SHOW, Step.TRAVEL)
        await kari.clicks("Oppdater koden", where=notice)
        await ola.sees_message("oppdatert godkjenningskoden")
        await ola.clicks("Godkjenn")
        await ola.sees_view("Godkjenn forespørsel")
        await ola.fills({"Representasjonsmyndighet": True})
        await ola.submits()
        await is_taken(room, *({*room.guide.steps} - {Step.QUESTION}))
        await kari.says("når går koden min ut?")
        await is_taken(room, *room.guide.steps)
    async with opened(plan) as again:
        assert again.done == {*again.guide.steps} == {*Step} - BEFOREHAND - {Step.INSTALL}


async def registers(room: Room) -> None:
    anne = room.people["anne"]
    await anne.types(f"{COMMAND} registrer")
    await anne.sees_view("Registrer organisasjonen")
    await anne.fills(REGISTRATION)
    await anne.submits()


async def test_where_nothing_is_registered_that_comes_first_and_is_kept(tmp_path: Path) -> None:
    plan = Plan(Folder(tmp_path), clock=lambda: MORNING, begins=Beginning.UNREGISTERED)
    async with opened(plan) as room:
        anne, per = room.people["anne"], room.people["per"]
        assert await room.travel_to_next_notice() is False
        seen = await hood.look(room, Words.of("nb"), "anne")
        assert seen.traffic
        assert not seen.audit
        assert not seen.outbox
        await is_taken(room)
        await registers(room)
        await is_taken(room, Step.REGISTER)
        await per.sees_message("Ny organisasjon")
        await per.clicks("Godkjenn")
        await anne.sees_message("Organisasjonen er godkjent")
        await is_taken(room, *BEFOREHAND)
        await anne.says("når går koden min ut?")
        await is_taken(room, *BEFOREHAND, Step.QUESTION)
    async with opened(replace(plan, begins=Beginning.REGISTERED)) as again:
        assert again.begins is Beginning.UNREGISTERED
        assert again.done == {*BEFOREHAND, Step.QUESTION}


@pytest.mark.parametrize(("begins", "step"), [(b, s) for b in Beginning for s in GUIDES[b].steps])
def test_every_step_leads_somewhere_and_shows_whether_it_is_done(
    begins: Beginning, step: Step
) -> None:
    room = room_that(begins)
    steps = room.guide.steps
    room.done.add(step)
    screen = Screen(room, Words.of("nb"), "per", "generelt")
    html = pages.region("sidebar", screen)
    links = [found for tag, found in read(html).elements if tag == "a" and "data-step" in found]
    assert len(links) == len(steps)
    place, _, what = (links[steps.index(step)]["href"] or "").partition("#")
    if step is Step.INSTALL:
        assert place == "/legg-til/"
    else:
        takes = {"per"} if step is Step.ADMIT else {room.guide.asks, room.guide.decides}
        assert place in {f"/{each}/{PLACE.get(step, 'meldinger')}" for each in takes}
        assert what.split("=")[0] in ("skriv", "trykk")
    assert html.count("Gjort:") == 1
    assert f"1/{len(steps)}" in html
