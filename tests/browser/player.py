"""One person at the page, in a real browser: what they do, and what they see."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page, expect

COMMAND = "/godkjenningskode"
FORM = {
    "Rolle i organisasjonen": "Frivillig",
    "Hva skal koden brukes til?": "Nettside",
    "har representasjonsmyndighet": True,
}
PATIENCE = 10_000
"""Milliseconds."""


@dataclass
class Player:
    page: Page
    slug: str
    url: str

    # Where one is

    async def goes_to(self, place: str) -> None:
        await self.page.goto(f"{self.url}/{self.slug}/{place}")

    @property
    def modal(self) -> Locator:
        """The modal on top: the last one that is open."""
        return self.page.locator("#modals dialog[open]").last

    @property
    def conversation(self) -> Locator:
        return self.page.locator("#conversation")

    def message(self, text: str) -> Locator:
        """The newest message that holds this text."""
        return self.conversation.locator("li.message", has_text=text).last

    # What one sees

    async def sees(self, text: str, where: Locator | None = None) -> Locator:
        found = (where or self.conversation).get_by_text(text).filter(visible=True).last
        await expect(found).to_be_visible(timeout=PATIENCE)
        return found

    async def sees_modal(self, title: str) -> Locator:
        heading = self.modal.get_by_role("heading", level=2)
        await expect(heading).to_have_text(title, timeout=PATIENCE)
        return self.modal

    async def sees_no_modal(self) -> None:
        await expect(self.page.locator("#modals dialog")).to_have_count(0, timeout=PATIENCE)

    async def sees_message(self, *texts: str) -> Locator:
        """The newest message that holds all of these."""
        message = self.message(texts[0])
        for text in texts:
            await expect(message).to_contain_text(text, timeout=PATIENCE)
        return message

    async def sees_no(self, text: str) -> None:
        await expect(self.conversation.get_by_text(text)).to_have_count(0, timeout=PATIENCE)

    async def sees_buttons(self, where: Locator, *names: str) -> None:
        """These buttons in this order, and no others."""
        buttons = where.locator(".block .button:not(dialog.confirm .button)")
        await expect(buttons).to_have_text(list(names), timeout=PATIENCE)

    # What one does

    async def types(self, line: str) -> None:
        field = self.page.locator("#composer-text")
        await field.fill(line)
        await field.press("Enter")

    async def clicks(self, name: str, where: Locator | None = None) -> None:
        """In this place; else in the modal on top; else in the newest place that has it."""
        if where is None:
            is_open = await self.page.locator("#modals dialog[open]").count()
            where = self.modal if is_open else self.conversation
        button = where.get_by_role("button", name=name, exact=True)
        await button.last.click(timeout=PATIENCE)

    async def confirms(self, name: str) -> None:
        """The button of the dialog that asks whether one is sure."""
        dialog = self.page.locator("dialog.confirm[open]")
        await dialog.get_by_role("button", name=name, exact=True).click(timeout=PATIENCE)

    async def fills(self, values: Mapping[str, Any]) -> None:
        for label, value in values.items():
            await self._fill(label, value)

    async def _fill(self, label: str, value: Any) -> None:
        if isinstance(value, bool):
            await self.modal.get_by_label(re.compile(re.escape(label))).set_checked(value)
            return
        field = self.modal.get_by_label(label)
        if await field.evaluate("field => field.tagName") == "SELECT":
            await field.select_option(label=value)
        else:
            await field.fill(value)

    async def submits(self) -> None:
        await self.modal.locator("footer .button.primary").click(timeout=PATIENCE)

    # Steps that are taken over and over

    async def asks(self, **changes: Any) -> None:
        """Open the form, fill what was not prefilled, send it."""
        await self.types(COMMAND)
        await self.sees("Fornavn", self.modal)
        title = await self.modal.get_by_role("heading", level=2).inner_text()
        await self.fills({**FORM, **changes})
        await self.submits()
        if title == "Ny godkjenningskode":
            await self.sees_modal("Godkjenningskoden")
            await self.clicks("Lukk")
        await self.sees_no_modal()

    async def approves(self, **more: Any) -> None:
        await self.clicks("Godkjenn")
        await self.sees_modal("Godkjenn forespørsel")
        await self.fills({"Jeg bekrefter": True, **more})
        await self.submits()
        await self.sees_no_modal()

    async def travels(self, button: str) -> None:
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)
