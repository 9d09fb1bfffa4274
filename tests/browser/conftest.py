"""One browser for the whole run, so one event loop too."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser import chromium
from tests.browser.scene import Scene, scene
from tests.browser.windows import Windows

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def windows() -> AsyncIterator[Windows]:
    if chromium.path() is None:
        if os.environ.get("CI"):
            pytest.fail(chromium.MISSING)
        pytest.skip(chromium.MISSING)
    async with chromium.launched() as launched:
        yield Windows(launched)


@pytest_asyncio.fixture(loop_scope="session")
async def play(windows: Windows, tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(windows, tmp_path) as ready:
        yield ready
