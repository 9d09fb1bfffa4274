"""Everybody can use the page: by keyboard alone, enlarged, on a phone, in the dark."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.browser.player import COMMAND, FORM, Player
from tests.browser.scene import Scene, scene

LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "twice as large": {"viewport": {"width": 640, "height": 400}},
}


async def is_fit_for_everybody(player: Player) -> None:
    await player.page.wait_for_timeout(200)  # colours are read when what appears has appeared
    found = await Axe().run(player.page)
    assert found.violations_count == 0, found.generate_report()
    wide = await player.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels too wide"


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_every_screen_is_fit_for_everybody(
    browser: Browser, tmp_path: Path, look: dict[str, Any]
) -> None:
    async with scene(browser, tmp_path, look=look) as play:
        kari, ola = await play.opens("kari"), await play.opens("ola")
        await is_fit_for_everybody(kari)
        await kari.types(COMMAND)
        await kari.sees("Fornavn", kari.modal)
        await is_fit_for_everybody(kari)
        await kari.submits()
        await kari.sees("Fyll ut dette feltet.", kari.modal)
        await is_fit_for_everybody(kari)
        await kari.fills(FORM)
        await kari.submits()
        await ola.sees_message("ber om")
        await is_fit_for_everybody(ola)
        await ola.clicks("Godkjenn")
        await ola.sees_modal("Godkjenn forespørsel")
        await is_fit_for_everybody(ola)
        await ola.fills({"Jeg bekrefter": True})
        await ola.submits()
        await kari.sees_message("Koden din er klar")
        await kari.clicks("Vis koden")
        await kari.sees_modal("Godkjenningskoden")
        await is_fit_for_everybody(kari)
        await kari.press("Escape")
        await ola.types(f"{COMMAND} koder")
        await ola.sees_modal("Organisasjonens koder")
        await ola.clicks("Trekk tilbake")
        await is_fit_for_everybody(ola)
        await kari.goes_to("hjem")
        await kari.sees("Mine koder", kari.conversation)
        await kari.press("Alt+u")
        await kari.sees("chat.postMessage", kari.page.locator("#hood"))
        for name in ("Utboks", "Hendelser"):
            await kari.page.get_by_text(name, exact=True).click()
        await is_fit_for_everybody(kari)
        await kari.goes_to("meldinger")
        await kari.types("når går koden min ut?")
        await kari.sees_message("dager igjen")
        await kari.types("koden virker ikke")
        await kari.sees_message("Mente du …?")
        await is_fit_for_everybody(kari)
        await kari.clicks("Spør kontoholder")
        await kari.sees_modal("Spør kontoholder")
        await is_fit_for_everybody(kari)
        await kari.press("Escape")
        await kari.goes_to("hjem")
        await kari.clicks("Hvordan ser koden ut?", kari.conversation)
        await kari.sees_modal("Spørsmål og svar")
        await is_fit_for_everybody(kari)
        await kari.press("Escape")
        await kari.goes_to("generelt")
        await kari.page.locator("#composer-text").press_sequentially("/go")
        await is_fit_for_everybody(kari)


async def test_the_whole_way_by_keyboard_alone(play: Scene) -> None:
    kari = await play.opens("kari")
    await expect(kari.page.locator("#composer-text")).to_be_focused()
    await kari.page.keyboard.type("/go")
    await kari.press("Tab", "Enter")
    await kari.sees("Fornavn", kari.modal)
    await tabs_to(kari, "Rolle i organisasjonen")
    await kari.page.keyboard.type("Fri")
    await tabs_to(kari, "Personen har representasjonsmyndighet i organisasjonen")
    await kari.press("Space")
    await tabs_to(kari, "Send")
    await kari.press("Enter")
    await kari.sees_no_modal()
    await kari.press("Alt+2")
    await kari.sees_message("Kari Nordmann ber om")
    await tabs_to(kari, "Godkjenn", backwards=True)
    await kari.press("Enter")
    await kari.sees_modal("Godkjenn forespørsel")
    await tabs_to(kari, "Jeg bekrefter at Kari Nordmann har representasjonsmyndighet")
    await kari.press("Space", "Enter")  # Enter in a form sends it
    await kari.sees_no_modal()
    await kari.press("Alt+1")
    await kari.sees_message("Koden din er klar")
    await tabs_to(kari, "Vis koden", backwards=True)
    await kari.press("Enter")
    await kari.sees_modal("Godkjenningskoden")
    await kari.press("Escape")
    await kari.sees_no_modal()
    await expect(kari.page.get_by_role("button", name="Vis koden")).to_be_focused()


async def tabs_to(player: Player, name: str, *, backwards: bool = False) -> None:
    """Press Tab until the focus is on what a screen reader calls by this name."""
    for _ in range(60):
        await player.press("Shift+Tab" if backwards else "Tab")
        called = await player.page.evaluate(
            """() => {
                const at = document.activeElement;
                const label = at.labels?.[0]?.innerText ?? at.innerText ?? "";
                return label.trim();
            }"""
        )
        if called == name:
            return
    raise AssertionError(f"the focus never came to «{name}»")


async def test_a_modal_keeps_the_focus_inside_it(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.types(COMMAND)
    await kari.sees("Fornavn", kari.modal)
    for _ in range(20):
        await kari.press("Tab")
        where = (
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
        assert await kari.page.evaluate(where)
