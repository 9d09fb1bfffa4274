"""A new organisation is registered in the trial room, and the operator answers."""

from pathlib import Path

from playwright.async_api import expect

from bot.trial.room.cast import Beginning
from tests.browser.player import COMMAND
from tests.browser.scene import Scene, scene
from tests.browser.test_guide import has_done, is_pointed_at, takes
from tests.browser.windows import Windows

FORM = {
    "Organisasjonsnummer": "988 077 917",
    "Kortnavn i kodene": "Fjordglimt",
    "Ja": True,
    "Boten": True,
}


async def test_registered_refused_put_right_and_approved(windows: Windows, tmp_path: Path) -> None:
    async with scene(windows, tmp_path, begins=Beginning.UNREGISTERED) as play:
        me = await play.opens("kari")
        await me.types(COMMAND)
        await me.sees("En administrator i Slack kan gjøre det")
        await me.sees_no("Registrer organisasjonen")
        await takes(me, "Du er Anne.")
        field = me.page.locator("#composer-text")
        await expect(field).to_have_value(f"{COMMAND} registrer")
        await me.press("Enter")
        await me.sees_modal("Registrer organisasjonen")
        await expect(me.modal.get_by_label("Navn", exact=True)).to_have_value("Fjordglimt")
        await me.fills({**FORM, "Organisasjonsnummer": "988 077 918"})
        await me.submits()
        await me.sees("Et av sifrene er feil", me.modal)
        await me.fills({"Organisasjonsnummer": FORM["Organisasjonsnummer"]})
        await me.submits()
        await me.sees_modal("Sendt til godkjenning")
        await me.sees("123a4567@Fjordglimt", me.modal)
        await me.press("Escape")
        await has_done(me, 1, 8)
        await takes(me, "Bytt til Per")
        await is_pointed_at(me, "Godkjenn")
        message = await me.sees_message("Ny organisasjon", "988 077 917")
        await me.clicks("Avslå", message)
        await me.sees_modal("Avslå registreringen")
        await me.fills({"Grunn": "Skriv det fulle navnet."})
        await me.submits()
        await me.sees_no_modal()
        await me.sees_message("Ny organisasjon", "Avslått")

        anne = await play.opens("anne")
        await anne.sees_message("Registreringen er ikke godkjent", "Skriv det fulle navnet.")
        await anne.clicks("Rett og send på nytt")
        await anne.sees_modal("Registrer organisasjonen")
        await anne.modal.get_by_label("Navn", exact=True).fill("Fjordglimt frivilligsentral")
        await anne.submits()
        await anne.sees_modal("Sendt til godkjenning")
        await anne.clicks("Lukk")
        message = await me.sees_message("Ny organisasjon", "Fjordglimt frivilligsentral")
        await me.clicks("Godkjenn", message)
        await me.sees_message("Ny organisasjon", "Fjordglimt frivilligsentral", "Steng")
        await has_done(me, 2, 8)
        await anne.sees_message("Organisasjonen er godkjent")

        kari = await play.opens("kari")
        await kari.asks()
        await anne.approves()
        await kari.sees_message("Koden din er klar")
        await kari.clicks("Vis koden")
        await kari.sees("@Fjordglimt", kari.modal)


async def test_the_room_can_be_begun_without_an_organisation_and_again_with(play: Scene) -> None:
    kari = await play.opens("kari")
    for button, told in (
        ("Uten organisasjon", "ikke registrert her ennå"),
        ("Begynn på nytt", "Be om godkjenningskode"),
    ):
        await kari.page.get_by_role("button", name="Begynn på nytt").first.click()
        async with kari.page.expect_navigation():
            await kari.confirms(button)
        await kari.types(COMMAND)
        await kari.page.get_by_text(told).filter(visible=True).last.wait_for()
        await kari.page.reload()
