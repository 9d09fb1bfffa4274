"""Where the bot has been installed: what Slack has granted it, sealed with the keys of the codes.

One row for a workspace, or for the whole of an organisation of Enterprise Grid: the newest counts.
Where the bot was removed nothing is left that opens anything; that it was there stays, so that all
goes on where it was when it is installed again.

What is next to be done about one (renew its token, welcome whoever installed it, call the roll) is
claimed by a process under a lease, by moving the moment at which it is due to the lease's end.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from storage.database import Reading, Transaction
from storage.keys import Keyring, SecretUnreadable
from storage.records import INSTALLATION_LIFETIME, TOLD_BEFORE
from storage.schema import installations
from storage.sql import (
    Column,
    ColumnElement,
    Integer,
    Select,
    UpdateBase,
    among,
    bindparam,
    case,
    func,
    insert_new,
    null,
    or_,
    select,
    update,
)
from storage.statements import Row

_ADD = insert_new(installations, "id", returning=[installations.c.id])
_granted = {
    "enterprise_id": bindparam("new_enterprise_id"),
    "team_name": bindparam("new_team_name"),
    "installed_by": bindparam("new_installed_by"),
    "installed_at": bindparam("now", type_=installations.c.installed_at.type),
    "secret": bindparam("new_secret"),
    "key_name": bindparam("new_key_name"),
    "token_expires_at": bindparam(
        "new_token_expires_at", type_=installations.c.token_expires_at.type
    ),
    "renewing_until": null(),
    "next_notice_at": case(
        (installations.c.ended_at.is_(None), installations.c.next_notice_at), else_=null()
    ),
    "next_roll_call_at": bindparam("now", type_=installations.c.next_roll_call_at.type),
    "ended_at": null(),
    "why_ended": null(),
    "revision": installations.c.revision + 1,
}
_REPLACE = (
    update(installations)
    .where(installations.c.id == bindparam("which"))
    .values(**_granted)
    .returning(installations.c.id)
)
_ALL = select(
    installations.c.id,
    installations.c.team_name,
    installations.c.installed_by,
    installations.c.installed_at,
    installations.c.token_expires_at,
    installations.c.ended_at,
    installations.c.why_ended,
).order_by(installations.c.installed_at, installations.c.id)
_LIVING = (
    select(installations).where(installations.c.ended_at.is_(None)).order_by(installations.c.id)
)
_COUNT: Any = select(
    func.count().filter(installations.c.ended_at.is_(None)).label("living"),
    func.count().filter(installations.c.ended_at.is_not(None)).label("ended"),
).select_from(installations)
FIND = select(installations).where(among(installations.c.id, "ids"))
IN_GRID = (
    select(installations)
    .where(installations.c.enterprise_id == bindparam("grid"), installations.c.ended_at.is_(None))
    .limit(2)
)
_RENEW = (
    update(installations)
    .where(
        installations.c.id == bindparam("which"),
        installations.c.revision == bindparam("seen"),
        installations.c.ended_at.is_(None),
    )
    .values(
        secret=bindparam("new_secret"),
        key_name=bindparam("new_key_name"),
        token_expires_at=bindparam(
            "new_token_expires_at", type_=installations.c.token_expires_at.type
        ),
        renewing_until=None,
        revision=installations.c.revision + 1,
    )
    .returning(installations.c.id)
)
_is_as_seen = or_(
    installations.c.revision == bindparam("seen", type_=Integer),
    bindparam("seen", type_=Integer).is_(None),
)
_END = (
    update(installations)
    .where(
        installations.c.id == bindparam("which"), installations.c.ended_at.is_(None), _is_as_seen
    )
    .values(
        secret=None,
        key_name=None,
        token_expires_at=None,
        renewing_until=None,
        next_notice_at=bindparam("told_at", type_=installations.c.next_notice_at.type),
        next_roll_call_at=None,
        ended_at=bindparam("now", type_=installations.c.ended_at.type),
        why_ended=bindparam("why"),
        revision=installations.c.revision + 1,
    )
    .returning(installations.c.id)
)
_runs_out_first = (
    select(installations.c.id)
    .where(
        installations.c.token_expires_at <= bindparam("before"),
        or_(
            installations.c.renewing_until.is_(None),
            installations.c.renewing_until <= bindparam("now"),
        ),
    )
    .order_by(installations.c.token_expires_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("runs_out_first")
)
CLAIM_RENEWAL = (
    update(installations)
    .where(installations.c.id.in_(select(_runs_out_first.c.id)))
    .values(renewing_until=bindparam("lease_ends_at", type_=installations.c.renewing_until.type))
    .returning(*installations.c)
)


def _claim(moment: Column[Any], *which: ColumnElement[bool]) -> UpdateBase:
    """Those for which that moment has come: it comes again when the lease ends."""
    first = (
        select(installations.c.id)
        .where(moment <= bindparam("now"), *which)
        .order_by(moment)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("first_due")
    )
    return (
        update(installations)
        .where(installations.c.id.in_(select(first.c.id)))
        .values({moment: bindparam("lease_ends_at", type_=moment.type)})
        .returning(installations.c.id, installations.c.installed_by, moment.label("claimed_until"))
    )


_has_ended = installations.c.ended_at.is_not(None)
CLAIM_WELCOME = _claim(installations.c.next_notice_at, installations.c.ended_at.is_(None))
CLAIM_FAREWELL = _claim(installations.c.next_notice_at, _has_ended)
CLAIM_ROLL_CALL = _claim(installations.c.next_roll_call_at)
NEXT_NOTICE, NEXT_ROLL_CALL = (
    select(moment.label("moment")).where(moment.is_not(None)).order_by(moment).limit(1)
    for moment in (installations.c.next_notice_at, installations.c.next_roll_call_at)
)
_TOLD = (
    update(installations)
    .where(
        installations.c.id == bindparam("which"),
        installations.c.next_notice_at == bindparam("claimed_until"),
    )
    .values(next_notice_at=None)
)
_CALLED = (
    update(installations)
    .where(installations.c.id == bindparam("which"), installations.c.ended_at.is_(None))
    .values(next_roll_call_at=bindparam("next_at", type_=installations.c.next_roll_call_at.type))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What Slack has granted, as it told it."""

    id: str
    """The workspace's; where it was granted for all of a Grid, that organisation's."""

    enterprise_id: str | None
    team_name: str
    installed_by: str
    """Slack user id."""

    said: Mapping[str, Any] = field(repr=False)
    """Tokens and all, for JSON."""

    token_expires_at: datetime | None
    """None where the token is for good."""


class Installed(Struct, frozen=True):
    """An installation as the ledger has it."""

    granted: Granted
    installed_at: datetime
    revision: int
    """How often it has changed: a token that was renewed meanwhile is another one."""


async def keep(transaction: Transaction, keyring: Keyring, granted: Granted) -> None:
    """The newest is what counts, whoever installed it, with more or with fewer rights."""
    sealed = keyring.seal_text(json.dumps(granted.said))
    values = {
        "enterprise_id": granted.enterprise_id,
        "team_name": granted.team_name,
        "installed_by": granted.installed_by,
        "secret": sealed.secret,
        "key_name": sealed.key_name,
        "token_expires_at": granted.token_expires_at,
    }
    now = transaction.now
    due = {"next_notice_at": now, "next_roll_call_at": now}
    fresh = {"id": granted.id, "installed_at": now, "revision": 0, **due, **values}
    if await transaction.row(_ADD, **fresh) is not None:
        return
    new = {f"new_{name}": value for name, value in values.items()}
    if await transaction.row(_REPLACE, which=granted.id, now=now, **new) is None:
        await transaction.row(_ADD, **fresh)  # what was there has been forgotten meanwhile


class Seen(Struct, frozen=True):
    """What is known of one without its keys."""

    id: str
    team_name: str
    installed_by: str
    installed_at: datetime
    token_expires_at: datetime | None
    ended_at: datetime | None
    why_ended: str | None


async def list_all(transaction: Reading) -> list[Seen]:
    """Those that there are, and those that have ended and are not forgotten yet; oldest first."""
    return [Seen(**row) for row in await transaction.rows(_ALL)]


async def living(transaction: Reading, keyring: Keyring) -> list[Installed]:
    """All that have not ended.

    Raises:
        SecretUnreadable: one was sealed with a key that is not in the ring.
    """
    return [_installed(row, keyring) for row in await transaction.rows(_LIVING)]


async def count(transaction: Reading) -> tuple[int, int]:
    """How many there are, and how many have ended and are not forgotten yet."""
    (row,) = await transaction.rows(_COUNT)
    return row["living"], row["ended"]


async def find(transaction: Reading, keyring: Keyring, ids: Sequence[str]) -> Installed | None:
    """The first of these that there is, and that has not ended.

    Raises:
        SecretUnreadable: it was sealed with a key that is not in the ring.
    """
    rows = {row["id"]: row for row in await transaction.rows(FIND, ids=ids)}
    living = (rows[each] for each in ids if each in rows and rows[each]["ended_at"] is None)
    row = next(living, None)
    return _installed(row, keyring) if row else None


async def find_each(
    transaction: Reading, keyring: Keyring, ids: Sequence[str]
) -> dict[str, Installed]:
    """Those of these that there are, by id, and that have not ended. One that was sealed with a key
    that is not in the ring is left out, as if it were not there."""
    found: dict[str, Installed] = {}
    for row in await transaction.rows(FIND, ids=ids):
        if row["ended_at"] is None:
            with suppress(SecretUnreadable):
                found[row["id"]] = _installed(row, keyring)
    return found


async def find_only_one(transaction: Reading, keyring: Keyring, grid: str) -> Installed | None:
    """The one that there is in an organisation of Enterprise Grid; None where there are several.

    Raises:
        SecretUnreadable: it was sealed with a key that is not in the ring.
    """
    rows = await transaction.rows(IN_GRID, grid=grid)
    return _installed(rows[0], keyring) if len(rows) == 1 else None


def _installed(row: Row, keyring: Keyring) -> Installed:
    granted = Granted(
        id=row["id"],
        enterprise_id=row["enterprise_id"],
        team_name=row["team_name"],
        installed_by=row["installed_by"],
        said=json.loads(keyring.open(row["secret"])),
        token_expires_at=row["token_expires_at"],
    )
    return Installed(granted, row["installed_at"], row["revision"])


async def claim_renewal(
    transaction: Transaction,
    keyring: Keyring,
    before: datetime,
    *,
    most: int,
    lease: timedelta,
) -> list[Installed]:
    """Those whose token runs out by then, for this process until the lease ends: a refresh token
    can be spent once. One that was sealed with a key that is not in the ring is left to whoever has
    it."""
    rows = await transaction.rows(
        CLAIM_RENEWAL,
        before=before,
        now=transaction.now,
        most=most,
        lease_ends_at=transaction.now + lease,
    )
    found: list[Installed] = []
    for row in rows:
        with suppress(SecretUnreadable):
            found.append(_installed(row, keyring))
    return found


async def renew(
    transaction: Transaction,
    keyring: Keyring,
    seen: Installed,
    said: Mapping[str, Any],
    token_expires_at: datetime | None,
) -> bool:
    """Keep a token that Slack has given for the one before; False when it is another installation
    by now."""
    sealed = keyring.seal_text(json.dumps(said))
    row = await transaction.row(
        _RENEW,
        which=seen.granted.id,
        seen=seen.revision,
        new_secret=sealed.secret,
        new_key_name=sealed.key_name,
        new_token_expires_at=token_expires_at,
    )
    return row is not None


async def end(transaction: Transaction, which: str, why: str, *, seen: int | None = None) -> bool:
    """The bot was removed, or its token taken back; False when that is known, or when it is
    another installation by now than the one that was seen: the revision of that."""
    now = transaction.now
    told_at = now + INSTALLATION_LIFETIME - TOLD_BEFORE
    ended = await transaction.row(_END, which=which, now=now, why=why, seen=seen, told_at=told_at)
    return ended is not None


class Due(Struct, frozen=True):
    """Something is to be done about an installation."""

    id: str
    installed_by: str
    claimed_until: datetime


async def claim_welcome(transaction: Transaction, *, most: int, lease: timedelta) -> list[Due]:
    """Those whose installer is to be welcomed, for this process until the lease ends."""
    return await _claimed(transaction, CLAIM_WELCOME, most, lease)


async def claim_farewell(transaction: Transaction, *, most: int, lease: timedelta) -> list[Due]:
    """Those that have ended, and of which the operator is to be told that their data goes."""
    return await _claimed(transaction, CLAIM_FAREWELL, most, lease)


async def claim_roll_call(transaction: Transaction, *, most: int, lease: timedelta) -> list[Due]:
    """Those of whose people Slack is to be asked, for this process until the lease ends."""
    return await _claimed(transaction, CLAIM_ROLL_CALL, most, lease)


async def next_notice(transaction: Reading) -> datetime | None:
    """When somebody is to be told of one next; past where another process has it in hand."""
    return await _next(transaction, NEXT_NOTICE)


async def next_roll_call(transaction: Reading) -> datetime | None:
    return await _next(transaction, NEXT_ROLL_CALL)


async def _next(transaction: Reading, statement: Select[Any]) -> datetime | None:
    row = await transaction.row(statement)
    moment: datetime | None = row["moment"] if row else None
    return moment


async def _claimed(
    transaction: Transaction, statement: UpdateBase, most: int, lease: timedelta
) -> list[Due]:
    now = transaction.now
    rows = await transaction.rows(statement, now=now, most=most, lease_ends_at=now + lease)
    return [Due(**row) for row in rows]


async def told(transaction: Transaction, claimed: Due) -> None:
    """Whoever was to be has been, or cannot be. Where it was removed or installed meanwhile, what
    is to be told since stays."""
    await transaction.run(_TOLD, which=claimed.id, claimed_until=claimed.claimed_until)


async def called(transaction: Transaction, which: str, next_at: datetime) -> None:
    """Its roll has been called, as far as Slack told; and is called then again."""
    await transaction.run(_CALLED, which=which, next_at=next_at)
