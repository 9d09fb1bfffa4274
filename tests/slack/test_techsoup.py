"""An organisation whose codes TechSoup makes: they are pasted, checked, and otherwise the same."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.records import OSLO, Issuer
from storage.schema import organisations
from storage.sql import update
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, FORM, Stage, stage

PASTED = "Koden fra TechSoup"
MADE_ON = "Laget hos TechSoup"
CODE = "123a4567@MyNGOname"


@pytest.fixture(params=["http", "socket_mode"])
async def play(
    request: pytest.FixtureRequest, tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Stage]:
    async with stage(tmp_path, mode=request.param, clock=clock, issuer=Issuer.TECHSOUP) as ready:
        yield ready


async def test_the_pasted_code_is_what_the_holder_gets(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.ola.clicks("Godkjenn")
    await play.ola.sees_view("Godkjenn forespørsel")
    await play.ola.fills({"Representasjonsmyndighet": True, PASTED: "123a456@MyNGO"})
    refused = await play.ola.submits()
    assert PASTED in refused.errors
    await play.ola.fills({PASTED: f" {CODE} "})
    assert (await play.ola.submits()).closed
    await play.kari.sees("Koden din er klar")
    await play.kari.clicks("Vis koden")
    assert CODE in (await play.kari.sees_view("Godkjenningskoden")).text()


async def test_a_code_is_found_in_what_techsoup_wrote_around_it(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.ola.clicks("Godkjenn")
    await play.ola.sees_view("Godkjenn forespørsel")
    two = f"{CODE} og 89ab4567@MyNGO name"
    await play.ola.fills({"Representasjonsmyndighet": True, PASTED: two})
    assert PASTED in (await play.ola.submits()).errors
    await play.ola.fills({PASTED: f"Her er koden til Kari: {CODE}. Hilsen TechSoup"})
    assert (await play.ola.submits()).closed
    await play.kari.sees("Koden din er klar")
    await play.kari.clicks("Vis koden")
    assert CODE in (await play.kari.sees_view("Godkjenningskoden")).text()


async def test_a_code_that_is_in_the_ledger_is_refused_beside_the_field(play: Stage) -> None:
    await play.makes(play.ola, **{PASTED: CODE})
    await play.ola.sees("Koden din er klar")
    await play.anne.types(COMMAND)
    await play.anne.sees(PASTED)
    await play.anne.fills({**FORM, PASTED: CODE})
    refused = await play.anne.submits()
    assert list(refused.errors) == [PASTED]
    await play.anne.fills({PASTED: "89ab4567@MyNGOname"})
    assert (await play.anne.submits()).updated
    await play.anne.sees("Koden din er klar")


async def test_the_day_it_was_made_is_when_its_sixty_days_begin(play: Stage) -> None:
    await play.ola.types(COMMAND)
    await play.ola.sees(PASTED)
    today = play.clock().astimezone(OSLO).date()
    for days, refused in ((-1, "ikke kommet ennå"), (61, "er gått ut"), (20, "")):
        made_on = today - timedelta(days=days)
        await play.ola.fills({**FORM, PASTED: CODE, MADE_ON: made_on.isoformat()})
        outcome = await play.ola.submits()
        assert refused in str(outcome.errors.get(MADE_ON, "")), outcome
    assert outcome.updated
    [code] = await play.codes()
    assert code.expires_at.astimezone(OSLO).date() == today + timedelta(days=40)


async def test_refreshing_asks_for_the_new_code(play: Stage) -> None:
    await play.makes(play.ola, **{PASTED: CODE})
    await play.ola.sees("Koden din er klar")
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.clicks("Oppdater koden")
    await play.ola.sees_view("Oppdater koden")
    await play.ola.fills({PASTED: CODE})
    assert PASTED in (await play.ola.submits()).errors
    await play.ola.fills({PASTED: "89ab4567@MyNGOname"})
    assert (await play.ola.submits()).closed
    await play.ola.sees("Erstattet")
    old, new = sorted(await play.codes(), key=lambda code: code.replaces_id or "")
    assert (old.state, new.replaces_id) == ("replaced", old.id)


async def test_the_holder_asks_for_a_refresh_and_the_account_holder_pastes(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.approves(play.ola, **{PASTED: CODE})
    await play.kari.sees("Koden din er klar")
    play.travel(days=60)
    await play.kari.sees("Koden er gått ut")
    await play.kari.clicks("Oppdater koden")
    await play.anne.sees("oppdatert")
    await play.approves(play.anne, **{PASTED: "89ab4567@MyNGOname"})
    assert sorted(code.state for code in await play.codes()) == ["active", "replaced"]


async def test_a_form_from_before_the_issuer_changed_is_refused_in_words(tmp_path: Path) -> None:
    """With nothing made, and nothing of what was pasted passed over."""
    for issuer, other in ((Issuer.TECHSOUP, Issuer.BOT), (Issuer.BOT, Issuer.TECHSOUP)):
        folder = tmp_path / issuer
        folder.mkdir()
        async with stage(folder, issuer=issuer) as play:
            await play.ola.types(COMMAND)
            await play.ola.sees("Fornavn")
            pasted = {PASTED: CODE}
            await play.ola.fills({**FORM, **(pasted if issuer is Issuer.TECHSOUP else {})})
            async with play.database.transaction() as transaction:
                await transaction.run(update(organisations).values(issuer=other))
            outcome = await play.ola.submits()
            assert "er endret siden du åpnet dette" in str(outcome.errors), outcome
            assert await play.codes() == []
