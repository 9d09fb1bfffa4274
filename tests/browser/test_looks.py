"""Where things stand on the page, on a wide screen and on a phone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.player import COMMAND, Player
from tests.browser.scene import Scene, scene
from tests.browser.test_codes import has_code
from tests.browser.windows import Windows

HEIGHT = 740
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": HEIGHT}, "reduced_motion": "reduce"}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce"}
MESSAGES = 8


@asynccontextmanager
async def on(look: dict[str, Any], windows: Windows, folder: Path) -> AsyncIterator[Scene]:
    async with scene(windows, folder, look=look) as play:
        yield play


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


async def box(where: Locator) -> Box:
    found = await where.bounding_box()
    assert found is not None
    return Box(found["x"], found["y"], found["width"], found["height"])


async def has_much_to_read(player: Player) -> None:
    for number in range(MESSAGES):
        await player.types(f"Når går koden min ut? ({number})")
        await player.sees_message(f"({number})")
    await expect(player.conversation.locator("li.message")).to_have_count(2 * MESSAGES + 2)


async def test_on_a_phone_people_and_clock_are_at_hand_and_the_newest_is_seen(
    windows: Windows, tmp_path: Path
) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari, _ = await has_code(play)
        await has_much_to_read(kari)
        await kari.page.reload()
        newest = kari.conversation.locator("li.message").last
        await expect(newest).to_be_in_viewport()
        for hand in (
            kari.page.get_by_role("link", name="Ola Hansen"),
            kari.page.get_by_role("link", name="Hjem"),
            kari.page.get_by_role("button", name="Til neste varsel"),
            kari.page.get_by_role("button", name="Under panseret"),
            kari.page.locator("#composer-text"),
        ):
            await expect(hand).to_be_in_viewport(ratio=1)
        assert (await box(kari.page.locator("#middle"))).top < HEIGHT / 4


async def test_on_a_phone_one_is_at_the_notice_that_time_has_brought(
    windows: Windows, tmp_path: Path
) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari, _ = await has_code(play)
        await has_much_to_read(kari)
        await kari.conversation.evaluate("conversation => (conversation.scrollTop = 0)")
        await kari.travels("Til neste varsel")
        notice = await kari.sees_message("Koden går ut om 14 dager")
        heading = notice.get_by_role("heading", name="Koden går ut om 14 dager")
        await expect(heading).to_be_in_viewport(ratio=1)


async def test_what_is_said_next_is_followed_by_whoever_reads_the_last_from_its_beginning(
    windows: Windows, tmp_path: Path
) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari, ola = await play.opens("kari"), await play.opens("ola")
        for asks in (kari, await play.opens("per")):
            await asks.asks()
            heading = ola.conversation.get_by_role("heading", name="ber om").last
            await expect(heading).to_contain_text(asks.slug.capitalize())
            await expect(heading).to_be_in_viewport(ratio=1)
        lowest = ola.conversation.get_by_role("button", name="Godkjenn").last
        await lowest.scroll_into_view_if_needed()
        channel = play.room.people["ola"].direct_messages
        above = {"thread_ts": channel.messages[0].ts}
        play.room.slack.workspace.add_message(channel, "U0OLA", "Dette ser jeg på.", **above)
        await ola.sees("Dette ser jeg på.")
        await expect(lowest).to_be_in_viewport(ratio=1)


async def test_on_a_phone_a_label_stands_above_its_value(windows: Windows, tmp_path: Path) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari, ola = await play.opens("kari"), await play.opens("ola")
        await kari.asks()
        asked = await ola.sees_message("ber om")
        for number in range(0, 8, 2):
            label = await box(asked.locator(".fields > .text").nth(number))
            value = await box(asked.locator(".fields > .text").nth(number + 1))
            assert value.top >= label.bottom
            assert (value.left, value.width) == (label.left, label.width)


async def test_on_a_phone_the_guide_opens_over_the_conversation(
    windows: Windows, tmp_path: Path
) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari = await play.opens("kari")
        before = await box(kari.page.locator("#middle"))
        step = kari.page.get_by_role("link", name="Still et spørsmål")
        await expect(step).to_be_hidden()
        await kari.page.locator("#guide summary").click()
        await expect(step).to_be_in_viewport(ratio=1)
        assert await box(kari.page.locator("#middle")) == before
        await step.click()
        await expect(step).to_be_hidden()
        await expect(kari.page.locator("#composer-text")).to_have_value("når går koden min ut?")


async def test_on_a_phone_the_guide_goes_by_escape_and_before_whatever_else_is_wanted(
    windows: Windows, tmp_path: Path
) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari = await play.opens("kari")
        guide, step = kari.page.locator("#guide summary"), kari.page.locator("#guide li").first
        hood = kari.page.locator("#hood")

        async def is_open() -> None:
            await guide.click()
            await expect(step).to_be_visible()

        await is_open()
        await kari.press("Tab", "Escape")
        await expect(step).to_be_hidden()
        await expect(guide).to_be_focused()
        await is_open()
        await kari.page.get_by_role("button", name="Under panseret").click()
        await expect(hood).to_be_visible()
        await expect(step).to_be_hidden()
        await kari.press("Alt+u")
        await is_open()
        await kari.press("Alt+u")
        await expect(hood).to_be_visible()
        await expect(step).to_be_hidden()
        await kari.press("Alt+u")
        await is_open()
        await kari.conversation.click(position={"x": 300, "y": 450})
        await expect(step).to_be_hidden()


async def test_on_a_phone_the_guide_is_folded_before_the_script_has_come(
    windows: Windows, tmp_path: Path
) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari = await play.opens("kari")

        async def on_its_way(route: Route) -> None:
            await expect(kari.page.locator("#guide summary")).to_be_visible()
            await expect(kari.page.locator("#guide li").first).to_be_hidden()
            await route.continue_()

        await kari.page.route("**/demo.js", on_its_way)
        await kari.page.reload()
        await expect(kari.page.locator("#composer-text")).to_be_focused()


@pytest.mark.parametrize("look", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_badge_lies_on_nothing(
    windows: Windows, tmp_path: Path, look: dict[str, Any]
) -> None:
    async with on(look, windows, tmp_path) as play:
        kari = await play.opens("kari", "hjem")
        workspace = play.room.slack.workspace
        for channel in list(workspace.channels.values()):
            for number in range(MANY):
                workspace.add_message(channel, "U0NOBODY", str(number))
        workspace.changes.announce()
        badges = kari.page.locator("#sidebar .unread")
        await expect(badges).to_have_count(4 + 3)
        assert not await kari.page.evaluate(COVERED)


MANY = 12
COVERED = """() => {
    const drawn = each => {
        const words = document.createRange();
        words.selectNodeContents(each);
        const where = each.matches(".place .name") ? words : each;
        return where.getBoundingClientRect();
    };
    const [badges, others] = [".unread", ".name, .face, .part, .sign, kbd, summary"].map(
        names => [...document.querySelectorAll("#sidebar :is(" + names + ")")]
            .filter(each => each.checkVisibility())
            .map(each => [each.textContent, drawn(each)])
    );
    const meet = (a, b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return badges.flatMap(([count, badge]) =>
        others.filter(([, other]) => meet(badge, other)).map(([text]) => `${count} on ${text}`)
    );
}"""


@pytest.mark.parametrize("look", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_nothing_moves_when_a_badge_comes(
    windows: Windows, tmp_path: Path, look: dict[str, Any]
) -> None:
    async with on(look, windows, tmp_path) as play:
        kari, ola = await play.opens("kari"), await play.opens("ola", "generelt")
        names = "#sidebar .name"
        places = [await each.page.locator(names).evaluate_all(RECTANGLES) for each in (kari, ola)]
        await kari.asks()
        for each in (kari, ola):
            await expect(each.page.locator("#sidebar .unread")).not_to_have_count(0)
        after = [await each.page.locator(names).evaluate_all(RECTANGLES) for each in (kari, ola)]
        assert after == places


RECTANGLES = "all => all.map(each => JSON.stringify(each.getBoundingClientRect()))"


@pytest.mark.parametrize("look", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_what_is_refused_is_said_above_the_field_and_not_over_it(
    windows: Windows, tmp_path: Path, look: dict[str, Any]
) -> None:
    async with on(look, windows, tmp_path) as play:
        kari = await play.opens("kari")
        await kari.types("/kode hei")
        toast = kari.page.locator("#toast")
        await expect(toast).to_be_visible()
        composer = kari.page.locator("#composer")
        await expect(composer).to_be_in_viewport(ratio=1)
        assert (await box(toast)).bottom <= (await box(composer)).top


async def test_what_was_lowest_stays_in_sight_when_something_is_said_below_it(
    windows: Windows, tmp_path: Path
) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari = await play.opens("kari")
        await kari.asks()
        await kari.sees_message("sendt")
        await kari.asks(**{"Hva skal koden brukes til?": "Webinar"})
        lowest = kari.message("Webinar").get_by_role("button", name="Purre")
        await lowest.scroll_into_view_if_needed()
        await expect(lowest).to_be_in_viewport(ratio=1)
        before = await box(lowest)
        await kari.page.evaluate("toast('Det gikk ikke. Prøv igjen.')")
        await expect(lowest).to_be_in_viewport(ratio=1)
        toast = kari.page.locator("#toast")
        assert (await box(lowest)).bottom <= (await box(toast)).top
        await toast.get_by_role("button", name="Lukk").press("Enter")
        assert await box(lowest) == before
        await expect(kari.page.locator("#composer-text")).to_be_focused()


async def test_what_is_refused_is_seen_where_the_page_is_twice_as_large(
    windows: Windows, tmp_path: Path
) -> None:
    low = {"viewport": {"width": 640, "height": 400}, "reduced_motion": "reduce"}
    async with on(low, windows, tmp_path) as play:
        kari = await play.opens("kari")
        await kari.asks()
        await kari.sees_message("sendt")
        await kari.types("/kode hei")
        toast, composer = kari.page.locator("#toast"), kari.page.locator("#composer")
        await expect(toast).to_be_in_viewport(ratio=1)
        assert (await box(toast)).bottom <= (await box(composer)).top


async def test_on_a_phone_words_have_their_room(windows: Windows, tmp_path: Path) -> None:
    async with on(PHONE, windows, tmp_path) as play:
        kari = await play.opens("kari")
        assert await kari.page.locator("#composer-text").evaluate(HOLDS_ITS_PLACEHOLDER)
        await kari.types(COMMAND)
        await kari.sees("Fornavn", kari.modal)
        assert (await box(kari.modal.locator("h2"))).height < TWO_LINES
        await kari.press("Escape")
        await kari.sees_no_modal()
        await kari.asks()
        sent = await kari.sees_message("sendt")
        await sent.locator("> article").focus()
        reply = sent.get_by_role("button", name="Svar i tråd")
        assert (await box(reply)).bottom <= (await box(sent.locator("time").first)).top
        await kari.clicks("Trekk forespørselen")
        asked = kari.page.locator("#asking .buttons .button").last
        assert (await box(asked)).height < TWO_LINES


TWO_LINES = 45
"""More than a button or a title of one line is high, and less than one of two."""

HOLDS_ITS_PLACEHOLDER = """field => {
    field.style.fontSize = getComputedStyle(field, "::placeholder").fontSize;
    field.value = field.placeholder;
    const holds = field.scrollHeight <= field.clientHeight;
    field.value = field.style.fontSize = "";
    return holds;
}"""


async def test_the_way_into_a_thread_is_shown_where_one_points_or_is(play: Scene) -> None:
    kari = await play.opens("kari", "styret")
    asked = kari.message("Jeg skal bestille")
    reply = asked.get_by_role("button", name="Svar i tråd")
    await expect(reply).to_have_css("opacity", "0")
    await asked.hover()
    await expect(reply).to_have_css("opacity", "1")
    await kari.page.mouse.move(0, 0)
    await expect(reply).to_have_css("opacity", "0")
    await asked.locator("> article").focus()
    await expect(reply).to_have_css("opacity", "1")


async def test_each_person_has_a_colour_of_their_own(play: Scene) -> None:
    kari = await play.opens("kari", "generelt")
    colours = "all => all.map(each => [each.innerText, getComputedStyle(each).backgroundColor])"
    people = await kari.page.locator("#sidebar .face").evaluate_all(colours)
    assert [initials for initials, _ in people] == ["KN", "OH", "AB", "PL"]
    assert len({colour for _, colour in people}) == 4
    said = await kari.conversation.locator(".face").evaluate_all(colours)
    assert [tuple(each) for each in said] == [tuple(people[2]), tuple(people[3])]
