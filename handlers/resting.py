"""To rest until something is heard, or for as long as one may."""

import asyncio
import contextlib


async def rest_until(heard: asyncio.Event, seconds: float) -> None:
    """Until the event is set, and no longer than so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await heard.wait()
