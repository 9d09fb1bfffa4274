"""The pages on which the bot is installed: for everybody, and without a script of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from bot.trial.sandbox import Sandbox
from storage.desk import Ledger
from storage.keys import Keyring, new_key
from storage.opening import open_database
from tests.browser.test_accessibility import is_fit_for_everybody
from tests.browser.windows import Windows
from tests.migrated import migrated_at_once
from tests.slack.door import Door, door_of


@pytest_asyncio.fixture(loop_scope="session")
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    database = await open_database(migrated_at_once(tmp_path / "bot.sqlite3"))
    ledger = Ledger(database, Keyring([new_key()]))
    async with Sandbox() as slack, door_of(slack, ledger) as ready:
        yield ready
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(windows: Windows, door: Door) -> AsyncIterator[Page]:
    """Of a browser that runs no scripts."""
    opened = await windows.open({"java_script_enabled": False})
    await opened.goto(door.app.public_url)
    yield opened
    await windows.leave([opened])


async def test_from_the_button_to_the_bot(door: Door, page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text("Godkjenningsbot")
    await page.get_by_role("link", name="Legg til i Slack").click()
    await page.get_by_role("button", name="Tillat som Kari").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Boten er lagt til")
    assert await door.is_installed()
    await page.get_by_role("link", name="Åpne Slack").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Organisasjonen")


async def test_a_no_leads_back_to_the_beginning(door: Door, page: Page) -> None:
    await page.get_by_role("link", name="Legg til i Slack").click()
    await page.get_by_role("button", name="Avbryt").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Boten er ikke lagt til")
    await page.get_by_role("link", name="Begynn på nytt").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Godkjenningsbot")
    assert not await door.is_installed()


async def test_back_and_forth_in_the_browser_is_said(door: Door, page: Page) -> None:
    await page.get_by_role("link", name="Legg til i Slack").click()
    await page.get_by_role("button", name="Tillat som Kari").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Boten er lagt til")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Det gikk for lang tid")
    await expect(page.locator("main")).to_contain_text("Lenken er brukt")


async def test_every_page_is_fit_for_everybody(door: Door, windows: Windows) -> None:
    page = await windows.open({"reduced_motion": "reduce"})
    await page.goto(door.app.public_url)
    await is_fit_for_everybody(page)
    for decision in ("Avbryt", "Tillat som Kari"):
        await page.goto(door.app.public_url)
        await page.get_by_role("link", name="Legg til i Slack").click()
        await page.get_by_role("button", name=decision).click()
        await is_fit_for_everybody(page)
    await windows.leave([page])
