"""Everybody can use the page: by keyboard alone, enlarged, on a phone, in the dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.async_api import Page, expect

from tests.browser.player import COMMAND, FORM, Player
from tests.browser.scene import Scene


@dataclass(frozen=True, slots=True)
class Look:
    width: int
    height: int
    color_scheme: Literal["light", "dark"]
    rules: tuple[str, ...] = ()
    """What this look may break that the others do not show; all there is where it is empty."""


BY_COLOUR_AND_SIZE = ("color-contrast", "scrollable-region-focusable")
LOOKS = {
    "desktop": Look(1280, 800, "light"),
    "dark": Look(1280, 800, "dark", BY_COLOUR_AND_SIZE),
    "twice as large": Look(640, 400, "light", BY_COLOUR_AND_SIZE),
    "phone": Look(360, 740, "dark"),
}
"""The last is the one in which the way goes on: whatever there is to click is in reach there."""


async def is_fit_for_everybody(page: Page) -> None:
    for name, look in LOOKS.items():
        await page.set_viewport_size({"width": look.width, "height": look.height})
        await page.emulate_media(color_scheme=look.color_scheme, reduced_motion="no-preference")
        found = await violations(page, look.rules)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name}: {wide} pixels too wide"


async def violations(page: Page, rules: Sequence[str]) -> AxeResults:
    """Colours are read when what appears has appeared."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    return AxeResults(
        await page.evaluate(
            """async options => {
                await new Promise(requestAnimationFrame);
                await Promise.all(document.getAnimations().map(each => each.finished));
                return axe.run(options);
            }""",
            {"resultTypes": ["violations"], **only},
        )
    )


async def test_every_screen_is_fit_for_everybody(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await is_fit_for_everybody(kari.page)
    await kari.types(COMMAND)
    await kari.sees("Fornavn", kari.modal)
    await is_fit_for_everybody(kari.page)
    await kari.submits()
    await kari.sees("Velg noe her.", kari.modal)
    await is_fit_for_everybody(kari.page)
    await kari.fills(FORM)
    await kari.submits()
    await ola.sees_message("ber om")
    await is_fit_for_everybody(ola.page)
    await ola.clicks("Godkjenn")
    await ola.sees_modal("Godkjenn forespørsel")
    await is_fit_for_everybody(ola.page)
    await ola.fills({"Jeg bekrefter": True})
    await ola.submits()
    await kari.sees_message("Koden din er klar")
    await kari.clicks("Vis koden")
    await kari.sees_modal("Godkjenningskoden")
    await is_fit_for_everybody(kari.page)
    await kari.press("Escape")
    await ola.types(f"{COMMAND} koder")
    await ola.sees_modal("Organisasjonens koder")
    await ola.clicks("Trekk tilbake")
    await is_fit_for_everybody(ola.page)
    await kari.goes_to("hjem")
    await kari.sees("Alle spørsmål", kari.conversation)
    await kari.press("Alt+u")
    await kari.sees("chat.postMessage", kari.page.locator("#hood"))
    for name in ("Utboks", "Hendelser"):
        await kari.page.get_by_text(name, exact=True).click()
    await is_fit_for_everybody(kari.page)
    await kari.goes_to("meldinger")
    await kari.types("når går koden min ut?")
    await kari.sees_message("dager igjen")
    await kari.types("er det noe med koden min")
    await kari.sees_message("Mente du …?")
    await is_fit_for_everybody(kari.page)
    await kari.clicks("Spør kontoholder")
    await kari.sees_modal("Spør kontoholder")
    await is_fit_for_everybody(kari.page)
    await kari.press("Escape")
    await kari.goes_to("hjem")
    await kari.clicks("Alle spørsmål", kari.conversation)
    await kari.sees_modal("Alle spørsmål")
    await is_fit_for_everybody(kari.page)
    await kari.clicks("Hvordan ser koden ut?")
    await kari.sees_modal("Spørsmål og svar")
    await is_fit_for_everybody(kari.page)
    await kari.press("Escape")
    await kari.goes_to("generelt")
    await kari.page.locator("#composer-text").press_sequentially("/go")
    await is_fit_for_everybody(kari.page)
    await kari.types("/kode")
    await expect(kari.page.locator("#toast")).to_be_visible()
    await is_fit_for_everybody(kari.page)
    await kari.page.locator("#guide summary").click()
    found = await violations(kari.page, LOOKS["phone"].rules)
    assert found.violations_count == 0, found.generate_report()


async def test_the_whole_way_by_keyboard_alone(play: Scene) -> None:
    kari = await play.opens("kari")
    await expect(kari.page.locator("#composer-text")).to_be_focused()
    await kari.page.keyboard.type("/go")
    await kari.press("Tab", "Enter")
    await kari.sees("Fornavn", kari.modal)
    await tabs_to(kari, "Rolle i organisasjonen")
    await kari.page.keyboard.type("Fri")
    await tabs_to(kari, "Jeg har representasjonsmyndighet i organisasjonen")
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
    decided = await kari.sees_message("godkjent av @Ola Hansen")
    await expect(decided.locator("> article")).to_be_focused()
    await kari.press("Alt+1")
    await kari.sees_message("Koden din er klar")
    await tabs_to(kari, "Vis koden", backwards=True)
    await kari.press("Enter")
    await kari.sees_modal("Godkjenningskoden")
    await kari.press("Escape")
    await kari.sees_no_modal()
    await expect(kari.page.get_by_role("button", name="Vis koden")).to_be_focused()


async def test_what_is_decided_from_a_list_leaves_the_focus_in_the_list(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await kari.asks()
    await ola.sees_message("ber om")
    await ola.types(f"{COMMAND} behandle")
    await ola.sees_modal("Venter på svar")
    await ola.modal.get_by_role("button", name="Godkjenn").press("Enter")
    await ola.sees_modal("Godkjenn forespørsel")
    await ola.modal.get_by_role("checkbox").press("Space")
    await ola.press("Enter")
    await ola.sees_modal("Venter på svar")
    await expect(ola.modal.locator("h2")).to_be_focused()


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
