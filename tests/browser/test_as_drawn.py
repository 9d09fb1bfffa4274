"""What stands on the page can be clicked, and is answered, though the bot has changed it since."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from playwright.async_api import expect

from tests.browser.player import COMMAND, Player
from tests.browser.scene import Scene
from tests.browser.test_codes import has_code


@asynccontextmanager
async def standing_still(player: Player, still: str) -> AsyncIterator[None]:
    """What comes for this part of the page is under way until the block ends."""
    await player.page.evaluate(
        """still => {
            const [show, late] = [window.show, []];
            window.show = (region, html) => region === still ? late.push(html) : show(region, html);
            window.goOn = () => {
                window.show = show;
                for (const html of late) show(still, html);
            };
        }""",
        still,
    )
    yield
    await player.page.evaluate("goOn()")


async def test_a_button_of_an_old_home_is_answered(play: Scene) -> None:
    kari, _ = await has_code(play)
    await kari.goes_to("hjem")
    await kari.sees("Gyldig til", kari.conversation)
    async with standing_still(kari, "place"):
        await play.room.people["kari"].opens_home()
        await kari.clicks("Vis koden", kari.conversation)
        await kari.sees_modal("Godkjenningskoden")
        await kari.press("Escape")
        await kari.sees_no_modal()
        await kari.clicks("Kan koden brukes flere ganger?", kari.conversation)
        await kari.sees_modal("Spørsmål og svar")


async def test_a_button_of_an_old_message_is_answered(play: Scene) -> None:
    kari, ola, anne = [await play.opens(slug) for slug in ("kari", "ola", "anne")]
    await kari.asks()
    for holder in (ola, anne):
        await holder.sees_message("ber om")
    async with standing_still(ola, "place"):
        await anne.approves()
        await play.room.people["ola"].sees_message("godkjent av @Anne Berg")
        await ola.clicks("Godkjenn")
    await ola.sees("Forespørselen er allerede godkjent av @Anne Berg.", ola.modal)


async def test_a_row_of_an_old_list_is_answered(play: Scene) -> None:
    _, ola = await has_code(play)
    await ola.types(f"{COMMAND} koder")
    whole = await ola.sees_modal("Organisasjonens koder")
    elsewhere = await play.opens("ola")
    await elsewhere.sees_modal("Organisasjonens koder")
    async with standing_still(ola, "modals"):
        await elsewhere.clicks("Oppdater koden")
        await elsewhere.confirms("Oppdater koden")
        await expect(elsewhere.modal).to_contain_text("Erstattet")
        await ola.clicks("Vis koden", whole)
    await ola.sees("Koden er erstattet av en nyere.", ola.modal)
    await ola.clicks("Lukk")
    await expect(ola.modal).to_contain_text("Erstattet")


async def test_a_dialog_that_asks_stays_and_means_what_it_asked(play: Scene) -> None:
    kari, ola = await has_code(play)
    await play.room.travel(timedelta(hours=1))
    await ola.asks()
    await ola.sees_message("Koden din er klar")
    await ola.types(f"{COMMAND} koder")
    whole = await ola.sees_modal("Organisasjonens koder")
    elsewhere = await play.opens("ola")
    await elsewhere.sees_modal("Organisasjonens koder")
    # Kari's runs out first.
    await whole.get_by_role("button", name="Trekk tilbake").first.click()
    await elsewhere.modal.get_by_role("button", name="Oppdater koden").last.click()
    await elsewhere.confirms("Oppdater koden")
    await expect(whole).to_contain_text("Erstattet")
    await ola.confirms("Trekk tilbake")
    await expect(whole).to_contain_text("Trukket tilbake")
    await kari.sees_message("trukket tilbake")
