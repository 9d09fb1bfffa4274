"""What partners are told by themselves goes out: each to the place that the partner has named.

    claim what is due ──► sign (Standard Webhooks) ──► POST, outside alone ──► keep what came

Anybody may have named a place: so it is https, it is no address of ours or of a private network,
whatever name leads there, and nobody is followed elsewhere.
"""

import asyncio
import logging
import random
import re
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct
from standardwebhooks.webhooks import Webhook as Signature

from bot.delivering.rounds import Rounds
from handlers.pace import Backoff
from storage import webhooks
from storage.desk import Ledger
from storage.keys import SecretUnreadable
from storage.records import DeliveryState
from storage.webhooks import Delivery, NoWebhook, PartnerSuspended, Webhook

log = logging.getLogger(__name__)

MOST_AT_ONCE = 20
SECONDS = 10.0
"""In which a partner's server is to answer."""

LONGEST_REST = 30.0
SHORTEST_REST = 0.05
BACKOFF = Backoff(first=timedelta(seconds=5), longest=timedelta(hours=2))

LONGEST_LABEL = 63
"""Characters between the dots of a name (RFC 1035)."""

_TRANSLATED = ip_network("64:ff9b::/96")
"""Where an address of IPv4 stands in one of IPv6 (RFC 6052)."""


class NotOutside(OSError):  # noqa: N818 - says what is
    """The place is not one to which anything is sent: it is no https, or not outside."""


class Came(Struct, frozen=True):
    """What came of sending something once."""

    status: int | None
    error: str | None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def require_outside(url: str, *, inside_too: bool) -> None:
    """What can be said of a place before its name is looked up.

    Raises:
        NotOutside: nothing is sent there.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise NotOutside("address") from None
    is_one = host and parts.username is None and port != 0
    if not is_one or parts.scheme not in ("http", "https") or re.search(r"\s", url):
        raise NotOutside("address")
    address = _address(str(host))
    if address is None and not _is_name(str(host)):
        raise NotOutside("address")
    if inside_too:
        return
    if parts.scheme != "https":
        raise NotOutside("https")
    if address is not None and not is_outside(address):
        raise NotOutside("inside")


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_name(host: str) -> bool:
    """Whether it can be looked up. What ends in a number, as 127.1 does, some read as an address,
    and nobody's name does."""
    labels = host.removesuffix(".").split(".")
    is_number = re.fullmatch("[0-9]+|0x[0-9a-f]*", labels[-1]) is not None
    return not is_number and all(0 < len(each) <= LONGEST_LABEL for each in labels)


def is_outside(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the Internet at large; also that which stands within another."""
    if isinstance(address, IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if within is None and address in _TRANSLATED:
            within = IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return is_outside(within)
    return address.is_global and not address.is_multicast


class Outside(AbstractResolver):
    """Leads to addresses outside alone: what is looked up is what is then connected to."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        outside = [each for each in found if is_outside(ip_address(each["host"]))]
        if not outside:
            raise NotOutside("inside")
        return outside

    async def close(self) -> None:
        await self._resolver.close()


class Postman:
    """Carries to partners' places."""

    def __init__(self, *, inside_too: bool = False, seconds: float = SECONDS) -> None:
        self._inside_too = inside_too
        self._seconds = seconds
        self._http: aiohttp.ClientSession | None = None

    async def carry(self, place: Webhook, delivery_id: str, body: str, now: datetime) -> Came:
        """Signed by each secret that is of use."""
        try:
            require_outside(place.url, inside_too=self._inside_too)
            return await self._post(place.url, body, signed(place.secrets, delivery_id, body, now))
        except NotOutside as error:
            return Came(None, f"not_outside_{error}")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            cause = error.__cause__
            if isinstance(cause, NotOutside):
                return Came(None, f"not_outside_{cause}")
            return Came(None, type(error).__name__)

    async def _post(self, url: str, body: str, headers: dict[str, str]) -> Came:
        async with self._session().post(
            url, data=body.encode(), headers=headers, allow_redirects=False
        ) as answer:
            return Came(answer.status, None)

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            resolver: AbstractResolver = aiohttp.ThreadedResolver()
            if not self._inside_too:
                resolver = Outside(resolver)
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=resolver, use_dns_cache=False, force_close=True, limit=MOST_AT_ONCE
                ),
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._http

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()


def signed(secrets: tuple[str, ...], delivery_id: str, body: str, now: datetime) -> dict[str, str]:
    """The headers by which the partner knows that it is ours (Standard Webhooks). `now` is UTC: by
    another zone the library signs another time."""
    signatures = [Signature(secret).sign(delivery_id, now, body) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Godkjenningsbot",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


class Letterbox(Rounds):
    """Sends what is due to partners; several processes may do this on one PostgreSQL."""

    def __init__(
        self,
        ledger: Ledger,
        postman: Postman,
        *,
        backoff: Backoff = BACKOFF,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        super().__init__()
        self._ledger = ledger
        self._postman = postman
        self._backoff = backoff
        self._jitter = jitter
        self._next_due: datetime | None = None
        """When something is due next, as it stood when nothing was."""

    async def _round(self) -> None:
        """The broad catch: a round that fails is logged, and the next one tries again."""
        self._next_due = None
        try:
            while await self._send_due() and not self._stopping:
                pass
        except Exception:
            log.exception("letterbox_round_failed")

    async def _send_due(self) -> int:
        database = self._ledger.database
        async with database.reading() as reading:
            self._next_due = await webhooks.next_due(reading)
            if self._next_due is None or self._next_due > reading.now:
                return 0
        async with database.transaction() as transaction:
            claimed = await webhooks.claim(transaction, MOST_AT_ONCE)
        await asyncio.gather(*(self._send(each) for each in claimed))
        return len(claimed)

    async def _send(self, delivery: Delivery) -> None:
        """It raises nothing: what is not kept is due again when its lease ends."""
        try:
            came = await self._came(delivery)
            again = None
            if not came.is_taken:
                again = self._backoff.delay(delivery.attempts, self._jitter())
            async with self._ledger.database.transaction() as transaction:
                state = await webhooks.attempted(
                    transaction, delivery, status=came.status, error=came.error, again_after=again
                )
            if state is DeliveryState.PARKED:
                log.warning("webhook_parked", extra={"partner": delivery.partner_id})
        except Exception:
            log.exception("webhook_not_kept", extra={"partner": delivery.partner_id})

    async def _came(self, delivery: Delivery) -> Came:
        database = self._ledger.database
        try:
            async with database.reading() as reading:
                keys, which = self._ledger.keys, delivery.partner_id
                place = await webhooks.of_partner(reading, keys, which)
        except (NoWebhook, PartnerSuspended, SecretUnreadable) as error:
            return Came(None, type(error).__name__)
        return await self._postman.carry(place, delivery.id, delivery.body, database.clock())

    async def _seconds_to_rest(self) -> float:
        """By what the round has seen: the ledger is not asked once more."""
        if self._next_due is None:
            return LONGEST_REST
        seconds = (self._next_due - self._ledger.database.clock()).total_seconds()
        return min(LONGEST_REST, max(SHORTEST_REST, seconds))
