"""`screens.md`, the form and the decision, seen in a browser."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.async_api import expect

from storage import holding, registering, requests
from storage.records import Issuer
from tests.browser.player import COMMAND, FORM, PATIENCE
from tests.browser.scene import Scene, scene
from tests.browser.windows import Windows


async def test_from_the_command_to_a_code_in_hand(play: Scene) -> None:
    kari, ola, anne = [await play.opens(slug) for slug in ("kari", "ola", "anne")]
    await kari.types(COMMAND)
    form = await kari.sees_modal("Be om godkjenningskode")
    await expect(form.get_by_label("Fornavn")).to_have_value("Kari")
    await expect(form.get_by_label("Etternavn")).to_have_value("Nordmann")
    await expect(form.get_by_label("E-post")).to_have_value("kari@fjordglimt.example")
    await expect(form.locator("footer .button")).to_have_text(["Avbryt", "Send"])
    roles = await form.get_by_label("Rolle i organisasjonen").locator("option").all_text_contents()
    assert roles[1:] == ["Styremedlem", "Frivillig", "Ansatt", "Annen tilknytning"]
    await kari.fills(FORM)
    await kari.submits()
    sent = await kari.sees_message("sendt", "@Ola Hansen", "@Anne Berg")
    await kari.sees_buttons(sent, "Trekk forespørselen", "Purre")

    await anne.sees_message("ber om")
    asked = await ola.sees_message("Kari Nordmann ber om")
    for fact in (
        "kari@fjordglimt.example",
        "Frivillig",
        "Nettside",
        "@Kari",
        "Ingen har tidligere bekreftet",
    ):
        await expect(asked).to_contain_text(fact)
    await ola.sees_buttons(asked, "Godkjenn", "Avslå")
    await ola.clicks("Godkjenn")
    modal = await ola.sees_modal("Godkjenn forespørsel")
    await expect(modal).to_contain_text("kari@fjordglimt.example")
    await ola.submits()
    await ola.sees("Kryss av her.", modal)
    await ola.fills({"Jeg bekrefter at Kari Nordmann har representasjonsmyndighet": True})
    await ola.submits()
    await ola.sees_no_modal()

    for holder in (ola, anne):
        decided = await holder.sees_message("godkjent av @Ola Hansen")
        await holder.sees_buttons(decided)
    ready = await kari.sees_message("Koden din er klar", "gyldig til")
    await kari.clicks("Vis koden", ready)
    shown = await kari.sees_modal("Godkjenningskoden")
    code = await shown.locator("pre").inner_text()
    assert code.endswith("@Fjordglimt")
    assert len(code) == len("123a4567@Fjordglimt")
    for fact in ("Kari Nordmann", "60 dager igjen", "fortsetter å virke"):
        await expect(shown).to_contain_text(fact)
    await kari.press("Escape")
    await kari.sees_no_modal()
    assert code not in await kari.page.content()


async def test_a_wrong_field_is_refused_beside_it_and_nothing_is_lost(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.types(COMMAND)
    await kari.sees("Fornavn", kari.modal)
    await kari.fills({**FORM, "Fornavn": "Kåre <b>", "E-post": "kari(at)fjordglimt"})
    await kari.submits()
    await kari.sees("Skriv en gyldig e-postadresse.", kari.modal)
    await expect(kari.modal.get_by_label("E-post")).to_be_focused()
    await kari.fills({"E-post": "kari@fjordglimt..example"})  # the bot's own check
    await kari.submits()
    error = kari.modal.locator(".error")
    await expect(error).to_have_count(1)
    await expect(error).not_to_have_text("Skriv en gyldig e-postadresse.")
    await expect(kari.modal.get_by_label("Fornavn")).to_have_value("Kåre <b>")
    await expect(kari.modal.get_by_label("Hva skal koden brukes til?")).to_have_value("Nettside")
    await expect(kari.modal.locator("input[type=checkbox]")).to_be_checked()
    await kari.fills({"E-post": "kari@fjordglimt.example"})
    await kari.submits()
    await kari.sees_no_modal()


async def test_cancelling_the_form_sends_nothing(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await kari.types(COMMAND)
    await kari.sees("Fornavn", kari.modal)
    await kari.clicks("Avbryt")
    await kari.sees_no_modal()
    await play.room.slack.settles()
    async with play.room.ledger.looking("T0ORG") as desk:
        assert await requests.count_pending(desk) == 0
    await ola.sees_no("ber om")


async def test_an_account_holder_makes_a_code_at_once(play: Scene) -> None:
    ola, anne = await play.opens("ola"), await play.opens("anne")
    await ola.types(COMMAND)
    form = await ola.sees_modal("Ny godkjenningskode")
    await ola.sees("Fornavn", form)
    await expect(form.locator("footer .button")).to_have_text(["Avbryt", "Lag kode"])
    await ola.fills(FORM)
    await ola.submits()
    await ola.sees_message("Koden din er klar")
    await anne.sees_no("ber om")


async def test_declined_with_a_reason_and_what_to_do_next(play: Scene) -> None:
    kari, ola, anne = [await play.opens(slug) for slug in ("kari", "ola", "anne")]
    await kari.asks()
    for holder in (ola, anne):
        await holder.sees_message("ber om")
    await ola.clicks("Avslå")
    modal = await ola.sees_modal("Avslå forespørsel")
    reasons = await modal.get_by_label("Grunn").locator("option, label").all_inner_texts()
    assert reasons[-4:] == [
        "Mangler representasjonsmyndighet",
        "Kjenner ikke personen",
        "Trenger mer informasjon",
        "Annet",
    ]
    await ola.fills({"Grunn": "Annet"})
    await ola.submits()
    await expect(modal.locator(".error")).to_have_count(1)
    await ola.fills({"Melding": "Ring meg, *Kari*"})
    await ola.submits()
    await ola.sees_no_modal()
    declined = await kari.sees_message("Ring meg, *Kari*")
    await kari.sees_buttons(declined, "Be om godkjenningskode")
    await anne.sees_buttons(await anne.sees_message("avslått av @Ola Hansen"))


async def test_who_decides_second_is_told_who_was_first(play: Scene) -> None:
    kari, ola, anne = [await play.opens(slug) for slug in ("kari", "ola", "anne")]
    await kari.asks()
    for holder in (ola, anne):
        await holder.sees_message("ber om")
        await holder.clicks("Godkjenn")
        await holder.sees_modal("Godkjenn forespørsel")
        await holder.fills({"Jeg bekrefter": True})
    await ola.submits()
    await ola.sees_no_modal()
    await anne.submits()
    await anne.sees("Forespørselen er allerede godkjent av Ola Hansen.", anne.modal)
    await anne.clicks("Avbryt")
    await kari.sees_message("Koden din er klar")
    await expect(kari.conversation.get_by_text("Koden din er klar")).to_have_count(1)


async def test_the_asker_takes_the_request_back(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await kari.asks()
    await ola.sees_message("ber om")
    await kari.clicks("Trekk forespørselen")
    await kari.confirms("Avbryt")
    await kari.clicks("Trekk forespørselen")
    await kari.confirms("Trekk forespørselen")
    await ola.sees_buttons(await ola.sees_message("trukket"))
    await kari.sees_message("trukket")


async def test_a_code_for_a_colleague_goes_to_the_colleague(play: Scene) -> None:
    kari, ola, per = [await play.opens(slug) for slug in ("kari", "ola", "per")]
    colleague = {"Fornavn": "Per", "Etternavn": "Lund", "E-post": "per@fjordglimt.example"}
    await kari.asks(**colleague)
    await ola.sees_message("Per Lund", "@Per Lund", "@Kari Nordmann")
    await ola.approves()
    await per.sees_message("Koden din er klar")
    await kari.sees_buttons(await kari.sees_message("@Per Lund"))


async def test_a_code_for_somebody_outside_is_the_account_holders_to_send(play: Scene) -> None:
    kari, ola, anne = [await play.opens(slug) for slug in ("kari", "ola", "anne")]
    outsider = {"Fornavn": "Liv", "Etternavn": "Utenfor", "E-post": "liv@other.example"}
    await kari.asks(**outsider)
    await ola.sees_message("Liv Utenfor")
    await ola.approves()
    for holder in (ola, anne):
        message = await holder.sees_message("Send koden til Liv Utenfor")
        mail = message.get_by_role("link", name="Skriv e-post")
        address = await mail.get_attribute("href")
        assert address
        assert address.startswith("mailto:liv@other.example?")
        assert "@Fjordglimt" not in unquote(address)
    await anne.clicks("Vis koden", message)
    await anne.sees_modal("Godkjenningskoden")


async def test_a_code_for_a_colleague_takes_two_choices(play: Scene) -> None:
    """Each tells the bot at once, and what was typed besides stays."""
    kari, per, ola = [await play.opens(slug) for slug in ("kari", "per", "ola")]
    await kari.types(COMMAND)
    await kari.sees("Fornavn", kari.modal)
    await kari.fills({"Hva skal koden brukes til?": "Nettside"})
    await kari.modal.get_by_label("En kollega").check()
    colleague = kari.modal.get_by_label("Kollega", exact=True)
    await expect(colleague).to_be_visible(timeout=PATIENCE)  # its name is a part of other labels
    await expect(kari.modal.get_by_label("Fornavn")).to_have_value("")
    await colleague.select_option(label="Per Lund")
    await expect(kari.modal.get_by_label("Fornavn")).to_have_value("Per")
    await expect(kari.modal.get_by_label("Hva skal koden brukes til?")).to_have_value("Nettside")
    await kari.fills({"Rolle i organisasjonen": "Frivillig", "har representasjonsmyndighet": True})
    await kari.submits()
    await kari.sees_no_modal()
    await ola.sees_message("Per Lund")
    await ola.approves()
    await per.sees_message("Koden din er klar", "@Kari Nordmann ba om denne koden til deg.")


async def test_a_code_of_techsoups_is_pasted(windows: Windows, tmp_path: Path) -> None:
    async with scene(windows, tmp_path, issuer=Issuer.TECHSOUP) as play:
        kari, ola = await play.opens("kari"), await play.opens("ola")
        await kari.asks()
        await ola.sees_message("ber om")
        await ola.clicks("Godkjenn")
        await ola.sees_modal("Godkjenn forespørsel")
        await ola.fills({"Jeg bekrefter": True, "Koden fra TechSoup": "ikke en kode"})
        await ola.submits()
        await expect(ola.modal.locator(".error")).to_have_count(1)
        await ola.fills({"Koden fra TechSoup": "123a4567@Fjordglimt"})
        await ola.submits()
        await ola.sees_no_modal()
        await kari.sees_message("Koden din er klar")
        await kari.clicks("Vis koden")
        await kari.sees("123a4567@Fjordglimt", kari.modal)


@pytest.mark.parametrize("slug", ["kari", "ola"])
async def test_without_an_approved_organisation_there_is_no_form(play: Scene, slug: str) -> None:
    async with play.room.ledger.deciding("T0ORG") as desk:
        await registering.suspend(desk)
    player = await play.opens(slug)
    await player.types(COMMAND)
    await player.sees_message("Organisasjonen kan ikke lage koder nå")
    await player.sees_no_modal()


async def test_without_an_account_holder_it_is_said_what_to_do(play: Scene) -> None:
    async with play.room.ledger.deciding("T0ORG") as desk:
        for holder in desk.standing.holders:
            await holding.remove(desk, holder, "operator", even_the_last=True)
    kari = await play.opens("kari")
    await kari.types(COMMAND)
    await kari.sees_message("ingen kontoholder")
    await kari.sees_no_modal()
