"""`screens.md`, what the bot says by itself as time goes, and what the command answers."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.player import COMMAND
from tests.browser.scene import Scene
from tests.browser.test_codes import has_code


async def test_notices_come_before_expiry_and_at_it(play: Scene) -> None:
    kari, _ = await has_code(play)
    for text in ("14 dager", "7 dager", "1 dag"):
        await kari.travels("Til neste varsel")
        notice = await kari.sees_message(f"Koden går ut om {text}", "fortsetter å virke")
        await kari.sees_buttons(notice, "Oppdater koden")
    await kari.travels("Til neste varsel")
    expired = await kari.sees_message("Koden er gått ut", "fortsetter å virke")
    await kari.sees_buttons(expired, "Oppdater koden")
    ola = await play.opens("ola")
    await ola.travels("Til neste varsel")  # in April, when account holders are asked about all
    await ola.sees_message("Hvem har fortsatt representasjonsmyndighet?", "Kari Nordmann")


async def test_of_several_passed_thresholds_only_the_latest_is_told(play: Scene) -> None:
    kari, _ = await has_code(play)
    await play.room.travel(timedelta(days=59, hours=12))
    await kari.sees_message("Koden går ut om 1 dag")
    await kari.sees_no("Koden går ut om 14 dager")
    await kari.sees_no("Koden går ut om 7 dager")


async def test_one_reminder_lists_what_waits_and_a_request_lapses(play: Scene) -> None:
    kari, ola, per = [await play.opens(slug) for slug in ("kari", "ola", "per")]
    for asker in (kari, per):
        await asker.asks()
    await ola.sees_message("Per Lund ber om")
    await ola.travels("+1 dag")
    await ola.sees_message("venter", "Kari Nordmann", "Per Lund")
    for _ in range(5):
        await ola.travels("+7 dager")
    lapsed = await kari.sees_message("utløpt")
    await kari.clicks("Be om godkjenningskode", lapsed)
    await kari.sees_modal("Be om godkjenningskode")


async def test_the_command_answers_each_word(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await kari.types(f"{COMMAND} hjelp")
    help_message = kari.conversation.locator("li.message.private").last
    await expect(help_message).to_contain_text("Bare synlig for deg")
    await expect(help_message.locator(".actions .button").first).to_be_visible()
    await help_message.get_by_role("button", name="Fjern meldingen").click()
    await expect(kari.conversation.locator("li.message.private")).to_have_count(0)
    await kari.types(f"{COMMAND} behandle")
    told = kari.page.locator("#modals dialog[open], li.message.private").last
    for name in ("@Ola Hansen", "@Anne Berg"):
        await expect(told).to_contain_text(name)
    await kari.goes_to("meldinger")
    await kari.press("Escape")
    await kari.asks()
    await ola.types(f"{COMMAND} behandle")
    await expect(ola.modal).to_contain_text("Kari Nordmann")
    await ola.press("Escape")
    await kari.types(f"{COMMAND} hvem vant kampen?")
    await kari.sees_message("Det kan jeg ikke svare på", "Bare synlig for deg")


async def test_home_has_everything_the_command_has(play: Scene) -> None:
    kari, ola = await has_code(play)
    await kari.goes_to("hjem")
    await kari.sees("Gyldig til", kari.conversation)
    await kari.clicks("Be om godkjenningskode")
    await kari.sees_modal("Be om godkjenningskode")
    await kari.sees("Fornavn", kari.modal)
    await kari.fills({"Rolle i organisasjonen": "Ansatt", "har representasjonsmyndighet": True})
    await kari.submits()
    await kari.sees_no_modal()
    await ola.goes_to("hjem")
    await expect(ola.conversation).to_contain_text("venter")


async def test_the_shortcut_opens_the_form_wherever_one_is(play: Scene) -> None:
    kari = await play.opens("kari", "styret")
    await kari.page.get_by_role("button", name="⚡ Be om godkjenningskode").click()
    await kari.sees_modal("Be om godkjenningskode")
