"""What partners are told by themselves: that a code which they have found valid is good no more.

    revoked, replaced, run out, suspended ──► a delivery for each partner who has seen such a code
    delivery ── claimed under a lease ──► sent ──► delivered
                        ▲                   └──► tried again later, for a day; then parked

A partner who is suspended is sent nothing, and hears of nothing that ends meanwhile.
Only partners who have used a code hear of it, and of an organisation those who have used one of
its codes: by their own references, and never the code. What is told stands as it was when it
happened.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_bytes
from typing import Any

from msgspec import Struct

from storage.database import Reading, Transaction
from storage.keys import Keyring
from storage.records import DeliveryState, Partner
from storage.schema import (
    codes,
    deliveries,
    delivery_attempts,
    organisations,
    partners,
    uses,
    webhooks,
)
from storage.sql import among, bindparam, func, insert, or_, select, update
from storage.statements import Row

GIVEN_UP_AFTER = timedelta(days=1)
LEASE = timedelta(seconds=30)
OVERLAP = timedelta(days=1)
"""How long what is sent is signed with the old secret, too, when there is a new one."""

KEPT = timedelta(days=90)
"""How long it is kept what a partner was told."""

MOST_USES = 100
"""Of which one letter tells: of more there are several letters."""

PREFIX = "whsec_"
SECRET_BYTES = 32


class Event(StrEnum):
    """What a partner is told of."""

    CODE_REVOKED = "code.revoked"
    CODE_REPLACED = "code.replaced"
    CODE_EXPIRED = "code.expired"
    ORGANISATION_SUSPENDED = "organisation.suspended"
    TEST = "test"


class NoDelivery(Exception):  # noqa: N818 - says what is, like the refusals
    """There is no such delivery, or it is on its way already."""


class NoWebhook(Exception):  # noqa: N818
    """This partner has no place to which it is told."""


class PartnerSuspended(Exception):  # noqa: N818
    """This partner is told nothing as long as they are suspended."""


class Webhook(Struct, frozen=True):
    """Where a partner is told, and by which secrets it is signed, the newest first."""

    partner_id: str
    url: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Webhook({self.partner_id})"


class Delivery(Struct, frozen=True):
    """One letter to a partner."""

    id: str
    partner_id: str
    kind: str
    body: str
    state: DeliveryState
    made_at: datetime
    due_at: datetime | None
    claim: str | None
    attempts: int
    give_up_at: datetime


class Attempt(Struct, frozen=True):
    """What came of sending it once: what was answered, or what went wrong."""

    delivery_id: str
    at: datetime
    status: int | None
    error: str | None


_COLUMNS = [column for column in deliveries.c if column.name != "organisation_id"]
_ADD_WEBHOOK = insert(webhooks)
_is_open = or_(webhooks.c.ends_at.is_(None), webhooks.c.ends_at > bindparam("moment"))
OF_PARTNER = (
    select(webhooks.c.url, webhooks.c.secret, webhooks.c.ends_at, partners.c.suspended_at)
    .join(partners, partners.c.id == webhooks.c.partner_id)
    .where(webhooks.c.partner_id == bindparam("of_partner"), _is_open)
    .order_by(webhooks.c.made_at.desc(), webhooks.c.id.desc())
)
ANY = select(webhooks.c.id).where(webhooks.c.ends_at.is_(None)).limit(1)
_END_NEWEST = (
    update(webhooks)
    .where(webhooks.c.partner_id == bindparam("of_partner"), webhooks.c.ends_at.is_(None))
    .values(ends_at=bindparam("new_end", type_=webhooks.c.ends_at.type))
)
_END_ALL = (
    update(webhooks)
    .where(webhooks.c.partner_id == bindparam("of_partner"), _is_open)
    .values(ends_at=bindparam("moment", type_=webhooks.c.ends_at.type))
)
_has_webhook = select(webhooks.c.partner_id).where(webhooks.c.ends_at.is_(None))
_SEEN = (
    select(
        uses.c.partner_id,
        uses.c.organisation_id,
        uses.c.code_id,
        uses.c.id,
        uses.c.service,
        uses.c.reference,
        uses.c.used_at,
        organisations.c.name,
        organisations.c.number,
    )
    .join(organisations, organisations.c.id == uses.c.organisation_id)
    .join(partners, partners.c.id == uses.c.partner_id)
    .where(
        uses.c.partner_id.in_(_has_webhook),
        partners.c.suspended_at.is_(None),
    )
    .order_by(uses.c.used_at, uses.c.id)
)
SEEN_CODE = _SEEN.where(uses.c.code_id == bindparam("code_id"))
_its_codes = select(codes.c.id).where(codes.c.organisation_id == bindparam("of_organisation"))
SEEN_ORGANISATION = _SEEN.where(uses.c.code_id.in_(_its_codes))
"""By its codes: of all uses there are many more, and none are looked for by whose they are."""

_ADD = insert(deliveries)
_first_due = (
    select(deliveries.c.id)
    .where(deliveries.c.due_at <= bindparam("moment"))
    .order_by(deliveries.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("first_due")
)
CLAIM = (
    update(deliveries)
    .where(deliveries.c.id.in_(select(_first_due.c.id)))
    .values(
        due_at=bindparam("lease_ends_at"),
        claim=bindparam("new_claim"),
        attempts=deliveries.c.attempts + 1,
    )
    .returning(*_COLUMNS)
)
NEXT_DUE = (
    select(deliveries.c.due_at)
    .where(deliveries.c.due_at.is_not(None))
    .order_by(deliveries.c.due_at)
    .limit(1)
)
_SETTLE = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("which"),
        deliveries.c.claim == bindparam("my_claim"),
    )
    .values(
        state=bindparam("new_state", type_=deliveries.c.state.type),
        due_at=bindparam("new_due_at", type_=deliveries.c.due_at.type),
        claim=None,
    )
)
_ATTEMPTED = insert(delivery_attempts)
_RESEND = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("which"),
        or_(deliveries.c.due_at.is_(None), deliveries.c.claim.is_(None)),
    )
    .values(
        state=DeliveryState.WAITING,
        due_at=bindparam("moment", type_=deliveries.c.due_at.type),
        give_up_at=bindparam("new_end", type_=deliveries.c.give_up_at.type),
        attempts=0,
        claim=None,
    )
    .returning(deliveries.c.partner_id)
)
_SUSPENDED = select(partners.c.id).where(
    partners.c.id == bindparam("which"), partners.c.suspended_at.is_not(None)
)
LATEST = (
    select(*_COLUMNS)
    .where(deliveries.c.partner_id == bindparam("of_partner"))
    .order_by(deliveries.c.made_at.desc(), deliveries.c.id.desc())
    .limit(bindparam("most"))
)
PARKED = (
    select(partners.c.name, func.count().label("count"))
    .join(partners, partners.c.id == deliveries.c.partner_id)
    .where(deliveries.c.state == DeliveryState.PARKED, partners.c.suspended_at.is_(None))
    .group_by(partners.c.id, partners.c.name)
    .order_by(partners.c.name)
)
_ATTEMPTS = (
    select(
        delivery_attempts.c.delivery_id,
        delivery_attempts.c.at,
        delivery_attempts.c.status,
        delivery_attempts.c.error,
    )
    .where(among(delivery_attempts.c.delivery_id, "ids"))
    .order_by(delivery_attempts.c.at, delivery_attempts.c.id)
)


# Where partners are told


async def set_place(
    transaction: Transaction,
    keyring: Keyring,
    partner: Partner,
    url: str,
    *,
    others_end_now: bool = False,
) -> str:
    """From now on they are told there; the secret by which it is signed, which is shown now or
    never. The one before is of use for a while beside it, unless all others end now."""
    if others_end_now:
        await take_away(transaction, partner)
    else:
        new_end = transaction.now + OVERLAP
        await transaction.run(_END_NEWEST, of_partner=partner.id, new_end=new_end)
    secret = PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode()
    sealed = keyring.seal_text(secret)
    await transaction.run(
        _ADD_WEBHOOK,
        id=transaction.new_id(),
        partner_id=partner.id,
        url=url,
        secret=sealed.secret,
        key_name=sealed.key_name,
        made_at=transaction.now,
    )
    return secret


async def take_away(transaction: Transaction, partner: Partner) -> None:
    """They are told nothing by themselves any more."""
    await transaction.run(_END_ALL, of_partner=partner.id, moment=transaction.now)


async def of_partner(reading: Reading, keyring: Keyring, partner_id: str) -> Webhook:
    """
    Raises:
        NoWebhook: they are told nothing by themselves.
        PartnerSuspended: they are told nothing now.
        SecretUnreadable: the key that sealed a secret is missing.
    """
    rows = await reading.rows(OF_PARTNER, of_partner=partner_id, moment=reading.now)
    now = [row for row in rows if row["ends_at"] is None]
    if not now:
        raise NoWebhook
    if now[0]["suspended_at"] is not None:
        raise PartnerSuspended
    older = [row for row in rows if row["ends_at"] is not None]
    opened = tuple(keyring.open(row["secret"]) for row in (*now, *older))
    return Webhook(partner_id, now[0]["url"], opened)


# What they are told


async def code_ended(transaction: Transaction, event: Event, code_ids: Iterable[str]) -> None:
    """Each partner who has seen one of these codes hears of it."""
    if not await transaction.row(ANY):
        return  # as where nobody is told: then it costs one look, however many codes they are
    for code_id in sorted(code_ids):
        await _tell(transaction, event, await transaction.rows(SEEN_CODE, code_id=code_id))


async def organisation_suspended(transaction: Transaction, organisation_id: str) -> None:
    """Each partner who has seen a code of it does."""
    if not await transaction.row(ANY):
        return
    seen = await transaction.rows(SEEN_ORGANISATION, of_organisation=organisation_id)
    await _tell(transaction, Event.ORGANISATION_SUSPENDED, seen)


async def _tell(transaction: Transaction, event: Event, seen: Sequence[Row]) -> None:
    by_partner: dict[str, list[Row]] = {}
    for row in seen:
        by_partner.setdefault(row["partner_id"], []).append(row)
    for partner_id, theirs in sorted(by_partner.items()):
        for data in _in_letters(theirs):
            await add(transaction, partner_id, theirs[0]["organisation_id"], event, data)


def _in_letters(theirs: Sequence[Row]) -> list[dict[str, Any]]:
    starts = range(0, len(theirs), MOST_USES)
    return [_data(theirs[start : start + MOST_USES], len(theirs)) for start in starts]


def _data(theirs: Sequence[Row], in_all: int) -> dict[str, Any]:
    return {
        "organisation": {"name": theirs[0]["name"], "number": theirs[0]["number"]},
        "uses": [
            {
                "id": row["id"],
                "service": row["service"],
                "reference": row["reference"],
                "used_at": row["used_at"].isoformat(),
            }
            for row in theirs
        ],
        "uses_in_all": in_all,
    }


async def add(
    transaction: Transaction, partner_id: str, organisation_id: str, event: Event, data: Any
) -> str:
    """One delivery, due now; its id."""
    delivery_id = transaction.new_id()
    await transaction.run(
        _ADD,
        id=delivery_id,
        partner_id=partner_id,
        organisation_id=organisation_id,
        kind=event,
        body=written(event, transaction.now, data),
        state=DeliveryState.WAITING,
        made_at=transaction.now,
        due_at=transaction.now,
        attempts=0,
        give_up_at=transaction.now + GIVEN_UP_AFTER,
    )
    transaction.makes_due = True
    return delivery_id


def written(event: Event, at: datetime, data: Any) -> str:
    """The letter itself."""
    body = {"type": event, "timestamp": at.isoformat(), "data": data}
    return json.dumps(body, ensure_ascii=False)


# How it goes out


async def claim(transaction: Transaction, most: int) -> list[Delivery]:
    """What is due, for whoever sends it now."""
    now = transaction.now
    rows = await transaction.rows(
        CLAIM,
        moment=now,
        most=most,
        lease_ends_at=now + LEASE,
        new_claim=transaction.new_id(),
    )
    return [Delivery(**row) for row in rows]


async def next_due(reading: Reading) -> datetime | None:
    row = await reading.row(NEXT_DUE)
    return row["due_at"] if row else None


async def attempted(
    transaction: Transaction,
    delivery: Delivery,
    *,
    status: int | None,
    error: str | None,
    again_after: timedelta | None,
) -> DeliveryState:
    """Keep what came of it: delivered where it is not to be tried again, and else due later, until
    it is given up."""
    now = transaction.now
    await transaction.run(
        _ATTEMPTED,
        id=transaction.new_id(),
        delivery_id=delivery.id,
        at=now,
        status=status,
        error=error,
    )
    state, due_at = DeliveryState.DELIVERED, None
    if again_after is not None:
        due_at = now + again_after
        state = DeliveryState.WAITING
        if due_at > delivery.give_up_at:
            state, due_at = DeliveryState.PARKED, None
    await transaction.run(
        _SETTLE, which=delivery.id, my_claim=delivery.claim, new_state=state, new_due_at=due_at
    )
    return state


async def resend(transaction: Transaction, delivery_id: str) -> None:
    """Once more, whatever became of it, for another day.

    Raises:
        NoDelivery: there is none, or it is on its way.
        PartnerSuspended: whoever it is for is told nothing now.
    """
    now = transaction.now
    row = await transaction.row(
        _RESEND, which=delivery_id, moment=now, new_end=now + GIVEN_UP_AFTER
    )
    if row is None:
        raise NoDelivery
    if await transaction.row(_SUSPENDED, which=row["partner_id"]):
        raise PartnerSuspended
    transaction.makes_due = True


async def latest(
    reading: Reading, partner_id: str, most: int
) -> list[tuple[Delivery, Sequence[Attempt]]]:
    """The newest of a partner's, the newest first, each with how it went."""
    found = [
        Delivery(**row) for row in await reading.rows(LATEST, of_partner=partner_id, most=most)
    ]
    rows = await reading.rows(_ATTEMPTS, ids=[each.id for each in found])
    attempts = [Attempt(**row) for row in rows]
    return [
        (delivery, [each for each in attempts if each.delivery_id == delivery.id])
        for delivery in found
    ]


async def parked(reading: Reading) -> dict[str, int]:
    """How many were given up, by the names of the partners whom they were for: of those who are
    suspended nothing is to be done until they are let in again."""
    return {row["name"]: row["count"] for row in await reading.rows(PARKED)}
