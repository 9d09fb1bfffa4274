"""What goes wrong after something has been done never sounds as if it had not been."""

from datetime import timedelta

import pytest

from bot.trial.sandbox import Dropped, Human, ServerError, SlackError
from tests.slack.stage import COMMAND, Stage

EXPIRED = SlackError("expired_trigger_id")
FAULTS = (EXPIRED, SlackError("internal_error"), ServerError(500), Dropped(before=True))


async def is_told_that_it_was_kept(who: Human) -> None:
    told = await who.sees_message("Jeg fikk ikke vist det som skulle stå her.")
    assert "er det tatt vare på" in told.text()
    assert "prøv igjen" not in who.text_on_screen()


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_code_that_was_refreshed(http_play: Stage, fault: SlackError) -> None:
    await http_play.makes(http_play.ola)
    await http_play.ola.sees("Koden din er klar")
    http_play.travel(days=46)
    expires = await http_play.ola.sees_message("Koden går ut om 14 dager")
    http_play.slack.workspace.fail("views.open", fault, times=9)
    await http_play.ola.clicks("Oppdater koden", where=expires)
    await is_told_that_it_was_kept(http_play.ola)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_refresh_that_was_asked_for(http_play: Stage, fault: SlackError) -> None:
    await http_play.has_code(http_play.kari)
    http_play.travel(days=46)
    expires = await http_play.kari.sees_message("Koden går ut om 14 dager")
    http_play.slack.workspace.fail("views.open", fault, times=9)
    await http_play.kari.clicks("Oppdater koden", where=expires)
    await is_told_that_it_was_kept(http_play.kari)
    assert len(await http_play.waiting()) == 1


@pytest.mark.parametrize("fault", FAULTS[1:], ids=str)
async def test_what_was_decided_from_a_list(http_play: Stage, fault: SlackError) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.ola.types(f"{COMMAND} behandle")
    await http_play.ola.sees_view("Venter på svar")
    http_play.slack.workspace.fail("views.update", fault, times=9)
    await http_play.approves(http_play.ola)
    await is_told_that_it_was_kept(http_play.ola)
    assert await http_play.waiting() == []


@pytest.mark.parametrize("fault", FAULTS[1:], ids=str)
async def test_a_form_whose_frame_is_there_is_filled_after_all(
    http_play: Stage, fault: SlackError
) -> None:
    http_play.travel(minutes=11)  # by when Slack is to be asked who it is
    http_play.slack.workspace.fail("views.update", fault, times=1)
    await http_play.kari.types(COMMAND)
    await http_play.kari.sees("Fornavn")


async def test_whoever_has_left_meanwhile_is_told_nothing(
    http_play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong may take its time."""
    monkeypatch.setattr("handlers.messages.JUST_NOW", timedelta.min)
    workspace = http_play.slack.workspace
    workspace.fail("views.open", SlackError("internal_error"), times=9)

    def is_asked_about() -> bool | None:
        return {"user": http_play.kari.id} in asked_about(http_play) or None

    await http_play.kari.opens_home()  # where Slack gives no address to answer at
    home = await http_play.kari.sees("Alle spørsmål")
    await http_play.kari.clicks("Alle spørsmål", where=home)
    await http_play.kari.sees_message("Jeg fikk ikke vist")
    workspace.deactivate(http_play.kari.record)
    workspace.calls.clear()
    await http_play.kari.clicks("Alle spørsmål", where=home)
    await http_play.kari.waits_for(is_asked_about, "Slack is not asked whether she is here")
    await http_play.slack.settles()
    assert http_play.kari.text_on_screen().count("Jeg fikk ikke vist") == 1


def asked_about(play: Stage) -> list[dict[str, object]]:
    return [call.body for call in play.slack.workspace.calls if call.method == "users.info"]
