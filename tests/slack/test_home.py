"""The Home tab: its order, what is done from it, and that it follows what happens."""

import pytest

from bot.trial.sandbox import Human
from bot.trial.sandbox.screen import SeenView
from tests.slack.stage import Stage


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.homes.BETWEEN_SECONDS", 0.05)


def labels(home: SeenView) -> list[str]:
    return [button.text for button in home.buttons()]


async def home_with(who: Human, text: str, *, without: str = "\0") -> SeenView:
    """As it stands, without opening it again."""

    def shows() -> SeenView | None:
        home = who.home()
        is_there = home is not None and text in home.text() and without not in home.text()
        return home if is_there else None

    return await who.waits_for(shows, f"Home does not show «{text}», or «{without}» still")


async def test_home_follows_what_happens_to_those_who_look(play: Stage) -> None:
    for who in (play.kari, play.ola, play.anne):
        await who.opens_home()
    await play.kari.sees_home("Du har ingen kode")
    await play.ola.sees_home("0 gyldige koder")
    await play.asks(play.kari)
    await home_with(play.kari, "Venter på svar")
    for holder in (play.ola, play.anne):
        home = await home_with(holder, "1 forespørsel venter på svar")
        assert "Kari Nordmann" in home.text()
    await play.approves(play.ola)
    await home_with(play.kari, "Du har en gyldig kode")
    await home_with(play.anne, "1 gyldig kode", without="venter på svar")


async def test_what_waits_is_decided_from_home(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.ola.opens_home()
    home = await play.ola.sees_home("1 forespørsel venter på svar")
    await play.ola.clicks("Godkjenn", where=home)
    await play.ola.sees_view("Godkjenn forespørsel")
    await play.ola.fills({"Representasjonsmyndighet": True})
    assert (await play.ola.submits()).closed
    await play.kari.sees("Koden din er klar")
    await home_with(play.ola, "1 gyldig kode")


async def test_who_runs_out_soon_stands_above_ones_own(play: Stage) -> None:
    await play.has_code(play.kari)
    play.travel(days=50)
    await play.ola.opens_home()
    home = await play.ola.sees_home("1 går snart ut")
    assert "Kari Nordmann" in home.text()
    assert "10 dager igjen" in home.text()
    await play.ola.clicks("Oppdater koden", where=home)
    await play.ola.sees_view("Godkjenningskode")
    await home_with(play.ola, "1 gyldig kode", without="går snart ut")


async def test_ones_own_codes_each_with_what_can_be_done_and_those_before_behind_a_button(
    play: Stage,
) -> None:
    await play.has_code(play.kari)
    await play.kari.opens_home()
    home = await play.kari.sees_home("Nettside")
    for fact in ("•••", "Gyldig", "60 dager igjen"):
        assert fact in home.text()
    assert "kari@example.org" not in home.text()
    assert labels(home)[:3] == ["Vis koden", "Oppdater koden", "Be om godkjenningskode"]
    await play.kari.clicks("Oppdater koden", where=home)
    home = await home_with(play.kari, "Det er bedt om at koden blir oppdatert.")
    await play.approves(play.anne)
    home = await home_with(play.kari, "Vis tidligere", without="Erstattet")
    await play.kari.closes()
    await play.kari.clicks("Vis tidligere", where=home)
    mine = await play.kari.sees_view("Mine koder")
    assert "Erstattet" in mine.text()


async def test_an_answer_is_asked_for_once_more_from_home(play: Stage) -> None:
    await play.asks(play.kari)
    await play.ola.sees("ber om")
    await play.kari.opens_home()
    home = await play.kari.sees_home("Venter på svar")
    play.travel(minutes=1)
    await play.kari.clicks("Purre", where=home)
    await home_with(play.kari, "Du purret")
    await play.ola.sees("Purret")


async def test_nobody_elses_home_is_published(http_play: Stage) -> None:
    for who in (http_play.kari, http_play.per):
        await who.opens_home()
        await who.sees_home("Du har ingen kode")

    def published() -> list[str]:
        return [
            call.body["user_id"]
            for call in http_play.slack.workspace.calls
            if call.method == "views.publish"
        ]

    before = published()
    await http_play.asks(http_play.kari)
    await home_with(http_play.kari, "Venter på svar")
    assert set(published()[len(before) :]) == {http_play.kari.id}
