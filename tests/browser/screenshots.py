"""`make screenshots`: pictures of the main screens, light and dark, as they are now.

Each look has a folder of its own under `screenshots/`; README shows three of them.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import ViewportSize, expect

from bot.trial.room.cast import Beginning
from tests.browser import chromium
from tests.browser.player import COMMAND, FORM, Player
from tests.browser.scene import Scene, scene
from tests.browser.windows import Windows

FOLDER = Path(__file__).parent / "screenshots"
DESKTOP = ViewportSize(width=1200, height=720)
PHONE = ViewportSize(width=390, height=780)
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESKTOP, "color_scheme": "light"},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light", "device_scale_factor": 2},
}


async def take_all() -> None:
    async with chromium.launched() as browser:
        for name, look in LOOKS.items():
            with tempfile.TemporaryDirectory() as folder:
                windows, there = Windows(browser), Path(folder)
                async with scene(windows, there / "registered", look=look) as play:
                    await _play(play, FOLDER / name)
                async with scene(
                    windows, there / "new", look=look, begins=Beginning.UNREGISTERED
                ) as play:
                    await _register(play, FOLDER / name)


async def _play(play: Scene, folder: Path) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    async with _picture(kari, folder / "form.png"):
        await kari.types(COMMAND)
        await kari.sees("Fornavn", kari.modal)
        await kari.fills({**FORM, "Hva skal koden brukes til?": "Microsoft 365"})
    async with _picture(kari, folder / "colleague.png"):
        await kari.modal.get_by_label("En kollega").check()
        await expect(kari.modal.get_by_label("Kollega", exact=True)).to_be_visible()
    await kari.modal.get_by_label("Meg", exact=True).check()
    await expect(kari.modal.get_by_label("Fornavn")).to_have_value("Kari")
    await kari.fills(FORM)
    await kari.submits()
    async with _picture(kari, folder / "home-waiting.png"):
        await kari.goes_to("hjem")
        await kari.sees("Venter på svar", kari.conversation)
    await kari.goes_to("meldinger")
    async with _picture(ola, folder / "conversation.png"):
        await ola.sees_message("ber om")
    async with _picture(ola, folder / "approve.png"):
        await ola.clicks("Godkjenn")
        await ola.sees_modal("Godkjenn forespørsel")
        await ola.fills({"Jeg bekrefter": True})
    await ola.submits()
    async with _picture(kari, folder / "ready.png"):
        await kari.sees_message("Koden din er klar")
    async with _picture(kari, folder / "modal.png"):
        await kari.clicks("Vis koden")
        await kari.sees_modal("Godkjenningskoden")
    await kari.press("Escape")
    await kari.sees_no_modal()
    async with _picture(ola, folder / "codes.png"):
        await ola.types(f"{COMMAND} koder")
        await ola.sees_modal("Organisasjonens koder")
    async with _picture(kari, folder / "notice.png"):
        await kari.travels("Til neste varsel")
        await kari.sees_message("Koden går ut om 14 dager")
    async with _picture(kari, folder / "home.png"):
        await kari.goes_to("hjem")
        await kari.sees("Går snart ut", kari.conversation)
    per = await play.opens("per")
    await per.asks()
    async with _picture(ola, folder / "home-account-holder.png"):
        await ola.press("Escape")
        await ola.goes_to("hjem")
        await ola.sees("Per Lund", ola.conversation)
    async with _picture(kari, folder / "channel.png"):
        await kari.goes_to("styret")
        await kari.page.locator("#composer-text").press_sequentially("/go")
    async with _picture(kari, folder / "mention.png"):
        await kari.types("@Godkjenningsbot når går koden min ut?")
        await kari.sees("har jeg sendt deg i en direktemelding")
    await kari.goes_to("meldinger")
    async with _picture(kari, folder / "answer.png"):
        await kari.types("kan vi ikke bare oppdatere den gamle koden?")
        await kari.sees_message("Ny kode eller oppdatere?")
        await kari.types("når går koden min ut?")
        await kari.sees_message("Når går koden ut?", "dager igjen")
    async with _picture(kari, folder / "choice.png"):
        await kari.types("er det noe med koden min?")
        await kari.sees_message("Mente du …?")
        await kari.types("hva koster Adobe for oss?")
        await kari.sees_message("Det kan jeg ikke svare på")
    async with _picture(kari, folder / "topic.png"):
        await kari.goes_to("hjem")
        await kari.clicks("Alle spørsmål", kari.conversation)
        await kari.sees_modal("Alle spørsmål")
        await kari.clicks("Hvordan ser koden ut?")
        await kari.sees_modal("Spørsmål og svar")
    await kari.press("Escape")
    async with _picture(ola, folder / "unanswered.png"):
        await ola.goes_to("hjem")
        await ola.clicks("Spørsmål uten svar", ola.conversation)
        await ola.sees_modal("Spørsmål uten svar")
    await ola.press("Escape")
    await ola.sees_no_modal()
    for name, picture in (("Personer", "people"), ("Historikk", "history")):
        async with _picture(ola, folder / f"{picture}.png"):
            await ola.clicks(name, ola.conversation)
            await ola.sees_modal(name)
        await ola.clicks("Lukk")
        await ola.sees_no_modal()
    await kari.goes_to("meldinger")
    async with _picture(kari, folder / "hood.png"):
        await kari.page.locator("#composer-text").fill("")
        await kari.press("Alt+u")
        await kari.sees("chat.postMessage", kari.page.locator("#hood"))


async def _register(play: Scene, folder: Path) -> None:
    anne, per = await play.opens("anne"), await play.opens("per", "drift")
    async with _picture(anne, folder / "unregistered.png"):
        await anne.goes_to("hjem")
        await anne.sees("ikke registrert her ennå", anne.conversation)
    async with _picture(anne, folder / "register.png"):
        await anne.clicks("Registrer organisasjonen", anne.conversation)
        await anne.sees_modal("Registrer organisasjonen")
        await anne.fills({"Organisasjonsnummer": "988 077 917", "Ja": True, "Boten": True})
    await anne.submits()
    await anne.sees_modal("Sendt til godkjenning")
    async with _picture(per, folder / "operator.png"):
        await per.sees_message("Ny organisasjon", "Avslå")


@asynccontextmanager
async def _picture(player: Player, path: Path) -> AsyncIterator[None]:
    """A picture of what is on the screen when the block ends."""
    yield
    path.parent.mkdir(parents=True, exist_ok=True)
    await player.page.wait_for_timeout(250)  # what appears has appeared
    await player.page.screenshot(path=path, animations="disabled", caret="hide")


if __name__ == "__main__":
    if chromium.path() is None:
        sys.exit(chromium.MISSING)
    asyncio.run(take_all())
