"""Many workspaces, one bot: from the button on its page to the first code, in the trial room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from bot.trial.room.cast import Beginning
from tests.browser.player import COMMAND, Player
from tests.browser.scene import Scene, scene
from tests.browser.test_accessibility import LOOKS, is_fit_for_everybody, tabs_to, violations
from tests.browser.test_guide import has_done, is_pointed_at, takes
from tests.browser.test_page import is_at
from tests.browser.windows import Windows

REGISTRATION = {
    "Organisasjonsnummer": "988 077 917",
    "Kortnavn i kodene": "Fjellklang",
    "Ja": True,
    "Boten": True,
}


@pytest_asyncio.fixture(loop_scope="session")
async def shared(windows: Windows, tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(windows, tmp_path, begins=Beginning.MANY) as ready:
        yield ready


async def is_headed(player: Player, text: str) -> None:
    await expect(player.page.get_by_role("heading", level=1)).to_have_text(text)


async def adds_the_bot(play: Scene, me: Player) -> None:
    """As Liv, from the bot's own page to the room, where it is now."""
    await me.page.get_by_role("link", name="Legg til i Slack").click()
    await is_headed(me, "Godkjenningsbot vil inn i Fjordglimt eller Fjellklang")
    await me.page.get_by_role("button", name="Tillat som Liv Moen i Fjellklang").click()
    await is_headed(me, "Boten er lagt til")
    await expect(me.page.locator("main")).to_contain_text("i arbeidsområdet Fjellklang.")
    await me.page.get_by_role("link", name="Åpne Slack").click()
    await is_at(play, me, "liv/meldinger")
    await me.sees_message("Takk for at du la meg til i Slack")


async def registers(me: Player) -> None:
    await me.press("Enter")
    await me.sees_modal("Registrer organisasjonen")
    await expect(me.modal.get_by_label("Navn", exact=True)).to_have_value("Fjellklang")
    await me.fills(REGISTRATION)
    await me.submits()
    await me.sees_modal("Sendt til godkjenning")
    await me.press("Escape")
    await me.sees_no_modal()


async def test_from_the_button_to_the_first_code_by_the_steps_of_the_guide(shared: Scene) -> None:
    me = await shared.opens("kari")
    await has_done(me, 0)
    await takes(me, "Gå til botens egen side")
    await is_headed(me, "Godkjenningsbot")
    await adds_the_bot(shared, me)
    await has_done(me, 1)
    await takes(me, "Du er Liv.")
    await is_pointed_at(me, "Registrer organisasjonen")
    await registers(me)
    await has_done(me, 2)
    await takes(me, "Bytt til Per i Fjordglimt")
    await is_at_operators(shared, me)
    await is_pointed_at(me, "Godkjenn")
    asked = await me.sees_message("Ny organisasjon", "Fjellklang", "Liv Moen", "988 077 917")
    await me.clicks("Godkjenn", asked)
    await has_done(me, 3)
    await takes(me, "Du er Amir.")
    await is_at(shared, me, "amir/meldinger")
    await me.asks()
    await has_done(me, 4)
    await takes(me, "Bytt til Liv")
    await is_pointed_at(me, "Godkjenn")
    await me.sees_message("Amir Haddad ber om")
    await me.approves()
    await has_done(me, 5)
    await takes(me, "Bytt tilbake til Amir")
    await is_pointed_at(me, "Vis koden")
    await me.press("Enter")
    await me.sees_modal("Godkjenningskoden")
    await me.sees("@Fjellklang", me.modal)
    await has_done(me, 6)
    await is_not_told_next_door(shared)


async def is_at_operators(play: Scene, me: Player) -> None:
    await expect(me.page).to_have_url(f"{play.url}/per/drift")


async def is_not_told_next_door(play: Scene) -> None:
    """The first workspace has no code, and nobody but the operator has heard of anything."""
    ola = await play.opens("ola")
    await ola.types(f"{COMMAND} koder")
    await ola.sees_modal("Organisasjonens koder")
    await expect(ola.modal).not_to_contain_text("Amir")
    await ola.press("Escape")
    await expect(ola.conversation).not_to_contain_text("Amir")


async def test_before_the_bot_is_added_it_is_nowhere_and_the_way_to_it_is_shown(
    shared: Scene,
) -> None:
    amir = await shared.opens("amir")
    await amir.sees("Boten er ikke lagt til i Fjellklang ennå.")
    sidebar = amir.page.locator("#sidebar")
    await expect(sidebar.get_by_role("link", name="Hjem")).to_have_count(0)
    await amir.types(COMMAND)
    await expect(amir.page.locator("#toast")).to_contain_text("ikke lagt til i Fjellklang")
    await sidebar.get_by_role("link", name="Legg til boten").click()
    await is_headed(amir, "Godkjenningsbot")
    await amir.page.get_by_role("link", name="Legg til i Slack").click()
    await amir.page.get_by_role("button", name="Avbryt").click()
    await is_headed(amir, "Boten er ikke lagt til")


async def test_whoever_looks_on_sees_the_bot_arrive(shared: Scene) -> None:
    amir, liv = await shared.opens("amir"), await shared.opens("liv")
    await liv.page.get_by_role("link", name="Gå til siden der den legges til").click()
    await adds_the_bot(shared, liv)
    await expect(amir.page.locator("#sidebar").get_by_role("link", name="Hjem")).to_be_visible()
    await amir.types(COMMAND)
    await amir.sees("En administrator i Slack kan gjøre det")


async def test_one_key_leads_from_one_workspace_to_the_other(shared: Scene) -> None:
    me = await shared.opens("kari", "hjem")
    workspaces = me.page.locator("#sidebar").get_by_role("list")
    for name, people in (("Fjordglimt", 4), ("Fjellklang", 2)):
        own = workspaces.and_(me.page.get_by_label(name, exact=True))
        await expect(own.get_by_role("listitem")).to_have_count(people)
    await me.press("Alt+6")  # where nobody has a Home yet
    await is_at(shared, me, "amir/meldinger")
    await me.press("Alt+1")
    await is_at(shared, me, "kari/meldinger")
    await tabs_back_to(me, "Liv Moen")
    await me.press("Enter")
    await is_at(shared, me, "liv/meldinger")


async def tabs_back_to(player: Player, name: str) -> None:
    for _ in range(60):
        await player.press("Shift+Tab")
        held = "document.activeElement.closest('a')?.textContent ?? ''"
        if name in await player.page.evaluate(held):
            return
    raise AssertionError(f"the focus never came to «{name}»")


async def test_nobody_is_offered_whoever_is_next_door(shared: Scene) -> None:
    liv, kari = await shared.opens("liv", "alle"), await shared.opens("kari", "generelt")
    for player, known, unknown in ((liv, "@Amir Haddad", "@Ola"), (kari, "@Ola Hansen", "@Amir")):
        field = player.page.locator("#composer-text")
        await field.press_sequentially(known[:4])
        await expect(player.page.get_by_role("option")).to_have_text([known])
        await field.fill("")
        await field.press_sequentially(unknown)
        await expect(player.page.get_by_role("option")).to_have_count(0)


async def test_under_the_hood_is_what_concerns_the_workspace(shared: Scene) -> None:
    per, liv = await shared.opens("per", "drift"), await shared.opens("liv")
    await liv.page.get_by_role("link", name="Gå til siden der den legges til").click()
    await adds_the_bot(shared, liv)
    for player, name, sees in ((liv, "Fjellklang", True), (per, "Fjordglimt", False)):
        await player.press("Alt+u")
        hood = player.page.locator("#hood")
        await expect(hood.get_by_text(name, exact=True)).to_be_visible()
        await expect(hood.get_by_text("oauth.v2.access")).to_have_count(int(sees))
    await liv.page.locator("#hood details.row").first.locator("summary").click()
    await expect(liv.page.locator("#hood details.row pre").first).to_be_visible()


async def test_begun_anew_the_bot_is_not_there_any_more(shared: Scene) -> None:
    liv = await shared.opens("liv")
    await liv.page.get_by_role("link", name="Gå til siden der den legges til").click()
    await adds_the_bot(shared, liv)
    await liv.page.get_by_role("button", name="Begynn på nytt").first.click()
    await expect(liv.page.get_by_role("button", name="Uten organisasjon")).to_have_count(0)
    async with liv.page.expect_navigation():
        await liv.confirms("Begynn på nytt")
    await has_done(liv, 0)
    await liv.press("Alt+5")
    await liv.sees("Boten er ikke lagt til i Fjellklang ennå.")
    await liv.page.get_by_role("link", name="Gå til siden der den legges til").click()
    await adds_the_bot(shared, liv)


async def test_removed_it_rests_the_operator_is_told_and_added_again_it_goes_on(
    shared: Scene,
) -> None:
    liv, per = await shared.opens("liv"), await shared.opens("per", "drift")
    await expect(per.page.get_by_role("button", name="Fjern boten")).to_have_count(0)
    await liv.page.get_by_role("link", name="Gå til siden der den legges til").click()
    await adds_the_bot(shared, liv)
    await liv.page.locator("#conversation").get_by_role("button").last.focus()
    await registers(liv)
    await per.clicks("Godkjenn", await per.sees_message("Ny organisasjon"))
    await liv.sees_message("Organisasjonen er godkjent")
    await liv.page.get_by_role("button", name="Fjern boten").click()
    await liv.confirms("Fjern boten")
    await liv.sees("Boten er ikke lagt til i Fjellklang ennå.")
    await per.travels("Til neste varsel")
    await per.sees_message("har fjernet boten", "Fjellklang")
    await liv.page.get_by_role("link", name="Gå til siden der den legges til").click()
    await adds_the_bot(shared, liv)
    await liv.types(COMMAND)
    await liv.sees("Fornavn", liv.modal)


async def test_what_was_done_in_both_workspaces_is_there_the_next_time(
    windows: Windows, tmp_path: Path
) -> None:
    async with scene(windows, tmp_path, begins=Beginning.MANY) as play:
        kari, liv = await play.opens("kari", "generelt"), await play.opens("liv")
        await kari.types("Er noen her?")
        await kari.sees_message("Er noen her?")
        await liv.page.get_by_role("link", name="Gå til siden der den legges til").click()
        await adds_the_bot(play, liv)
    async with scene(windows, tmp_path, begins=Beginning.MANY) as play:
        kari, liv = await play.opens("kari", "generelt"), await play.opens("liv")
        await kari.sees_message("Er noen her?")
        await has_done(liv, 1)
        await liv.sees_message("Takk for at du la meg til i Slack")
        await takes(liv, "Du er Liv.")
        await is_pointed_at(liv, "Registrer organisasjonen")
        await registers(liv)
        await kari.types(COMMAND)
        await kari.sees_modal("Be om godkjenningskode")


async def test_every_screen_is_fit_for_everybody(shared: Scene) -> None:
    liv = await shared.opens("liv")
    await liv.sees("Boten er ikke lagt til")
    await is_fit_for_everybody(liv.page)
    await liv.page.locator("#guide summary").click()
    found = await violations(liv.page, LOOKS["phone"].rules)
    assert found.violations_count == 0, found.generate_report()
    await takes(liv, "Gå til botens egen side")
    await is_headed(liv, "Godkjenningsbot")
    await liv.page.get_by_role("link", name="Legg til i Slack").click()
    await is_headed(liv, "Godkjenningsbot vil inn i Fjordglimt eller Fjellklang")
    await is_fit_for_everybody(liv.page)
    await liv.page.go_back()
    await is_headed(liv, "Godkjenningsbot")
    await adds_the_bot(shared, liv)
    await is_fit_for_everybody(liv.page)


async def test_the_bot_is_added_by_keyboard_alone(shared: Scene) -> None:
    liv = await shared.opens("liv")
    await tabs_to(liv, "Gå til siden der den legges til", backwards=True)
    await liv.press("Enter")
    await expect(liv.page.get_by_role("link", name="Legg til i Slack")).to_be_visible()
    for name, heading in (
        ("Legg til i Slack", "Godkjenningsbot vil inn i Fjordglimt eller Fjellklang"),
        ("Tillat som Liv Moen i Fjellklang", "Boten er lagt til"),
    ):
        await tabs_to(liv, name)
        await liv.press("Enter")
        await is_headed(liv, heading)
    await tabs_to(liv, "Åpne Slack")
    await liv.press("Enter")
    await liv.sees_message("Takk for at du la meg til i Slack")
