"""Programs of others', which look at what we make."""

import asyncio
from pathlib import Path

SECONDS = 240
"""In which one is to be through."""


async def run(*command: str, folder: Path) -> tuple[int, str]:
    """Its exit code, and what it has written."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(SECONDS):
            written, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode is not None
    return process.returncode, written.decode()
