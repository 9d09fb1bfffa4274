"""Codes in use: where, on every screen that shows a code; and the first time, once, to all whom it
concerns."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.trial.sandbox import Human
from bot.trial.sandbox.outcomes import Outcome
from storage import codes, partners
from storage.checking import Checking
from storage.desk import Ledger
from storage.keys import Keyring
from storage.once import Question
from storage.records import OSLO, Action, Issuer, PartnerScope
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, Stage, stage

PASTED = {"Koden fra TechSoup": "123a4567@MyNGOname"}
FIRST = "Organisasjonen er nå gyldig bruker"


@pytest.fixture(params=["http", "socket_mode"])
async def techsoup(
    request: pytest.FixtureRequest, tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    """Where TechSoup makes the codes."""
    async with stage(tmp_path, mode=request.param, clock=clock, issuer=Issuer.TECHSOUP) as ready:
        yield ready


def with_keys(play: Stage) -> Ledger:
    return replace(play.ledger, keyring=Keyring(play.settings.secret_keys))


async def is_used(play: Stage, service: str = "Kontorpakke") -> None:
    """A partner finds the only code there is valid."""
    ledger = with_keys(play)
    (code,) = await play.codes()
    async with ledger.looking_at(code.organisation_id) as desk:
        text = (await codes.still_shown(desk, code.id, play.ola.id)).text
    async with play.database.transaction() as transaction:
        if not await partners.list_all(transaction):
            await partners.add(transaction, "Nettbutikken", PartnerScope.HOLDER, is_test=False)
        partner = await partners.find(transaction, "Nettbutikken")
    await Checking(ledger).check(Question(partner, text, service))
    play.bot.wake()


async def has_pasted_code(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.approves(play.ola, **PASTED)
    await play.kari.sees("Koden din er klar")


async def test_the_first_use_is_told_once_to_the_holder_and_to_account_holders(play: Stage) -> None:
    await play.has_code(play.kari)
    await is_used(play)
    for who, said in ((play.kari, "Koden din er den første"), (play.ola, "For første gang")):
        message = await who.sees_message(FIRST)
        for words in (said, "Kontorpakke (Nettbutikken)", "søndag 1. mars 2026 kl. 13.00"):
            assert words in message.text(), words
    (code,) = await play.codes()
    async with with_keys(play).looking_at(code.organisation_id) as desk:
        text = (await codes.still_shown(desk, code.id, play.ola.id)).text
    assert text not in message.text()
    await play.anne.sees(FIRST)
    await is_used(play, "Nettside")
    await play.slack.settles()
    for who in (play.kari, play.ola, play.anne):
        assert told(play, who) == 1
    assert told(play, play.per) == 0


def told(play: Stage, who: Human) -> int:
    places = who.id, who.direct_messages.id
    return sum(
        FIRST in call.body.get("text", "") and call.body.get("channel") in places
        for call in play.slack.workspace.calls
        if call.method == "chat.postMessage"
    )


async def test_where_a_code_was_used_stands_wherever_it_is_shown(play: Stage) -> None:
    await play.has_code(play.kari)
    for number in range(5):
        play.clock.forward(days=1)
        await is_used(play, f"Tjeneste {number}")
    newest = "Tjeneste 4 (Nettbutikken), fredag 6. mars 2026"
    await play.kari.types(f"{COMMAND} koder")
    listed = (await play.kari.sees_view("Mine koder")).text()
    for view in (listed, await shows_code(play.kari)):
        assert "Brukt hos" in view
        for line in (newest, "Tjeneste 2 (Nettbutikken)", "og 2 til"):
            assert line in view, line
        assert "Tjeneste 1" not in view
    await play.ola.types(f"{COMMAND} koder")
    assert newest in (await play.ola.sees_view("Organisasjonens koder")).text()
    await play.kari.opens_home()
    await play.kari.sees("Brukt hos Tjeneste 4 (Nettbutikken) og 4 til")


async def shows_code(who: Human) -> str:
    await who.clicks("Vis koden")
    return (await who.sees_view("Godkjenningskoden")).text()


async def test_the_history_and_the_files_say_who_and_for_what(play: Stage) -> None:
    await play.has_code(play.kari)
    await is_used(play)
    await play.ola.types(f"{COMMAND} historikk")
    view = await play.ola.sees_view("Historikk")
    for words in ("En leverandør tok imot koden", "Nettbutikken", "Kontorpakke", "Kari Nordmann"):
        assert words in view.text(), words
    await play.ola.clicks("Last ned CSV")
    message = await play.ola.sees_message("Historikk")
    rows = read(message.file("historikk-2026-03-01.csv"))
    (code,) = await play.codes()
    used = ["Nettbutikken", "tok imot koden", "Kari Nordmann", "kari@example.org"]
    assert ["2026-03-01 13:00", *used, f"{code.hint}•••", "Kontorpakke", ""] in rows
    await play.ola.closes()
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.clicks("Last ned liste")
    message = await play.ola.sees_message("Organisasjonens koder")
    header, row = read(message.file("koder-2026-03-01.csv"))
    assert dict(zip(header, row, strict=True))["Brukt hos"] == (
        "Kontorpakke (Nettbutikken) 2026-03-01"
    )


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


async def notes(who: Human, **changes: str) -> Outcome:
    await who.clicks("Koden er brukt")
    await who.sees_view("Koden er brukt")
    await who.fills({"Tjeneste": "Kontorpakke", **changes})
    return await who.submits()


async def test_whoever_has_the_code_says_that_it_was_used_and_the_list_shows_it(
    techsoup: Stage,
) -> None:
    play = techsoup
    await has_pasted_code(play)
    play.travel(days=3)
    await play.kari.types(f"{COMMAND} koder")
    await play.kari.sees_view("Mine koder")
    assert (await notes(play.kari)).closed
    view = await play.kari.sees("Kontorpakke, onsdag 4. mars 2026")
    assert "Brukt hos" in view.text()
    for who in (play.kari, play.ola, play.anne):
        message = await who.sees_message(FIRST)
        assert "@Kari Nordmann" in message.text()
    await play.ola.types(f"{COMMAND} historikk")
    await play.ola.sees("@Kari Nordmann noterte at koden er brukt")


async def test_it_is_said_where_the_code_stands_too_also_when_it_has_run_out(
    techsoup: Stage,
) -> None:
    play = techsoup
    await has_pasted_code(play)
    play.travel(days=61)
    await play.kari.types(f"{COMMAND} koder")
    await play.kari.sees_view("Mine koder")
    await shows_code(play.kari)
    await play.kari.clicks("Koden er brukt")
    view = await play.kari.sees_view("Koden er brukt")
    assert "Fra søndag 1. mars 2026 til torsdag 30. april 2026" in view.text()
    await play.kari.fills({"Tjeneste": "Kontorpakke"})
    assert (await play.kari.submits()).closed
    await play.kari.sees("Kontorpakke, torsdag 30. april 2026")


async def test_what_is_wrong_is_refused_beside_its_field(techsoup: Stage) -> None:
    play = techsoup
    await has_pasted_code(play)
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    today = play.clock().astimezone(OSLO).date()
    tomorrow, before = ((today + timedelta(days=days)).isoformat() for days in (1, -1))
    assert "ikke kommet ennå" in (await notes(play.ola, Dato=tomorrow)).errors["Dato"]
    await play.ola.fills({"Dato": before})
    assert "ikke laget denne dagen" in (await play.ola.submits()).errors["Dato"]
    await play.ola.fills({"Dato": today.isoformat(), "Tjeneste": "89ab4567@MyNGOname"})
    assert "hemmelig" in (await play.ola.submits()).errors["Tjeneste"]
    await play.ola.fills({"Tjeneste": "Kontorpakke"})
    assert (await play.ola.submits()).closed
    noted = [row for row in await play.history() if row["action"] is Action.CODE_USE_NOTED]
    assert [row["actor"] for row in noted] == [play.ola.id]


async def test_what_is_looked_for_stays_when_a_use_is_said(techsoup: Stage) -> None:
    play = techsoup
    await has_pasted_code(play)
    await play.makes(play.ola, **{"Koden fra TechSoup": "89ab4567@MyNGOname"})
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.fills({"Søk": "kari"})
    await play.ola.submits()
    await play.ola.sees("1 kode")
    assert (await notes(play.ola)).closed
    view = await play.ola.sees("Kontorpakke, søndag 1. mars 2026")
    assert "1 kode" in view.text()
    assert "Ola Nordmann" not in view.text()


async def test_where_the_bot_makes_the_codes_nobody_is_asked_to_say_so(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.kari.types(f"{COMMAND} koder")
    view = await play.kari.sees_view("Mine koder")
    assert "Koden er brukt" not in view.text()
    assert "Koden er brukt" not in await shows_code(play.kari)
