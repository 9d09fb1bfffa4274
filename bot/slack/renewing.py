"""Tokens that run out are renewed ahead of time, whoever needs them: each by one process."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack_errors import NETWORK, is_refusal, name_of
from storage import installations
from storage.database import DatabaseUnavailable
from storage.desk import Ledger
from storage.installations import Installed

log = logging.getLogger(__name__)

AHEAD = timedelta(hours=2)
"""So long before it runs out. When it does not work it is tried again, and there is time for it."""

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 12.0)
"""Seconds between the times that a new token is tried to be kept."""

LEASE = timedelta(seconds=60)
"""Longer than a call of Slack's may take, and all of these."""

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
            *(_renew(ledger, client, seen, client_id, client_secret) for seen in claimed),
            return_exceptions=True,
        )
        for seen, done in zip(claimed, found, strict=True):
            if isinstance(done, BaseException):
                about = {"team": seen.granted.id, "error": type(done).__name__}
                log.error("token_not_renewed", exc_info=done, extra=about)
            elif done:
                renewed.append(seen.granted.id)
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
        await _end_if_over(ledger, seen, error)
        return False
    expires_at = ledger.database.clock() + timedelta(seconds=int(answer["expires_in"]))
    return await _kept(ledger, seen, _renewed(seen.granted.said, answer, expires_at), expires_at)


async def _kept(
    ledger: Ledger, seen: Installed, said: Mapping[str, Any], expires_at: datetime
) -> bool:
    """Slack takes the refresh token before no more: a ledger that does not answer is asked again,
    as long as the lease allows.

    Raises:
        DatabaseUnavailable: it never did.
    """
    *pauses, last = PAUSES
    for seconds in pauses:
        try:
            return await _keep(ledger, seen, said, expires_at)
        except DatabaseUnavailable as error:
            about = {"team": seen.granted.id, "error": name_of(error)}
            log.warning("token_not_kept_yet", extra=about)
        await asyncio.sleep(seconds)
    await asyncio.sleep(last)
    return await _keep(ledger, seen, said, expires_at)


async def _keep(
    ledger: Ledger, seen: Installed, said: Mapping[str, Any], expires_at: datetime
) -> bool:
    async with ledger.database.transaction() as transaction:
        return await installations.renew(transaction, ledger.keys, seen, said, expires_at)


async def _end_if_over(ledger: Ledger, seen: Installed, error: Exception) -> None:
    """What Slack renews no more and has run out opens nothing ever again."""
    runs_out = seen.granted.token_expires_at
    is_refused = isinstance(error, SlackApiError) and is_refusal(error)
    if not is_refused or runs_out is None or runs_out > ledger.database.clock():
        return
    async with ledger.database.transaction() as transaction:
        why, which = name_of(error), seen.granted.id
        if await installations.end(transaction, which, why, seen=seen.revision):
            log.warning("installation_ended", extra={"team": which, "reason": why})


def _renewed(said: Mapping[str, Any], answer: Any, expires_at: datetime) -> dict[str, Any]:
    """What Slack told at first, with the tokens that it has given since."""
    return {
        **said,
        "bot_token": answer["access_token"],
        "bot_refresh_token": answer["refresh_token"],
        "bot_token_expires_at": int(expires_at.astimezone(UTC).timestamp()),
    }
