"""How the bot that runs here is, asked by `GET /readyz` as a watchdog asks: only that bot knows
whether the file it has open is still the one that lies there."""

from typing import Any

import aiohttp

from bot.settings import Settings
from bot.words import _

ANSWER_SECONDS = 3.0


async def complaint(read: Settings) -> str | None:
    """What the bot that listens where these settings say complains of; None when none listens."""
    found = await _readiness(read)
    if found is None:
        return None
    reasons = found.pop("reasons", {})
    unwell = [part for part, is_well in found.items() if not is_well]
    if not unwell:
        return ""
    told = [f"{part} ({reasons[part]})" if part in reasons else part for part in unwell]
    return _("er ikke i orden: {parts}. Se i loggen dens.").format(parts=", ".join(told))


async def _readiness(read: Settings) -> dict[str, Any] | None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(read.host, read.host)  # noqa: S104
    address = f"http://{f'[{host}]' if ':' in host else host}:{read.port}/readyz"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)) as session,
            session.get(address) as answer,
        ):
            found = await answer.json()
    except (aiohttp.ClientError, OSError, ValueError):
        return None
    # Somebody else may listen there.
    return found if isinstance(found, dict) and "dispatcher" in found else None
