"""Whether our clock may be trusted, by the time that Slack tells with every answer.

What a wrong clock lets expire, lapse or be forgotten is gone for good; so nothing of that is done
before Slack has been asked: at the start, and whenever the clock has moved otherwise than time has
passed. A notice that waits a little is a small harm beside it.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack_errors import NETWORK
from storage.database import Clock

log = logging.getLogger(__name__)

MOST_APART = timedelta(minutes=5)
"""How much our clock may differ from Slack's: as much as a signature's time may."""

MOST_MOVED = timedelta(minutes=1)
"""How much the clock may move otherwise than time has passed, until Slack is asked anew."""

ASK_AGAIN_SECONDS = 1.0


class SlackTime:
    """Our clock beside Slack's. Whenever it is found to be right, `put_right` mends what it has
    done while it was not."""

    def __init__(
        self,
        client: AsyncWebClient,
        clock: Clock,
        put_right: Callable[[], Awaitable[None]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._clock = clock
        self._put_right = put_right
        self._monotonic = monotonic
        self._zero: datetime | None = None
        """What our clock showed, when it was right last, at the beginning of time's own count."""

        self._asking = asyncio.Lock()
        self._asked_at: float | None = None
        self.trouble = ""
        """How our clock differs from Slack's; empty when it does not, as far as is known."""

    async def agrees(self) -> bool:
        """Whether our clock is right. Slack is asked when that is in doubt, and while it does not
        tell, the clock is not to be trusted."""
        async with self._asking:  # who comes meanwhile hears what has been told
            while self._is_in_doubt() and self._may_ask():
                self._asked_at = self._monotonic()
                await self._ask()
            return not self._is_in_doubt()

    async def is_wrong(self, within: float) -> bool:
        """Whether our clock is known to be wrong, as far as Slack tells in so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self.agrees()
        return bool(self.trouble)

    def _may_ask(self) -> bool:
        return self._asked_at is None or self._monotonic() - self._asked_at >= ASK_AGAIN_SECONDS

    def _is_in_doubt(self) -> bool:
        return bool(self.trouble) or self._zero is None or self._has_moved_from(self._zero)

    def _has_moved_from(self, zero: datetime) -> bool:
        return abs(zero - self._found_zero()) > MOST_MOVED

    def _found_zero(self) -> datetime:
        return self._clock() - timedelta(seconds=self._monotonic())

    async def _ask(self) -> None:
        """`api.test` needs no scope, and any answer has the time, a refusal as well."""
        zero = self._found_zero()
        try:
            headers: Any = (await self._client.api_test()).headers
        except SlackApiError as error:
            headers = getattr(error.response, "headers", {})
        except NETWORK:
            return
        told, now = _date(headers), self._clock()
        if self._has_moved_from(zero):
            self._asked_at = None  # while Slack told: it is asked anew
        elif told is not None and abs(now - told) > MOST_APART:
            self._differs(now - told)
        else:
            await self._is_right(zero)

    def _differs(self, apart: timedelta) -> None:
        if not self.trouble:
            log.error("clock_differs_from_slack", extra={"seconds": round(apart.total_seconds())})
        self.trouble = "clock_ahead" if apart > timedelta() else "clock_behind"

    async def _is_right(self, zero: datetime) -> None:
        await self._put_right()
        self._zero, self._asked_at = zero, None
        if self.trouble:
            log.info("clock_agrees_with_slack_again")
            self.trouble = ""


def _date(headers: Any) -> datetime | None:
    """When the answer was made; None where it does not say."""
    named = {str(name).lower(): text for name, text in dict(headers).items()}
    try:
        found = parsedate_to_datetime(str(named["date"]))
    except (KeyError, ValueError):
        return None
    return found if found.tzinfo else None
