"""The browser that the tests drive: Debian's Chromium without windows, or whichever there is."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

NAMES = (
    "chromium-headless-shell",  # draws no window around the page: a third less of the processor
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
MISSING = (
    "The browser tests need Chromium: `apt-get install chromium-headless-shell` (Debian), or set "
    "CHROMIUM to the path of any Chromium or Chrome."
)
AS_ONE_OF_MANY = Path(__file__).with_name("as_one_of_many.sh")
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


def _starter() -> str | None:
    """What starts it: itself, or as root what keeps it in its place."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return str(AS_ONE_OF_MANY) if is_root and shutil.which("setpriv") else path()


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_starter(), args=QUIET, env={**os.environ, "CHROMIUM": path() or ""}
        )
        try:
            yield browser
        finally:
            await browser.close()
