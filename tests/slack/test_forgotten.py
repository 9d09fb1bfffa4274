"""What is shown in Slack outlives what is kept of it: a click on it is answered in words."""

from datetime import timedelta

from bot.trial.sandbox import Human
from storage import schema
from storage.records import CODE_LIFETIME, REQUEST_LIFETIME, CodeState
from storage.sql import select
from tests.slack.stage import COMMAND, Stage

DAY = timedelta(days=1)


async def forget_all(play: Stage) -> None:
    """Kari's code runs out, and is forgotten years after."""

    async def is_expired() -> bool:
        return [code.state for code in await play.codes()] == [CodeState.EXPIRED]

    async def is_forgotten() -> bool:
        return not await play.codes()

    play.travel(days=CODE_LIFETIME / DAY)
    await play.until(is_expired, "the code does not run out")
    await play.kari.sees("er gått ut")
    play.travel(days=play.settings.keeps / DAY)
    await play.until(is_forgotten, "the code is not forgotten")


async def test_a_button_for_a_code_that_is_forgotten_says_so(play: Stage) -> None:
    await play.has_code(play.kari)
    await forget_all(play)
    for button in ("Vis koden", "Oppdater koden"):
        await play.kari.clicks(button)
        await is_told_that_it_is_gone(play.kari)


async def is_told_that_it_is_gone(who: Human) -> None:
    told = await who.sees_view("Godkjenningskode")
    assert "så gammelt at det er slettet" in told.text()
    await who.closes()


async def test_a_request_that_is_forgotten_can_be_neither_decided_nor_withdrawn(
    http_play: Stage,
) -> None:
    """Clicked in a copy as it stood years ago, which Slack may not have let us change since."""
    await http_play.asks(http_play.kari)
    asked = await http_play.ola.sees_message("ber om")
    sent = await http_play.kari.sees_message("sendt til")
    drawn = [
        *((http_play.ola, asked, asked.button(text)) for text in ("Godkjenn", "Avslå")),
        (http_play.kari, sent, sent.button("Trekk forespørselen")),
    ]
    http_play.travel(days=REQUEST_LIFETIME / DAY)
    await http_play.kari.sees("Ingen svarte")
    http_play.travel(days=http_play.settings.keeps / DAY)

    async def is_forgotten() -> bool:
        async with http_play.database.reading() as reading:
            return not await reading.rows(select(schema.people))

    await http_play.until(is_forgotten, "the request is not forgotten")
    for who, message, button in drawn:
        await who.presses(button, message)
        await is_told_that_it_is_gone(who)


async def test_lists_and_home_show_that_there_is_nothing(http_play: Stage) -> None:
    await http_play.has_code(http_play.kari)
    await forget_all(http_play)
    await http_play.kari.opens_home()
    await http_play.kari.sees_home("Be om")
    await http_play.ola.types(f"{COMMAND} koder")
    await http_play.ola.sees("ingen koder")
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
