"""«Slik prøver du»: each step is ticked off by what it led to, and stays so."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.trial.room import pages
from bot.trial.room.folder import Folder
from bot.trial.room.guide import Step
from bot.trial.room.room import Plan, Room, opened
from bot.trial.room.screens import Screen
from templates.words import Words
from tests.slack.stage import COMMAND, FORM
from tests.unit.room.reading import read

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
        await is_taken(room, *(set(Step) - {Step.QUESTION}))
        await kari.says("når går koden min ut?")
        await is_taken(room, *Step)
    async with opened(plan) as again:
        assert again.done == set(Step)


@pytest.mark.parametrize("step", Step)
def test_every_step_leads_somewhere_and_shows_whether_it_is_done(room: Room, step: Step) -> None:
    room.done.add(step)
    screen = Screen(room, Words.of("nb"), "per", "generelt")
    html = pages.region("sidebar", screen)
    links = [found for tag, found in read(html).elements if tag == "a" and "data-step" in found]
    assert len(links) == len(Step)
    place, _, what = (links[list(Step).index(step)]["href"] or "").partition("#")
    assert place in ("/kari/meldinger", "/ola/meldinger")
    assert what.split("=")[0] in ("skriv", "trykk")
    assert html.count("Gjort:") == 1
    assert "1/6" in html
