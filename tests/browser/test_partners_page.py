"""The page on which partners read how codes are checked: for everybody, and from here alone."""

from pathlib import Path

from playwright.async_api import Request, expect

from storage.opening import open_database
from tests.api.conftest import counter_of
from tests.browser.test_accessibility import is_fit_for_everybody
from tests.browser.windows import Windows
from tests.migrated import migrated_at_once
from tests.unit.storage.cast import Office


async def test_it_is_fit_for_everybody_and_loads_nothing_from_elsewhere(
    windows: Windows, tmp_path: Path
) -> None:
    database = await open_database(migrated_at_once(tmp_path / "bot.sqlite3"))
    async with counter_of(await Office.begin(database)) as counter:
        page = await windows.open()
        asked: list[str] = []

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        await page.goto(f"{counter.url}/api")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sjekk en godkjenningskode")
        await expect(page.get_by_role("row", name="organisation_suspended")).to_be_visible()
        await is_fit_for_everybody(page)
        assert all(each.startswith(counter.url) for each in asked), asked
        page.remove_listener("request", note)
        await windows.leave([page])
    await database.close()
