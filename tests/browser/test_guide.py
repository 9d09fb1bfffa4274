"""«Slik prøver du»: its steps can be pressed, lead to what is to be done, and are ticked off."""

from playwright.async_api import Locator, expect

from tests.browser.player import FORM, Player
from tests.browser.scene import Scene
from tests.browser.test_page import is_at


def guide(player: Player) -> Locator:
    return player.page.locator("#guide")


async def takes(player: Player, step: str) -> None:
    await guide(player).get_by_role("link", name=step).click()


async def has_done(player: Player, count: int, of: int = 6) -> None:
    await expect(guide(player).locator("li.done")).to_have_count(count)
    await expect(guide(player).locator(".progress")).to_have_text(f"{count}/{of}")


async def is_pointed_at(player: Player, name: str) -> None:
    button = player.page.get_by_role("button", name=name, exact=True).last
    await expect(button).to_be_focused()
    await expect(button).to_have_attribute("data-pointed", "")


async def test_each_step_leads_on_and_is_ticked_off(play: Scene) -> None:
    me = await play.opens("per")
    field = me.page.locator("#composer-text")
    await has_done(me, 0)
    await takes(me, "Du er Kari.")
    await is_at(play, me, "kari/meldinger")
    await expect(field).to_have_value("/godkjenningskode")
    await me.press("Enter")
    await me.sees("Fornavn", me.modal)
    await me.fills(FORM)
    await me.submits()
    await has_done(me, 1)
    await me.sees_message("sendt")
    await takes(me, "Bytt til Ola")
    await is_pointed_at(me, "Godkjenn")
    await me.press("Enter")
    await me.sees_modal("Godkjenn forespørsel")
    await me.fills({"Jeg bekrefter": True})
    await me.submits()
    await has_done(me, 2)
    await takes(me, "Bytt tilbake til Kari")
    await is_pointed_at(me, "Vis koden")
    await me.press("Enter")
    await me.sees_modal("Godkjenningskoden")
    await has_done(me, 3)
    await me.press("Escape")
    await me.sees_no_modal()
    await takes(me, "Trykk Til neste varsel")
    await is_pointed_at(me, "Til neste varsel")
    await me.press("Enter")
    await me.sees_message("Koden går ut om 14 dager")
    await has_done(me, 4)
    await takes(me, "Trykk Oppdater koden")
    await is_pointed_at(me, "Oppdater koden")
    await me.press("Enter")
    await me.sees_modal("Godkjenningskode")
    await me.press("Escape")
    await me.sees_no_modal()
    await takes(me, "Bytt til Ola")
    await is_pointed_at(me, "Godkjenn")
    await me.approves()
    await has_done(me, 5)
    await takes(me, "Still et spørsmål")
    await expect(field).to_have_value("når går koden min ut?")
    await me.press("Enter")
    await has_done(me, 6)


async def test_a_step_that_cannot_be_taken_yet_says_so_and_points_when_it_can(play: Scene) -> None:
    ola = await play.opens("ola")
    await takes(ola, "Bytt til Ola")
    await expect(ola.page.locator("#toast")).to_contain_text("Ta stegene i rekkefølge.")
    kari = await play.opens("kari")
    await kari.asks()
    await is_pointed_at(ola, "Godkjenn")
    await expect(ola.page.locator("#toast")).to_be_hidden()


async def test_a_step_leaves_what_is_half_written(play: Scene) -> None:
    kari = await play.opens("kari")
    field = kari.page.locator("#composer-text")
    await field.fill("Hei, jeg lurer på")
    await takes(kari, "Still et spørsmål")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Hei, jeg lurer på")
