"""Questions asked and answered on the page."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.player import COMMAND, Player
from tests.browser.scene import Scene, scene
from tests.browser.test_codes import has_code
from tests.browser.windows import Windows

WHEN = "Når går koden ut?"


async def asks(who: Player, text: str) -> None:
    await who.types(text)


async def test_about_ones_own_codes_in_a_direct_message(play: Scene) -> None:
    kari, _ola = await has_code(play)
    await asks(kari, "når går koden min ut?")
    answer = await kari.sees_message(WHEN, "60 dager igjen", "Ikke det du lurte på?")
    await answer.get_by_role("button", name="Vis koden").click()
    await kari.sees_modal("Godkjenningskoden")


async def test_the_thumbs_and_what_they_lead_to(play: Scene) -> None:
    per, ola = await play.opens("per"), await play.opens("ola")
    await asks(per, "når går koden min ut?")
    answer = await per.sees_message("En kode er gyldig i 60 dager")
    await answer.get_by_role("button", name="Svaret hjalp", exact=True).click()
    await per.sees_message("så fint at det hjalp", "Bare synlig for deg")
    await answer.get_by_role("button", name="Svaret hjalp ikke").click()
    sorry = await per.sees_message("Takk for at du sier fra")
    await sorry.get_by_role("button", name="Spør kontoholder").click()
    modal = await per.sees_modal("Spør kontoholder")
    await expect(modal.get_by_label("Spørsmål")).to_have_value("når går koden min ut?")
    await modal.get_by_label("Spørsmål").fill("Kan dere *hjelpe* meg?")
    await per.submits()
    await per.sees("Spørsmålet er sendt", per.modal)
    await per.clicks("Lukk")
    await ola.sees_message("Per Lund spør", "Kan dere *hjelpe* meg?")


async def test_a_question_that_was_sent_on_is_answered_and_carried_back(play: Scene) -> None:
    per, ola, anne = [await play.opens(slug) for slug in ("per", "ola", "anne")]
    await asks(per, "hva koster Adobe for oss?")
    refused = await per.sees_message("Det kan jeg ikke svare på")
    await refused.get_by_role("button", name="Spør kontoholder").click()
    await per.sees_modal("Spør kontoholder")
    await per.submits()
    await per.sees("Spørsmålet er sendt", per.modal)
    await per.clicks("Lukk")
    for holder in (ola, anne):
        await holder.sees_message("Per Lund spør")
        await holder.clicks("Svar")
        await holder.sees_modal("Svar")
        await holder.fills({"Svar": f"Sa {holder.slug}: *ingenting*"})
    await ola.submits()
    await ola.sees_no_modal()
    await per.sees_message("@Ola Hansen har svart", "Sa ola: *ingenting*", "hva koster Adobe")
    await anne.submits()
    await anne.sees("Spørsmålet er allerede besvart av Ola Hansen.", anne.modal)
    await expect(anne.modal.get_by_label("Svar")).to_have_value("Sa anne: *ingenting*")
    await anne.clicks("Avbryt")
    for holder in (ola, anne):
        copy = await holder.sees_message("besvart av @Ola Hansen", "Sa ola: *ingenting*")
        await holder.sees_buttons(copy)


async def test_a_mention_in_a_channel_is_answered_in_its_thread(play: Scene) -> None:
    kari, _ola = await has_code(play)
    await kari.goes_to("styret")
    await asks(kari, "@Godkjenningsbot når går koden min ut?")
    asked = kari.message("når går koden min ut?")
    reply = asked.locator("ol.replies li.message")
    await expect(reply).to_contain_text("har jeg sendt deg i en direktemelding")
    await expect(reply).not_to_contain_text("igjen")
    await kari.goes_to("meldinger")
    await kari.sees_message(WHEN, "60 dager igjen")


async def test_the_list_on_home(play: Scene) -> None:
    per = await play.opens("per", "hjem")
    await per.clicks("Alle spørsmål", per.conversation)
    await per.sees_modal("Alle spørsmål")
    await per.clicks("Kan flere ha hver sin kode?")
    modal = await per.sees_modal("Spørsmål og svar")
    await expect(modal).to_contain_text("Alle i organisasjonen som har representasjonsmyndighet")
    await per.clicks("Kan jeg dele koden?", modal)
    await expect(per.modal).to_contain_text("skal ikke deles")
    await expect(per.page.locator("#modals dialog[open]")).to_have_count(1)


async def test_a_choice_after_the_command(play: Scene) -> None:
    per = await play.opens("per")
    await per.types(f"{COMMAND} er det noe med koden min")
    choice = await per.sees_message("Mente du …?", "Bare synlig for deg")
    await choice.locator(".actions button").first.click()
    await per.sees_modal("Spørsmål og svar")


async def test_what_nobody_could_answer(play: Scene) -> None:
    per, ola = await play.opens("per"), await play.opens("ola")
    await asks(per, "hva koster Adobe for oss?")
    await per.sees_message("Det kan jeg ikke svare på")
    await ola.goes_to("hjem")
    await ola.clicks("Spørsmål uten svar", ola.conversation)
    modal = await ola.sees_modal("Spørsmål uten svar")
    await expect(modal).to_contain_text("hva koster Adobe for oss?")
    await ola.clicks("Hent som tekst", modal)
    await expect(ola.modal).to_contain_text("[? ?]")


async def test_shown_as_an_agent_it_suggests_what_to_ask(windows: Windows, tmp_path: Path) -> None:
    async with scene(windows, tmp_path, agent=True) as play:
        per = await play.opens("per")
        await per.page.get_by_role("button", name="Hvordan får jeg en kode?").click()
        asked = per.message("Hvordan får jeg en kode?").first
        await expect(asked).to_be_visible()
        await per.sees_message("Velg Be om godkjenningskode")
        threads = per.conversation.locator("ol.messages > li.message > article > ol.replies > li")
        await expect(threads).to_have_count(1)
