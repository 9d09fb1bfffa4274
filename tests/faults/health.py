"""What `/readyz` says, asked over the network as a watcher asks it."""

import asyncio
from typing import Any

import aiohttp

from tests.slack.stage import Stage


async def readiness(port: int) -> tuple[int, dict[str, Any]]:
    """It is said soon: long before a statement that hangs is given up, which is after ten
    seconds."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=6)) as session,
        session.get(f"http://127.0.0.1:{port}/readyz") as answer,
    ):
        return answer.status, await answer.json()


async def until(port: int, status: int, **reasons: str) -> None:
    """Wait until it says so, and for these reasons where they are given."""
    found: object = None
    for _ in range(200):
        found = code, parts = await readiness(port)
        if code == status and reasons.items() <= parts.get("reasons", {}).items():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def is_red(play: Stage, **reasons: str) -> None:
    await until(play.bot.port, 503, **reasons)


async def is_green(play: Stage) -> None:
    await until(play.bot.port, 200)
