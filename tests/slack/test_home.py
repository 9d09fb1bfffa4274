"""The Home tab: its order, what is done from it, and that it follows what happens."""

from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import running
from bot.trial.sandbox import Human, RateLimited, Silence
from bot.trial.sandbox.records import Json
from bot.trial.sandbox.screen import SeenView
from tests.conftest import TravellingClock
from tests.slack.stage import Stage, stage


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
    before = published(http_play)
    await http_play.asks(http_play.kari)
    await home_with(http_play.kari, "Venter på svar")
    assert {each["user_id"] for each in published(http_play)[len(before) :]} == {http_play.kari.id}


async def test_home_follows_what_another_process_on_the_same_database_does(
    tmp_path: Path, clock: TravellingClock, migrated_postgres_url: str
) -> None:
    """It hears that something was done, and not of whom: so it looks at all that are open."""
    async with (
        stage(tmp_path, clock=clock, url=migrated_postgres_url) as play,
        running(play.settings, clock) as other,
    ):
        await play.slack.connect_http(f"http://127.0.0.1:{other.port}/slack/events")
        await play.kari.opens_home()
        await play.kari.sees_home("Du har ingen kode")
        await play.slack.connect_http(f"http://127.0.0.1:{play.bot.port}/slack/events")
        await play.asks(play.kari)
        await home_with(play.kari, "Venter på svar")


# What Slack does not take


def published(play: Stage) -> list[Json]:
    calls = play.slack.workspace.calls
    return [call.body for call in calls if call.method == "views.publish"]


def is_anew(body: Json) -> bool:
    """In the place of what stood there, and not because somebody opened it."""
    return bool(body.get("hash"))


async def tried_anew(play: Stage, times: int) -> None:
    """Wait until so many Homes were to be published anew."""

    async def is_tried() -> bool:
        return len([each for each in published(play) if is_anew(each)]) >= times

    await play.until(is_tried, "no Home is published anew")


async def a_moment(play: Stage) -> None:
    """In which what ought not to happen would."""
    await play.slack.workspace.changes.until(lambda: None, 0.3)


async def much_happens_and_one_is_tried(play: Stage) -> None:
    """Kari asks and is given a code, and after the first refusal no Home is published anew."""
    await play.asks(play.kari)
    await tried_anew(play, 1)
    await play.ola.sees("ber om")
    await play.approves(play.ola)
    await play.kari.sees("Koden din er klar")
    await a_moment(play)
    assert len([each for each in published(play) if is_anew(each)]) == 1


async def test_what_another_process_shows_on_home_is_left_there(http_play: Stage) -> None:
    play = http_play
    await play.kari.opens_home()
    await play.kari.sees_home("Du har ingen kode")
    text = {"type": "mrkdwn", "text": "Vist av en annen"}
    async with aiohttp.ClientSession() as session:
        other = AsyncWebClient(play.slack.bot_token, base_url=play.slack.api_url, session=session)
        shown = {"type": "home", "blocks": [{"type": "section", "text": text}]}
        await other.views_publish(user_id=play.kari.id, view=shown)
    await much_happens_and_one_is_tried(play)
    await play.kari.sees_home("Vist av en annen")
    await play.kari.opens_home()
    await play.kari.sees_home("Du har en gyldig kode")


async def test_a_home_that_was_opened_meanwhile_is_kept_up_to_date(http_play: Stage) -> None:
    """What was to be published before comes too late, and what was opened goes on being kept."""
    play = http_play
    await play.kari.opens_home()
    await play.kari.sees_home("Du har ingen kode")
    play.slack.workspace.fail("views.publish", Silence(0.5), times=1, when=is_anew)
    await play.asks(play.kari)
    await tried_anew(play, 1)
    await play.kari.opens_home()
    await play.kari.sees_home("Venter på svar")
    await play.ola.sees("ber om")
    await play.approves(play.ola)
    await home_with(play.kari, "Du har en gyldig kode")


async def test_while_slack_wants_no_more_of_them_no_home_is_published_but_for_who_opens_it(
    http_play: Stage,
) -> None:
    play = http_play
    for who in (play.kari, play.ola, play.anne):
        await who.opens_home()
        await who.sees_home("gyldig" if who is not play.kari else "Du har ingen kode")
    play.slack.workspace.fail("views.publish", RateLimited(3_600), times=99, when=is_anew)
    await much_happens_and_one_is_tried(play)
    await play.kari.opens_home()
    await play.kari.sees_home("Du har en gyldig kode")


async def test_a_home_of_which_slack_wanted_to_wait_is_published_after_all(
    http_play: Stage,
) -> None:
    """By itself, though nothing more happens."""
    play = http_play
    await play.kari.opens_home()
    await play.kari.sees_home("Du har ingen kode")
    play.slack.workspace.fail("views.publish", RateLimited("soon"), times=1, when=is_anew)
    await play.asks(play.kari)
    await home_with(play.kari, "Venter på svar")
    assert len([each for each in published(play) if is_anew(each)]) == 2
