"""Ten people click about at random: nothing breaks, and nobody is stuck.

The seed in the test's name makes each one's choices the same, not the order among them.
"""

import asyncio
import contextlib
import random
from pathlib import Path

import pytest
from playwright.async_api import Error, Locator, Page

from tests.browser.player import COMMAND, Player
from tests.browser.scene import Scene, scene
from tests.browser.windows import Windows

PEOPLE = 10
DEEDS = 20
"""Of each: more in all than ten get done in a minute on two cores."""

MOST_TRIED = 400

CAST = ("kari", "ola", "anne", "per")
PLACES = ("meldinger", "hjem", "generelt")
LINES = (
    COMMAND,
    f"{COMMAND} koder",
    f"{COMMAND} behandle",
    f"{COMMAND} hjelp",
    f"{COMMAND} <@U0OLA> *hva* `nå`?",
    "hei @Ola Hansen & <b>alle</b> :wave:",
    "/kode",
    "",
)
TEXTS = ("Kari", "å" * 300, "<script>", "kari@fjordglimt.example", "1", "*fet* _skrå_", "")
USABLE = (
    "button:visible:not([data-start-over]):not([data-confirm='start-over'])"
    ":not(:disabled), summary:visible"
)


class Monkey:
    def __init__(self, player: Player, chance: random.Random) -> None:
        self.player = player
        self.chance = chance

    @property
    def page(self) -> Page:
        return self.player.page

    async def plays(self) -> int:
        """How often it succeeded in doing something."""
        done = 0
        for _ in range(MOST_TRIED):
            with contextlib.suppress(Error):  # what it reached for went away under its hand
                await self._does_something()
                done += 1
            if done == DEEDS:
                break
        return done

    async def _does_something(self) -> None:
        dialog = self.page.locator("dialog[open]").last
        if await dialog.count():
            await self._plays_with(dialog)
        elif self.chance.random() < 0.25:
            await self._goes_elsewhere()
        elif self.chance.random() < 0.4:
            await self.player.types(self.chance.choice(LINES))
        else:
            await self._clicks_in(self.page.locator("body"))

    async def _plays_with(self, dialog: Locator) -> None:
        fields = dialog.locator("input:visible, select:visible, textarea:visible")
        kinds = await fields.evaluate_all(
            "all => all.map(each => [each.type, each.options?.length])"
        )
        for number, (kind, options) in enumerate(kinds):
            await self._fills(fields.nth(number), kind, options)
        if self.chance.random() < 0.2:
            await self.page.keyboard.press("Escape")
        else:
            await self._clicks_in(dialog)

    async def _fills(self, field: Locator, kind: str, options: int | None) -> None:
        if kind in ("checkbox", "radio"):
            await field.set_checked(self.chance.random() < 0.8, timeout=500)
        elif kind == "select-one":
            await field.select_option(index=self.chance.randrange(options or 1), timeout=500)
        elif self.chance.random() < 0.3:
            await field.fill(self.chance.choice(TEXTS), timeout=500)

    async def _clicks_in(self, place: Locator) -> None:
        buttons = place.locator(USABLE)
        if count := await buttons.count():
            button = buttons.nth(self.chance.randrange(count))
            handle = await button.element_handle(timeout=500)  # looked for once, not at each try
            await handle.click(timeout=500, click_count=self.chance.choice((1, 1, 2)))

    async def _goes_elsewhere(self) -> None:
        self.player.slug = self.chance.choice(CAST)
        await self.player.goes_to(self.chance.choice(PLACES))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [20261124])
async def test_ten_people_clicking_at_random_break_nothing(
    windows: Windows, tmp_path: Path, seed: int
) -> None:
    async with scene(windows, tmp_path) as play:
        monkeys = [await _monkey(play, seed + number) for number in range(PEOPLE)]
        done = await asyncio.gather(*(monkey.plays() for monkey in monkeys))
        assert done == [DEEDS] * PEOPLE
        await _is_calm(play)
        await _nobody_is_stuck(play)


async def _monkey(play: Scene, seed: int) -> Monkey:
    chance = random.Random(seed)
    return Monkey(await play.opens(chance.choice(CAST)), chance)


async def _is_calm(play: Scene) -> None:
    """Whatever was under way has ended; the bot is well."""
    await play.room.slack.settles()
    assert all((await play.room.bot.is_ready()).values())
    assert not any(view.is_busy for view in play.room.slack.workspace.views.values())


async def _nobody_is_stuck(play: Scene) -> None:
    """Everybody can close what is open, open the form, and send what they write."""
    for slug in CAST:
        player = await play.opens(slug)
        for _ in range(3):
            if await player.page.locator("#modals dialog[open]").count():
                await player.press("Escape")
                await player.page.wait_for_timeout(200)
        await player.sees_no_modal()
        await player.page.locator("#composer-text").fill("")
        await player.types(COMMAND)
        await player.sees("Fornavn", player.modal)
        await player.press("Escape")
        await player.sees_no_modal()
