"""`screens.md`, the codes there are: shown, listed, refreshed, withdrawn, run out."""

from pathlib import Path

from playwright.async_api import expect

from storage import codes
from storage.records import Issuer
from tests.browser.player import COMMAND, Player
from tests.browser.scene import Scene, scene
from tests.browser.windows import Windows
from tests.slack.stage import FORM


async def has_code(play: Scene) -> tuple[Player, Player]:
    """Kari has asked for a code for herself, and Ola has approved, before the pages are opened."""
    kari, ola = play.room.people["kari"], play.room.people["ola"]
    await kari.types(COMMAND)
    await kari.sees("Fornavn")
    await kari.fills(FORM)
    assert (await kari.submits()).closed
    await ola.sees_message("ber om")
    await ola.clicks("Godkjenn")
    await ola.sees_view("Godkjenn forespørsel")
    await ola.fills({"Representasjonsmyndighet": True})
    assert (await ola.submits()).closed
    await kari.sees_message("Koden din er klar")
    pages = await play.opens("kari"), await play.opens("ola")
    await pages[0].sees_message("Koden din er klar")
    return pages


async def test_each_sees_the_codes_that_are_theirs_to_see(play: Scene) -> None:
    kari, ola = await has_code(play)
    await kari.types(f"{COMMAND} koder")
    mine = await kari.sees_modal("Mine koder")
    for fact in (
        "Kari Nordmann",
        "kari@fjordglimt.example",
        "Nettside",
        "•••",
        "Gyldig",
        "60 dager",
    ):
        await expect(mine).to_contain_text(fact)
    await kari.sees_buttons(mine, "Vis koden", "Oppdater koden")
    await ola.types(f"{COMMAND} koder")
    whole = await ola.sees_modal("Organisasjonens koder")
    await expect(whole).to_contain_text("kari@fjordglimt.example")
    await ola.sees_buttons(whole, "Last ned liste", "Vis koden", "Oppdater koden", "Trekk tilbake")
    per = await play.opens("per")
    await per.types(f"{COMMAND} koder")
    assert "kari@" not in await (await per.sees_modal("Mine koder")).inner_text()


async def test_every_showing_is_kept_in_the_audit(play: Scene) -> None:
    kari, _ = await has_code(play)
    await kari.clicks("Vis koden")
    await kari.sees_modal("Godkjenningskoden")
    await kari.clicks("Lukk")
    await kari.press("Alt+u")
    await kari.page.get_by_text("Hendelser", exact=True).click()
    await expect(kari.page.locator("#hood-audit")).to_contain_text("slack:code:show")


async def test_an_account_holder_refreshes_at_once_having_been_asked(play: Scene) -> None:
    kari, ola = await has_code(play)
    await ola.types(f"{COMMAND} koder")
    whole = await ola.sees_modal("Organisasjonens koder")
    await ola.clicks("Oppdater koden")
    await ola.confirms("Avbryt")
    await expect(whole).not_to_contain_text("Erstattet")
    await ola.clicks("Oppdater koden")
    await ola.confirms("Oppdater koden")
    await expect(whole).to_contain_text("Erstattet")
    await expect(whole).to_contain_text("Gyldig")
    await expect(kari.conversation.get_by_text("er klar")).to_have_count(2)


async def test_the_holder_asks_for_a_refresh_which_is_approved_like_any_other(play: Scene) -> None:
    kari, ola = await has_code(play)
    await kari.types(f"{COMMAND} koder")
    await kari.sees_modal("Mine koder")
    await kari.clicks("Oppdater koden")
    await kari.clicks("Lukk")
    await expect(ola.conversation.get_by_role("button", name="Godkjenn")).to_be_visible()
    await ola.approves()
    await expect(kari.conversation.get_by_text("er klar")).to_have_count(2)


async def test_withdrawing_asks_first_and_tells_the_holder(play: Scene) -> None:
    kari, ola = await has_code(play)
    await ola.types(f"{COMMAND} koder")
    whole = await ola.sees_modal("Organisasjonens koder")
    await ola.clicks("Trekk tilbake")
    await ola.confirms("Avbryt")
    await expect(whole).not_to_contain_text("Trukket tilbake")
    await ola.clicks("Trekk tilbake")
    await ola.confirms("Trekk tilbake")
    await expect(whole).to_contain_text("Trukket tilbake")
    await kari.sees_message("trukket tilbake")


async def test_everything_works_for_a_code_that_has_run_out(play: Scene) -> None:
    kari, ola = await has_code(play)
    for _ in range(9):
        await kari.travels("+7 dager")
    expired = await kari.sees_message("Koden er gått ut")
    await kari.clicks("Oppdater koden", expired)
    await kari.sees_modal("Godkjenningskode")
    await kari.clicks("Lukk")
    await ola.approves()
    await kari.types(f"{COMMAND} koder")
    mine = await kari.sees_modal("Mine koder")
    await expect(mine).to_contain_text("Erstattet")
    await expect(mine).to_contain_text("Gyldig")
    await kari.clicks("Vis koden")
    await kari.sees_modal("Godkjenningskoden")


async def test_more_codes_than_fit_are_paged(play: Scene) -> None:
    _, ola = await has_code(play)
    await ola.types(f"{COMMAND} koder")
    whole = await ola.sees_modal("Organisasjonens koder")
    for count in range(2, 12):
        await whole.get_by_role("button", name="Oppdater koden").first.click()
        await ola.confirms("Oppdater koden")
        await expect(whole.get_by_text("Erstattet")).to_have_count(min(count - 1, 9))
    await ola.clicks("Neste side")
    await expect(whole).to_contain_text("Side 2 av 2")
    await ola.clicks("Forrige side")
    await expect(whole).to_contain_text("Side 1 av 2")


async def test_refreshing_with_techsoups_code_stacks_a_modal(
    windows: Windows, tmp_path: Path
) -> None:
    async with scene(windows, tmp_path, issuer=Issuer.TECHSOUP) as play:
        ola = await play.opens("ola")
        await ola.asks(**{"Koden fra TechSoup": "123a4567@Fjordglimt"})
        await ola.sees_message("Koden din er klar")
        await ola.types(f"{COMMAND} koder")
        await ola.sees_modal("Organisasjonens koder")
        await ola.clicks("Oppdater koden")
        await expect(ola.page.locator("#modals dialog[open]")).to_have_count(2)
        await ola.fills({"Koden fra TechSoup": "123a4567@Fjordglimt"})
        await ola.submits()
        await expect(ola.modal.locator(".error")).to_have_count(1)  # it is in the ledger already
        await ola.fills({"Koden fra TechSoup": "765b4321@Fjordglimt"})
        await ola.submits()
        await ola.sees_modal("Organisasjonens koder")
        await expect(ola.modal).to_contain_text("Erstattet")
        async with play.room.ledger.looking("T0ORG") as desk:
            found = await codes.count_codes(desk, of_user=None)
        assert found == 2
