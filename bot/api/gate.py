"""Who asks, and whether they may now: partners' keys, their pace, and what is guessed.

    key known ──► not suspended ──► not locked out ──► within the pace ──► answered
                                         ▲
    ten misses in a minute ──────────────┘ for a minute, by key and by address

What there is of partners is looked at anew each second: a key that was made or ended is one, a
moment later, in every process.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from msgspec import Struct, field

from bot.api.looking import Look
from bot.api.problems import NO_KEY, SUSPENDED, TOO_MANY, Problem
from handlers.pace import TokenBucket
from storage import guessing, partners
from storage.desk import Ledger
from storage.guessing import ADDRESS, LOCKED, MOST_MISSES, PARTNER, WINDOW, Misses
from storage.partner_keys import digest, is_partner_key
from storage.partners import Known

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 1.0
MOST_KNOWN = 10_000
"""Askers whose pace is kept in mind; whoever has not asked for longest is forgotten."""

MISS_COSTS = 4
"""Questions more, of the pace: whoever guesses is slower."""


class Pace(Struct, frozen=True):
    """So many questions at once, and then so many a second."""

    burst: int
    per_second: float


OF_A_KEY = Pace(200, 50.0)
OF_AN_ADDRESS = Pace(400, 100.0)


class _Asker(Struct):
    bucket: TokenBucket
    misses: list[float] = field(default_factory=list)
    locked_until: float = 0.0


class Gate:
    """`wall` moments come from the ledger's clock, all else from `monotonic`, in seconds."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        key_pace: Pace = OF_A_KEY,
        address_pace: Pace = OF_AN_ADDRESS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._paces = {PARTNER: key_pace, ADDRESS: address_pace}
        self._monotonic = monotonic
        self._known: dict[bytes, Known] = {}
        self._askers: OrderedDict[str, _Asker] = OrderedDict()
        self._counted: dict[str, Misses] = {}
        self._telling: asyncio.Task[None] | None = None
        self._look = Look(self._look_now, LOOK_AGAIN_SECONDS, monotonic)

    async def admit(self, authorization: str, address: str) -> Known:
        """Whose key it is.

        Raises:
            Problem: they may not ask, or not now.
            DatabaseUnavailable: it cannot be found out.
        """
        by_address = await self.let_in(address)
        known = self._whose(authorization)
        if known is None:
            self.missed(by_address)
            challenge = {"www-authenticate": 'Bearer realm="godkjenningsbot"'}
            raise Problem(NO_KEY, _why_not(authorization), headers=challenge)
        if known.partner.suspended_at is not None:
            raise Problem(SUSPENDED)
        self._require_room(self.of_partner(known))
        return known

    async def let_in(self, address: str) -> str:
        """Whoever asks from there, without a key; who that is.

        Raises:
            Problem: not now.
            DatabaseUnavailable: it cannot be found out.
        """
        await self._look.again()
        by_address = self.of_address(address)
        self._require_room(by_address)
        return by_address

    @staticmethod
    def of_partner(known: Known) -> str:
        return f"{PARTNER}:{known.partner.id}"

    def of_address(self, address: str) -> str:
        return f"{ADDRESS}:{self._ledger.keys.vouch('address:' + address)}"

    def missed(self, who: str, *, partner: str | None = None) -> None:
        """They have shown what there is not; from an address, the partner who did."""
        now, asker = self._monotonic(), self._asker(who)
        since = now - WINDOW.total_seconds()
        asker.misses = [*(at for at in asker.misses if at > since), now]
        asker.bucket.take(MISS_COSTS)
        is_locked = len(asker.misses) >= MOST_MISSES
        if is_locked:
            self._lock(who, asker, LOCKED.total_seconds())
            asker.misses.clear()
        partners = {partner} if partner else set()
        self._count(who, Misses(1, is_locked=is_locked, partners=partners))

    def _count(self, who: str, more: Misses) -> None:
        """For the other processes, and for the operator."""
        self._keep(who, more)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    def _keep(self, who: str, more: Misses) -> None:
        counted = self._counted.setdefault(who, Misses())
        counted.count += more.count
        counted.is_locked |= more.is_locked
        counted.partners |= more.partners

    def _lock(self, who: str, asker: _Asker, seconds: float) -> None:
        if asker.locked_until <= self._monotonic():
            kind, _, which = who.partition(":")
            # Of an address nothing is told: it is whose it is.
            log.warning(
                "locked_out",
                extra={"what": kind, **({"partner": which} if kind == PARTNER else {})},
            )
        asker.locked_until = max(asker.locked_until, self._monotonic() + seconds)

    def _require_room(self, who: str) -> None:
        asker = self._asker(who)
        waits = max(asker.locked_until - self._monotonic(), asker.bucket.wait_seconds())
        if waits > 0:
            raise Problem(TOO_MANY, headers={"retry-after": str(ceil(waits))})
        asker.bucket.take(1)

    def _asker(self, who: str) -> _Asker:
        asker = self._askers.get(who)
        if asker is None:
            pace = self._paces[who.partition(":")[0]]
            asker = _Asker(TokenBucket(pace.burst, pace.per_second, self._monotonic))
            self._askers[who] = asker
            if len(self._askers) > MOST_KNOWN:
                self._askers.popitem(last=False)
        self._askers.move_to_end(who)
        return asker

    def _whose(self, authorization: str) -> Known | None:
        known = self._known.get(digest(_key_in(authorization)))
        return known if known and known.key.opens_at(self._ledger.database.clock()) else None

    async def _tell(self) -> None:
        """The other processes, by the ledger, what was missed here."""
        while self._counted:
            counted, self._counted = self._counted, {}
            try:
                async with self._ledger.database.transaction() as transaction:
                    await guessing.note(transaction, counted)
            except Exception as error:  # whatever it is, they are told with the next
                log.warning("misses_not_told", extra={"error": type(error).__name__})
                self._keep_all(counted)
                return

    def _keep_all(self, counted: dict[str, Misses]) -> None:
        """What could not be told, as long as there is not too much of it."""
        for who, more in counted.items():
            if len(self._counted) < MOST_KNOWN or who in self._counted:
                self._keep(who, more)

    async def finish(self) -> None:
        """See out what is being told."""
        if self._telling is not None:
            await self._telling

    async def _look_now(self) -> None:
        async with self._ledger.database.reading() as reading:
            self._known = await partners.known(reading)
            locked = await guessing.locked(reading)
            now = reading.now
        for who, until in locked.items():  # by another's clock, which may have been ahead
            self._lock(who, self._asker(who), min(LOCKED, until - now).total_seconds())


def _key_in(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _why_not(authorization: str) -> str:
    """The key itself is not said again."""
    key = _key_in(authorization)
    if not key:
        return "Send it as Authorization: Bearer, and the key."
    if not is_partner_key(key):
        return "This is no key of ours. Copy all of it."
    return "The key is not known, or has come to its end. The operator can give you another."
