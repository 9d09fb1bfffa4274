"""An organisation in which nobody can be given a code: what people have been told says so, and no
longer once it is open again."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.trial.sandbox import Human, SeenMessage
from storage import holding, registering
from storage.keys import CODE_FORMAT
from storage.records import OPERATOR, Issuer
from tests.slack.stage import Stage, stage
from tests.slack.test_techsoup import PASTED

FROM_TECHSOUP = "89ab4567@MyNGOname"
Deed = Callable[[Stage], Awaitable[None]]


async def is_suspended(play: Stage) -> None:
    async with play.deciding() as desk:
        await registering.suspend(desk)
    play.bot.wake()


async def is_approved(play: Stage) -> None:
    async with play.deciding() as desk:
        await registering.approve(desk)
    play.bot.wake()


async def loses_its_account_holders(play: Stage) -> None:
    async with play.deciding() as desk:
        for who in (play.ola, play.anne):
            await holding.remove(desk, who.id, OPERATOR, even_the_last=True)
    play.bot.wake()


async def gets_an_account_holder(play: Stage) -> None:
    async with play.deciding() as desk:
        await holding.add(desk, play.anne.id, OPERATOR)
    play.bot.wake()


CLOSED = {
    "suspended": (is_suspended, is_approved, "Organisasjonen kan ikke lage koder nå"),
    "nobody": (loses_its_account_holders, gets_an_account_holder, "har ingen kontoholder nå"),
}
closing = pytest.mark.parametrize(("closes", "opens", "why"), CLOSED.values(), ids=CLOSED)


def labels(message: SeenMessage) -> list[str]:
    return [button.text for button in message.buttons()]


async def tells(who: Human, title: str, text: str) -> SeenMessage:
    """What stands under a title, when it says this."""

    def is_told() -> SeenMessage | None:
        told = [each for each in who.messages() if title in each.text()]
        return next((each for each in told if text in each.text()), None)

    return await who.waits_for(is_told, f"«{title}» does not say «{text}» to {who}")


async def writes_their_code(who: Human) -> None:
    """In a message, as it stands on their screen."""
    await who.clicks("Vis koden")
    shown = (await who.sees_view("Godkjenningskoden")).text()
    await who.closes()
    found = CODE_FORMAT.search(shown)
    assert found
    await who.says(f"koden min er {found[0]}")


@closing
async def test_what_was_told_of_a_code_that_runs_out_leads_to_what_can_be_done(
    play: Stage, closes: Deed, opens: Deed, why: str
) -> None:
    await play.has_code(play.kari)
    play.travel(days=46)
    told = await tells(play.kari, "Koden går ut om", "velger du Oppdater koden")
    assert labels(told) == ["Oppdater koden"]
    await closes(play)
    told = await tells(play.kari, "Koden går ut om", why)
    assert "Den kan ikke oppdateres nå" in told.text()
    assert labels(told) == []
    await opens(play)
    told = await tells(play.kari, "Koden går ut om", "velger du Oppdater koden")
    await play.kari.clicks("Oppdater koden", where=told)
    await play.anne.sees_message("ber om å få oppdatert")


@closing
async def test_a_code_that_runs_out_meanwhile_is_told_of_without_what_is_refused(
    http_play: Stage, closes: Deed, opens: Deed, why: str
) -> None:
    play = http_play
    await play.has_code(play.kari)
    await closes(play)
    play.travel(days=60)
    told = await tells(play.kari, "Koden er gått ut", why)
    assert labels(told) == []
    await opens(play)
    told = await tells(play.kari, "Koden er gått ut", "velger du Oppdater koden")
    assert labels(told) == ["Oppdater koden"]


@closing
async def test_whoever_has_written_a_code_is_led_to_what_can_be_done(
    http_play: Stage, closes: Deed, opens: Deed, why: str
) -> None:
    play = http_play
    await play.has_code(play.kari)
    await writes_their_code(play.kari)
    told = await tells(play.kari, "Koden er hemmelig", "velger du Oppdater koden")
    assert labels(told) == ["Oppdater koden"]
    await closes(play)
    told = await tells(play.kari, "Koden er hemmelig", "Den kan ikke oppdateres nå")
    assert labels(told) == []
    await opens(play)
    told = await tells(play.kari, "Koden er hemmelig", "velger du Oppdater koden")
    await play.kari.clicks("Oppdater koden", where=told)
    told = await tells(play.kari, "Koden er hemmelig", "Det er allerede bedt om")
    assert labels(told) == []


async def test_a_code_that_has_run_out_is_nothing_to_fear(http_play: Stage) -> None:
    play = http_play
    await play.has_code(play.kari)
    play.travel(days=61)
    await play.kari.sees_message("Koden er gått ut")
    await writes_their_code(play.kari)
    told = await tells(play.kari, "Koden er hemmelig", "Koden er gått ut")
    assert "kan bruke den." in told.text()
    assert "Den som ser den, kan bruke den" not in told.text()


async def test_what_is_withdrawn_here_is_still_good_at_techsoup(tmp_path: Path) -> None:
    async with stage(tmp_path, issuer=Issuer.TECHSOUP) as play:
        await play.makes(play.ola, **{PASTED: FROM_TECHSOUP})
        await play.ola.sees("Koden din er klar")
        await play.ola.says(f"koden er {FROM_TECHSOUP}")
        await tells(play.ola, "Koden er hemmelig", "oppdaterer du den hos TechSoup")
        await play.ola.types("/godkjenningskode koder")
        await play.ola.sees_view("Organisasjonens koder")
        await play.ola.clicks("Trekk tilbake")
        await play.ola.sees("Trukket tilbake")
        told = await tells(play.ola, "Koden er hemmelig", "slett koden hos TechSoup")
        assert labels(told) == []


async def test_a_code_that_is_ready_leads_to_it_when_it_can_be_shown(http_play: Stage) -> None:
    play = http_play
    await play.has_code(play.kari)
    await is_suspended(play)
    told = await tells(play.kari, "Koden din er laget", "Den kan ikke vises nå")
    assert labels(told) == []
    await is_approved(play)
    told = await tells(play.kari, "Koden din er klar", "Velg Vis koden")
    assert labels(told) == ["Vis koden"]


async def test_a_request_that_waits_says_whether_it_can_be_approved(play: Stage) -> None:
    await play.asks(play.kari)
    told = await tells(play.kari, "Du får en melding når den er besvart", "er sendt til")
    assert labels(told) == ["Trekk forespørselen", "Purre"]
    asked = await tells(play.ola, "ber om", "Er du i tvil?")
    assert labels(asked) == ["Godkjenn", "Avslå"]
    await is_suspended(play)
    told = await tells(play.kari, "Forespørselen venter", "men den kan ikke godkjennes nå")
    assert labels(told) == ["Trekk forespørselen"]
    asked = await tells(play.ola, "ber om", "ingen kan godkjenne nå")
    assert labels(asked) == ["Avslå"]
    await play.ola.types("/godkjenningskode behandle")
    waiting = await play.ola.sees_view("Venter på svar")
    assert "ingen kan godkjenne nå" in waiting.text()
    assert "Godkjenn" not in [button.text for button in waiting.buttons()]
    await play.ola.closes()
    await is_approved(play)
    told = await tells(play.kari, "Forespørselen er sendt", "@Anne Nordmann. Du får en melding")
    assert labels(told) == ["Trekk forespørselen", "Purre"]
    asked = await tells(play.ola, "ber om", "Er du i tvil?")
    assert labels(asked) == ["Godkjenn", "Avslå"]


@closing
async def test_a_request_that_lapses_meanwhile_is_not_to_be_sent_again(
    http_play: Stage, closes: Deed, opens: Deed, why: str
) -> None:
    play = http_play
    await play.asks(play.kari)
    await play.ola.sees_message("ber om")
    await closes(play)
    play.travel(days=31)
    told = await tells(play.kari, "Forespørselen er utløpt", why)
    assert labels(told) == []
    assert "be om kode på nytt" not in told.text()


async def test_what_is_declined_meanwhile_is_not_to_be_asked_for_again(http_play: Stage) -> None:
    play = http_play
    await play.asks(play.kari)
    await play.ola.sees_message("ber om")
    await is_suspended(play)
    await play.ola.clicks("Avslå", where=await tells(play.ola, "ber om", "ingen kan godkjenne nå"))
    await play.ola.sees_view("Avslå forespørsel")
    await play.ola.fills({"Grunn": "Kjenner ikke personen"})
    assert (await play.ola.submits()).closed
    told = await tells(play.kari, "Forespørselen er avslått", "Nye koder kan ikke lages nå")
    assert labels(told) == []


async def test_a_code_on_screen_that_is_asked_for_anew_is_not_asked_for_again(
    http_play: Stage,
) -> None:
    play = http_play
    await play.has_code(play.kari)
    play.travel(days=61)
    told = await tells(play.kari, "Koden er gått ut", "velger du Oppdater koden")
    ready = await play.kari.sees_message("Koden din er klar")
    await play.kari.clicks("Vis koden", where=ready)
    shown = await play.kari.sees_view("Godkjenningskoden")
    assert "Velg Oppdater koden" in shown.text()
    await play.kari.closes()
    await play.kari.clicks("Oppdater koden", where=told)
    await tells(play.kari, "Koden er gått ut", "Det er bedt om")
    await play.kari.closes()
    await play.kari.clicks("Vis koden", where=ready)
    shown = await play.kari.sees_view("Godkjenningskoden")
    assert "Det er bedt om at den blir oppdatert" in shown.text()
    assert "Oppdater koden" not in [button.text for button in shown.buttons()]
    await play.kari.closes()
    await loses_its_account_holders(play)
    await play.kari.clicks("Vis koden", where=ready)
    shown = await play.kari.sees_view("Godkjenningskoden")
    assert "har ingen kontoholder nå" in shown.text()
    assert "Oppdater koden" not in [button.text for button in shown.buttons()]
