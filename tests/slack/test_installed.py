"""A workspace that has installed the bot: from the button to the first code, away, and back."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.trial.sandbox import Silence
from bot.trial.sandbox.faults import SlackError
from storage import installations, organisations
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, FORM, REGISTRATION, Mode
from tests.slack.town import CLUBS, Town, town

WELCOME = "Takk for at du la meg til i Slack"


@pytest.fixture
async def play(
    way: tuple[Mode, str], tmp_path: Path, clock: TravellingClock
) -> AsyncIterator[Town]:
    mode, url = way
    async with town(tmp_path, mode=mode, url=url, clock=clock) as ready:
        yield ready


async def registers(play: Town) -> None:
    """Kari does, by the button of the welcome, and the operator says yes."""
    assert await play.installs() == 200
    welcome = await play.kari.sees_message(WELCOME)
    await play.kari.clicks("Registrer organisasjonen", where=welcome)
    await play.kari.sees_view("Registrer organisasjonen")
    await play.kari.fills({**REGISTRATION, "Kontoholdere": [play.ola]})
    assert (await play.kari.submits()).updated
    await play.kari.closes()
    asked = await play.per.sees_message("Ny organisasjon")
    for told in ("Blåbærlaget", "Laget", "Kari Nordmann", "Ola Nordmann"):
        assert told in asked.text()
    assert "<@" not in asked.text()
    await play.per.clicks("Godkjenn", where=asked)
    await play.kari.sees_message("Organisasjonen er godkjent")
    await play.ola.sees_message("Du er nå kontoholder")


async def asks(play: Town) -> None:
    await play.kari.types(COMMAND)
    await play.kari.sees_view("Be om godkjenningskode")
    await play.kari.sees("Fornavn")
    await play.kari.fills(FORM)
    assert (await play.kari.submits()).closed


async def approves(play: Town) -> None:
    await play.ola.clicks("Godkjenn")
    await play.ola.sees_view("Godkjenn forespørsel")
    await play.ola.fills({"Representasjonsmyndighet": True})
    assert (await play.ola.submits()).closed


async def test_from_the_button_to_the_first_code(play: Town) -> None:
    await registers(play)
    await asks(play)
    await play.ola.sees("ber om")
    await approves(play)
    await play.kari.sees_message("Koden din er klar")
    assert {*play.posted(play.operators)} == {play.operations.id}


async def test_whoever_installs_is_welcomed_once_however_often_they_do(play: Town) -> None:
    for _ in range(2):
        assert await play.installs() == 200
        await play.kari.sees_message(WELCOME)
    await registers_nothing_new(play)
    welcomed = [each for each in play.kari.messages() if WELCOME in each.text()]
    assert len(welcomed) == 1


async def registers_nothing_new(play: Town) -> None:
    """What the bot does by itself has been done."""
    play.travel(minutes=2)
    await play.kari.says("Hva er en godkjenningskode?")
    await play.kari.sees_message("kode")


ORDERS: list[Sequence[str]] = [
    ("tokens_revoked", "app_uninstalled"),
    ("app_uninstalled", "tokens_revoked"),
    ("app_uninstalled", "app_uninstalled"),
    ("tokens_revoked",),
]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_removed_it_rests_and_installed_anew_it_goes_on(
    play: Town, order: Sequence[str]
) -> None:
    await registers(play)
    await asks(play)
    await play.ola.sees("ber om")
    await play.club.removes_app(order)
    await play.club.settles()
    assert not await play.is_installed()
    before = len(play.club.workspace.calls)
    play.travel(hours=25)  # the reminder is due
    await play.per.says("Hva er en godkjenningskode?", play.operations)
    await play.operators.settles()
    assert play.club.workspace.calls[before:] == []
    assert await play.installs() == 200
    await play.ola.sees_message("venter på svar")
    await approves(play)
    await play.kari.sees_message("Koden din er klar")


async def test_what_slack_tells_late_removes_nothing(play: Town) -> None:
    await registers(play)
    await play.club.removes_app(())
    assert await play.installs() == 200
    for kind in ("app_uninstalled", "tokens_revoked"):
        await play.club._tell(kind, tokens={"oauth": [], "bot": []})
    await play.club.settles()
    assert await play.is_installed()
    await asks(play)
    await play.ola.sees("ber om")


async def test_while_slack_does_not_say_it_is_told_again(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with town(tmp_path, clock=clock, strict=False) as play:
        await registers(play)
        play.club.workspace.fail("auth.test", SlackError("internal_error"), times=2)
        await play.club.removes_app(("app_uninstalled",))
        await play.club.settles()
        assert not await play.is_installed()
        held = [each.detail for each in play.club.workspace.violations]
        assert held == ["event app_uninstalled: HTTP 503"] * 2


async def test_a_removal_of_which_nobody_was_told_is_found_out_within_a_day(play: Town) -> None:
    await registers(play)
    await play.club.removes_app(())
    play.travel(days=1, minutes=1)
    await until_asked(play)
    assert await play.is_installed()  # Slack may be in trouble itself
    for _ in range(100):
        play.travel(minutes=11)
        await play.club.workspace.changes.until(lambda: None, 0.05)
        if not await play.is_installed():
            return
    raise AssertionError("the ledger still has it that the bot is there")


async def until_asked(play: Town) -> None:
    """Slack has been, whether the bot is there."""
    calls = play.club.workspace.calls
    asked = await play.club.workspace.changes.until(
        lambda: [each for each in calls if each.outcome == "account_inactive"] or None, 5.0
    )
    assert asked


async def token(play: Town) -> str:
    """As the ledger has it."""
    async with play.ledger.database.reading() as reading:
        found = await installations.find(reading, play.ledger.keys, [CLUBS])
    assert found
    return str(found.granted.said["bot_token"])


async def until_renewed(play: Town, before: str) -> str:
    for _ in range(100):
        now = await token(play)
        if now != before:
            assert now == play.club.bot_token
            return now
        await play.club.workspace.changes.until(lambda: None, 0.05)
    raise AssertionError("nobody has renewed it")


async def test_what_it_knew_goes_after_a_while_and_the_operator_is_told_before(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with town(tmp_path, clock=clock) as play:
        await registers(play)
        await play.club.settles()  # nothing is under way to a bot that is gone
        await play.club.removes_app()
        await play.club.settles()
        play.travel(days=76, minutes=1)
        told = await play.per.sees_message("har fjernet boten")
        for words in ("Blåbærlaget", "Laget", "30. mai 2026", "blir alt stående"):
            assert words in told.text(), told.text()
        play.travel(days=14)
        for _ in range(100):
            if not await organisations_there(play):
                break
            await play.club.workspace.changes.until(lambda: None, 0.05)
        assert await organisations_there(play) == []
        assert await play.installs() == 200
        await play.kari.types(COMMAND)
        await play.kari.sees("ikke registrert her ennå")


async def organisations_there(play: Town) -> list[str]:
    async with play.ledger.database.reading() as reading:
        return [each.team_id for each in await organisations.list_all(reading)]


async def test_a_token_that_runs_out_is_renewed_though_nobody_calls(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with town(tmp_path, clock=clock, rotates=True) as play:
        await registers(play)
        await asks(play)
        await play.ola.sees("ber om")
        now = await token(play)
        for _ in range(3):
            play.travel(hours=10, minutes=30)
            now = await until_renewed(play, now)
        await play.ola.sees_message("venter på svar")
        refreshed = [call for call in play.club.workspace.calls if call.method == "oauth.v2.access"]
        assert [call.outcome for call in refreshed] == ["ok"] * 4


async def test_people_of_a_workspace_without_the_bot_are_told_so(play: Town) -> None:
    told = await play.ola.types(COMMAND)
    assert told
    assert "medlemmer av dette arbeidsområdet" in told.text()
    assert play.club.workspace.calls == []


async def test_a_workspace_that_is_slow_to_be_asked_keeps_no_other_waiting(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with town(tmp_path, clock=clock) as play:
        await registers(play)
        play.operators.workspace.fail("auth.test", Silence(3.0), times=9)
        play.travel(days=1, minutes=1)
        await asks(play)
        await play.ola.sees("ber om", timeout=2.0)
        play.operators.workspace.faults.clear()


async def test_workspaces_are_counted_by_kind_and_not_by_name(
    tmp_path: Path, clock: TravellingClock
) -> None:
    async with town(tmp_path, clock=clock, has_metrics=True) as play:
        await registers(play)
        told = await metrics(play)
        for line in ('state="installed"} 2.0', 'state="removed"} 0.0', 'state="awake"} 2.0'):
            assert f"godkjenningsbot_workspaces{{{line}" in told
        assert CLUBS not in told
        await play.club.removes_app()
        await play.club.settles()
        told = await metrics(play)
        for line in ('state="installed"} 1.0', 'state="removed"} 1.0'):
            assert f"godkjenningsbot_workspaces{{{line}" in told


async def metrics(play: Town) -> str:
    url = f"http://127.0.0.1:{play.bot.metrics_port}/metrics"
    async with play.door.http.get(url) as answer:
        return await answer.text()
