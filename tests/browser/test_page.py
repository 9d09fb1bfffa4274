"""The page itself: who one is, what one types, what is under the hood, and what goes wrong."""

import re
from typing import Any

import pytest
from playwright.async_api import Route, expect

from bot.trial.sandbox import BotAnswer, Button, NotReached
from bot.trial.sandbox.records import Json
from handlers import homes
from tests.browser.player import COMMAND, FORM, Player
from tests.browser.scene import Scene
from tests.browser.test_codes import has_code

HOSTILE = (
    '<img src=x onerror="alert(1)"> <b>*fet*</b> "\'&amp; <!channel> <script>alert(2)</script>'
)


async def test_one_click_or_key_makes_one_somebody_else(play: Scene) -> None:
    kari = await play.opens("kari")
    await expect(kari.page).to_have_title("Kari · Godkjenningsbot – prøverom")
    await kari.page.get_by_role("link", name="Ola Hansen").click()
    await is_at(play, kari, "ola/meldinger")
    await kari.press("Alt+4")
    await is_at(play, kari, "per/meldinger")
    await expect(kari.page.get_by_role("link", name="styret")).to_have_count(0)
    await kari.press("Alt+1")
    await is_at(play, kari, "kari/meldinger")
    await kari.page.get_by_role("link", name="styret").click()
    await is_at(play, kari, "kari/styret")
    await kari.press("Alt+4")  # who is not in that channel
    await is_at(play, kari, "per/meldinger")


async def is_at(play: Scene, player: Player, place: str) -> None:
    """The page is there, and its script has begun."""
    await expect(player.page).to_have_url(f"{play.url}/{place}")
    await expect(player.page.locator("#composer-text")).to_be_focused()


async def test_what_waits_is_marked_until_it_is_read(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola", "generelt")
    waiting = kari.page.get_by_role("link", name="Ola Hansen").locator(".unread")
    await expect(waiting).to_contain_text("1 ulest")  # what an account holder does first
    await kari.asks()
    await expect(waiting).to_contain_text("2 uleste")
    await expect(ola.page).to_have_title(re.compile(r"^\(2\) Ola"))
    await ola.page.get_by_role("link", name="Meldinger").click()
    await ola.sees_message("ber om")
    await expect(waiting).to_have_count(0)


async def test_the_command_is_completed(play: Scene) -> None:
    kari = await play.opens("kari")
    field = kari.page.locator("#composer-text")
    await field.press_sequentially("/go")
    options = kari.page.get_by_role("option")
    await expect(options).to_have_count(7)
    await field.press("ArrowDown")
    await field.press("Tab")
    await expect(field).to_have_value(f"{COMMAND} koder ")
    await field.press("Enter")
    await kari.sees_modal("Mine koder")


async def test_enter_takes_what_is_lit_and_sends_what_is_whole(play: Scene) -> None:
    kari = await play.opens("kari")
    field = kari.page.locator("#composer-text")
    await field.press_sequentially("/go")
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(field).to_have_value(f"{COMMAND} koder ")
    await expect(kari.page.get_by_role("option")).to_have_count(0)
    await kari.sees_no_modal()
    await field.press("Enter")
    await kari.sees_modal("Mine koder")


async def test_a_whole_command_is_sent_unless_another_is_lit(play: Scene) -> None:
    kari = await play.opens("kari")
    field = kari.page.locator("#composer-text")
    lit = kari.page.locator("[role=option][aria-selected=true]")
    await field.press_sequentially(COMMAND)
    await expect(kari.page.get_by_role("option")).to_have_count(6)
    await expect(lit).to_have_count(0)
    await field.press("ArrowUp")
    await expect(lit).to_contain_text("hjelp")
    await field.press("ArrowDown")
    await expect(lit).to_contain_text("koder")
    await field.press("Enter")
    await expect(field).to_have_value(f"{COMMAND} koder ")
    await field.fill(COMMAND)
    await field.press("Enter")
    await kari.sees_modal("Be om godkjenningskode")


async def test_escape_closes_the_suggestions_and_nothing_is_taken(play: Scene) -> None:
    kari = await play.opens("kari")
    field = kari.page.locator("#composer-text")
    await field.press_sequentially("/go")
    await field.press("Escape")
    await expect(kari.page.get_by_role("option")).to_have_count(0)
    await field.press("Enter")
    await expect(kari.page.locator("#toast")).to_contain_text("/go er ingen kommando her")


async def test_people_are_named_and_see_that_they_are(play: Scene) -> None:
    kari, ola = await play.opens("kari", "generelt"), await play.opens("ola", "generelt")
    field = kari.page.locator("#composer-text")
    await field.press_sequentially("Hei @ol")
    await kari.page.get_by_role("option", name="@Ola Hansen").click()
    await field.press_sequentially("og *alle*! :tada:")
    await field.press("Enter")
    message = await ola.sees_message("Hei @Ola Hansen og alle! 🎉")
    await expect(message.locator(".mention.own")).to_have_text("@Ola Hansen")
    await expect(message.locator("strong")).to_have_text("alle")


async def test_a_thread_stays_together(play: Scene) -> None:
    kari, ola = await play.opens("kari", "styret"), await play.opens("ola", "styret")
    asked = kari.message("Jeg skal bestille")
    await asked.hover()
    await asked.get_by_role("button", name="Svar i tråd").click()
    await expect(kari.page.get_by_text("Du svarer i en tråd.")).to_be_visible()
    await kari.types("Fant det!")
    reply = ola.conversation.locator(".replies li.message")
    await expect(reply).to_contain_text("Fant det!")
    await expect(kari.page.get_by_text("Du svarer i en tråd.")).to_be_hidden()


async def test_nothing_typed_becomes_markup(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await kari.types(HOSTILE)
    message = await kari.sees_message('<img src=x onerror="alert(1)">')
    await expect(message.locator("img, script, .text b")).to_have_count(0)
    await kari.asks(**{"Fornavn": "<b>K*a*ri</b>", "Hva skal koden brukes til?": HOSTILE[:200]})
    asked = await ola.sees_message("<b>K*a*ri</b>", HOSTILE[:60])
    await expect(asked.locator("img, script, .fields b")).to_have_count(0)


async def test_what_is_being_typed_stays_when_the_view_changes(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.types(COMMAND)
    await kari.sees("Fornavn", kari.modal)
    await kari.fills({"Fornavn": "Karianne", "Hva skal koden brukes til?": "Regnskap"})
    view = play.room.slack.workspace.top_view("U0KARI")
    assert view is not None
    definition: Json = {k: v for k, v in view.definition.items() if v not in (None, "")}
    changed = {**definition, "blocks": [*definition["blocks"], _section("Nytt avsnitt")]}
    async with _client(play) as client:
        await client.views_update(view_id=view.id, hash=view.hash, view=changed)
    await kari.sees("Nytt avsnitt", kari.modal)
    await expect(kari.modal.get_by_label("Fornavn")).to_have_value("Karianne")
    purpose = kari.modal.get_by_label("Hva skal koden brukes til?")
    await expect(purpose).to_have_value("Regnskap")
    await expect(purpose).to_be_focused()


def _section(text: str) -> Json:
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


def _client(play: Scene) -> Any:
    from contextlib import asynccontextmanager

    from aiohttp import ClientSession
    from slack_sdk.web.async_client import AsyncWebClient

    @asynccontextmanager
    async def opened() -> Any:
        slack = play.room.slack
        async with ClientSession() as session:
            yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)

    return opened()


async def test_what_is_half_written_is_there_when_one_comes_back(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.page.locator("#composer-text").fill("Hei, jeg lurer på")
    await kari.page.get_by_role("button", name="⚡ Be om godkjenningskode").click()
    await kari.sees("Fornavn", kari.modal)
    await kari.fills({"Fornavn": "Karianne", "Rolle i organisasjonen": "Ansatt"})
    await kari.modal.get_by_label("Etternavn").focus()
    await kari.page.keyboard.type("-Berg")
    await kari.press("Alt+2")
    await expect(kari.page).to_have_url(f"{play.url}/ola/meldinger")
    await kari.goes_to("generelt")
    await expect(kari.modal.get_by_label("Fornavn")).to_have_value("Karianne")
    await expect(kari.modal.get_by_label("Etternavn")).to_have_value(re.compile("Berg"))
    await expect(kari.modal.get_by_label("Rolle")).to_have_value("employee")
    await kari.press("Escape")
    await kari.sees_no_modal()
    await kari.goes_to("meldinger")
    await expect(kari.page.locator("#composer-text")).to_have_value("Hei, jeg lurer på")


async def test_an_unknown_command_is_refused_and_can_be_mended(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.types("/kode hei")
    await expect(kari.page.locator("#toast")).to_contain_text("/kode er ingen kommando her")
    await expect(kari.page.locator("#composer-text")).to_have_value("/kode hei")


async def test_a_bot_that_says_nothing_is_told_of_and_nothing_is_lost(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.types(COMMAND)
    await kari.sees("Fornavn", kari.modal)
    await kari.fills({"Rolle i organisasjonen": "Ansatt", "har representasjonsmyndighet": True})
    carrier = play.room.slack.carrier
    transport, carrier.transport = carrier.transport, _Silent()
    await kari.submits()
    await kari.sees("Vi fikk ikke kontakt. Det du skrev, står her fortsatt.", kari.modal)
    carrier.transport = transport
    await expect(kari.modal.get_by_label("Fornavn")).to_have_value("Kari")
    await kari.submits()
    await kari.sees_no_modal()
    await kari.sees_message("sendt")
    play.room.slack.workspace.violations.clear()


class _Silent:
    """A bot that is asked and does not answer: three seconds pass at once."""

    async def send(self, *asked: Any) -> BotAnswer:
        raise NotReached("http_timeout")

    async def close(self) -> None: ...


async def test_a_button_that_is_gone_says_so(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await kari.asks()
    asked = await ola.sees_message("ber om")
    message = play.room.people["ola"].messages()[-1]
    surface = await asked.get_attribute("id") or f"message/{message.channel_id}/{message.ts}"
    await ola.page.evaluate("window.WebSocket.prototype.send = () => {}")
    button: Button = message.button("Godkjenn")
    play.room.slack.workspace.remove_message(message.record)
    answer = await ola.page.evaluate(
        """async ([surface, block, action]) => {
            const body = new URLSearchParams({ surface, block, action });
            const answer = await fetch(location.pathname + "/press", { method: "POST", body });
            return [answer.status, await answer.text()];
        }""",
        [surface, button.block_id, button.action_id],
    )  # fmt: skip
    assert answer[0] == 422
    assert "er ikke her lenger" in answer[1]


async def test_under_the_hood_is_the_traffic_and_the_ledger(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.press("Alt+u")
    hood = kari.page.get_by_role("complementary", name="Under panseret")
    await kari.asks()
    row = hood.locator("details.row", has_text="view_submission request_form")
    await expect(row).to_contain_text(re.compile(r"acknowledged \d+ ms"))
    await row.locator("summary").click()
    await expect(row.locator("pre").first).to_contain_text('"type": "view_submission"')
    await kari.travels("+1 dag")  # the row stays open while everything changes around it
    await expect(row.locator("pre").first).to_be_visible()
    await hood.get_by_text("Utboks", exact=True).click()
    await expect(hood.locator("#hood-outbox")).to_contain_text("request_asked")
    await expect(hood.locator("#hood-outbox")).to_contain_text("Ola Hansen")
    await expect(hood.locator("#hood-outbox")).to_contain_text("levert")
    await kari.page.reload()
    await expect(hood).to_be_visible()
    await kari.press("Alt+u")
    await expect(hood).to_be_hidden()


async def test_nothing_is_red_under_the_hood_when_all_is_well(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.press("Alt+u")
    hood = kari.page.locator("#hood")
    for place in ("hjem", "meldinger"):
        await kari.goes_to(place)
        await expect(hood.get_by_text("app_home_opened").first).to_be_visible()
    await kari.asks()
    await kari.sees("chat.postMessage", hood)
    await expect(hood.locator(".bad")).to_have_count(0)


async def test_a_no_that_is_an_answer_is_not_red_under_the_hood(play: Scene) -> None:
    ola = await play.opens("ola")
    await ola.press("Alt+u")
    hood = ola.page.locator("#hood")
    await ola.types(COMMAND)
    await ola.sees("Fornavn", ola.modal)
    await ola.modal.get_by_label("En utenfor Slack").check()
    await expect(ola.modal.get_by_label("Fornavn")).to_have_value("")
    outside = {"Fornavn": "Nils", "Etternavn": "Dal", "E-post": "nils@example.org"}
    await ola.fills({**outside, **FORM})
    await ola.submits()
    await ola.sees_modal("Godkjenningskoden")
    await expect(hood.locator(".expected", has_text="users_not_found")).to_have_count(1)
    await expect(hood.locator(".bad")).to_have_count(0)


async def test_that_no_notice_is_to_come_is_said_and_is_no_error(play: Scene) -> None:
    kari = await play.opens("kari")
    async with kari.page.expect_response("**/travel") as answer:
        await kari.travels("Til neste varsel")
    await expect(kari.page.locator("#toast")).to_contain_text("Ingen varsler venter.")
    assert (await answer.value).status == 200


async def test_an_open_home_is_right_as_soon_as_the_clock_has_been_moved(
    play: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    kari, _ = await has_code(play)
    monkeypatch.setattr(homes, "BETWEEN_SECONDS", 3600.0)  # the bot by itself does nothing more
    await kari.goes_to("hjem")
    await kari.sees("60 dager igjen")
    await kari.travels("+7 dager")
    await kari.sees("53 dager igjen")
    await kari.travels("Til neste varsel")
    await kari.sees("14 dager igjen")


async def test_starting_over_empties_the_room(play: Scene) -> None:
    kari = await play.opens("kari")
    await kari.asks()
    await kari.sees_message("sendt")
    await kari.travels("+7 dager")
    await kari.page.get_by_role("button", name="Begynn på nytt").click()

    async def on_its_way(route: Route) -> None:
        await expect(kari.page.locator("body[inert]")).to_have_count(1)
        await route.continue_()

    await kari.page.route("**/start-over", on_its_way)
    async with kari.page.expect_navigation():
        await kari.confirms("Begynn på nytt")
    await kari.sees("Ingen meldinger ennå")
    assert play.room.clock.ahead.total_seconds() == 0
    await kari.asks()
    await kari.sees_message("sendt")


async def test_the_page_finds_back_when_the_room_was_away(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await play.demo.send_away()
    await ola.asks()
    await kari.asks()
    await kari.sees_message("sendt")


async def test_what_is_not_known_is_a_named_box(play: Scene) -> None:
    kari = await play.opens("kari")
    async with _client(play) as client:
        await client.chat_postMessage(
            channel="U0KARI",
            text="x",
            blocks=[
                {"type": "markdown", "text": "# x"},
                {"type": "image", "image_url": "https://example.org/x.png", "alt_text": "Et fjell"},
            ],
        )
    await kari.sees("Her står en blokk av typen «markdown»")
    message = await kari.sees_message("Bilde: Et fjell")
    await expect(message.locator("img")).to_have_count(0)
