"""Tokens that run out are renewed ahead of time, whoever needs them: each by one process."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack_errors import NETWORK, name_of
from storage import installations
from storage.desk import Ledger
from storage.installations import Installed

log = logging.getLogger(__name__)

AHEAD = timedelta(hours=2)
"""So long before it runs out. When it does not work it is tried again, and there is time for it."""

LEASE = timedelta(seconds=60)
"""Longer than a call of Slack's may take."""

AT_ONCE = 20


async def renew_all(
    ledger: Ledger, client: AsyncWebClient, client_id: str, client_secret: str
) -> list[str]:
    """All that run out soon; the installations that have another token now. One that Slack does not
    renew is told of in the log, and tried again when the lease is over: it is good until it runs
    out.
    """
    renewed: list[str] = []
    while claimed := await _claimed(ledger):
        found = await asyncio.gather(
            *(_renew(ledger, client, seen, client_id, client_secret) for seen in claimed)
        )
        ids = [seen.granted.id for seen in claimed]
        renewed += [each for each, is_renewed in zip(ids, found, strict=True) if is_renewed]
    return renewed


async def _claimed(ledger: Ledger) -> list[Installed]:
    async with ledger.database.transaction() as transaction:
        before = transaction.now + AHEAD
        return await installations.claim_renewal(
            transaction, ledger.keys, before, most=AT_ONCE, lease=LEASE
        )


async def _renew(
    ledger: Ledger, client: AsyncWebClient, seen: Installed, client_id: str, client_secret: str
) -> bool:
    try:
        answer = await client.oauth_v2_access(
            client_id=client_id,
            client_secret=client_secret,
            grant_type="refresh_token",
            refresh_token=str(seen.granted.said.get("bot_refresh_token", "")),
        )
    except (SlackApiError, *NETWORK) as error:
        about = {"team": seen.granted.id, "error": name_of(error)}
        log.warning("token_not_renewed", extra=about)
        return False
    now = ledger.database.clock()
    expires_at = now + timedelta(seconds=int(answer["expires_in"]))
    said = _renewed(seen.granted.said, answer, expires_at)
    async with ledger.database.transaction() as transaction:
        return await installations.renew(transaction, ledger.keys, seen, said, expires_at)


def _renewed(said: Mapping[str, Any], answer: Any, expires_at: datetime) -> dict[str, Any]:
    """What Slack told at first, with the tokens that it has given since."""
    return {
        **said,
        "bot_token": answer["access_token"],
        "bot_refresh_token": answer["refresh_token"],
        "bot_token_expires_at": int(expires_at.astimezone(UTC).timestamp()),
    }
