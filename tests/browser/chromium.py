"""The browser that the tests drive: Debian's Chromium, or whichever one there is."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "The browser tests need Chromium: `apt-get install chromium` (Debian, Ubuntu), or set "
    "CHROMIUM to the path of a Chromium or Chrome."
)
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]
"""It asks nobody outside for anything, and runs as root too."""


def path() -> str | None:
    """Where it is, or None."""
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ([named] if named else NAMES))
    return next((each for each in found if each), None)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path(), args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()
