"""Who asks, and whether they may now: partners' keys, their pace, and what is guessed.

    key known ──► not suspended ──► not locked out ──► within the pace ──► answered
                                         ▲
    ten misses in a minute ──────────────┘ for a minute: of codes by key and by address, of keys
                                           those alone who have none, by address

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


WITHOUT_KEY = f"{ADDRESS}:keys:"
"""How an address begins of which those alone are meant who show no key that opens anything."""

_FROM = {PARTNER: "with your keys", ADDRESS: "from your address"}


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
        await self.let_in(address)
        known = self._whose(authorization)
        if known is None:
            raise self._told_to_stranger(authorization, address)
        if known.partner.suspended_at is not None:
            raise Problem(SUSPENDED, "The operator has suspended you. Ask them why.")
        self._require_room(self.of_partner(known))
        return known

    async def let_in(self, address: str) -> None:
        """Whoever asks from there, without a key.

        Raises:
            Problem: not now.
            DatabaseUnavailable: it cannot be found out.
        """
        await self._look.again()
        self._require_room(self.of_address(address))

    def _told_to_stranger(self, authorization: str, address: str) -> Problem:
        """They alone are shut out by what they miss: a key that opens something does so from the
        same address."""
        strangers = self.of_strangers(address)
        self._require_room(strangers)
        self.missed(strangers)
        challenge = {"www-authenticate": 'Bearer realm="godkjenningsbot"'}
        return Problem(NO_KEY, _why_not(authorization), headers=challenge)

    @staticmethod
    def of_partner(known: Known) -> str:
        return f"{PARTNER}:{known.partner.id}"

    def of_address(self, address: str) -> str:
        return f"{ADDRESS}:{self._mark_of(address)}"

    def of_strangers(self, address: str) -> str:
        """Whoever asks from there with no key that opens anything."""
        return f"{WITHOUT_KEY}{self._mark_of(address)}"

    def _mark_of(self, address: str) -> str:
        return self._ledger.keys.vouch("address:" + address)

    def missed_code(self, known: Known, address: str) -> None:
        """Whoever rehearses guesses at no code: it is nobody else's matter at their address."""
        partner = self.of_partner(known)
        self.missed(partner)
        if not known.partner.is_test:
            self.missed(self.of_address(address), partner=partner)

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
        locked = asker.locked_until - self._monotonic()
        waits = max(locked, asker.bucket.wait_seconds())
        if waits > 0:
            why = _why_locked(who) if locked > 0 else self._why_slowed(who)
            raise Problem(TOO_MANY, why, headers={"retry-after": str(ceil(waits))})
        asker.bucket.take(1)

    def _why_slowed(self, who: str) -> str:
        kind = who.partition(":")[0]
        pace = self._paces[kind]
        return (
            f"The pace: {_FROM[kind]} {pace.burst} questions are answered at once, and then "
            f"{pace.per_second:g} a second. What is unknown costs {MISS_COSTS} more."
        )

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


def _why_locked(who: str) -> str:
    if who.startswith(WITHOUT_KEY):
        return (
            f"Unknown keys: from your address {MOST_MISSES} questions came in a minute without a "
            "key that opens anything. With one that does you are answered."
        )
    what = f"{MOST_MISSES} codes were asked about in a minute that are not there."
    return f"Unknown codes: {_FROM[who.partition(':')[0]]} {what}"


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
