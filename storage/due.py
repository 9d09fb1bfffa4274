"""What time brings: codes that run out, requests that wait too long, deputies whose time begins or
has passed, authority that ends, what is to be forgotten.

A sweep takes a batch of due rows by index, so it costs what is due and not what is stored.
On PostgreSQL a row that another process has in hand is skipped.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from storage import (
    audit,
    decisions,
    holding,
    mirroring,
    outbox,
    register,
    retention,
    terms,
    webhooks,
)
from storage.database import Transaction
from storage.desk import DecidingDesk, Desk, Ledger
from storage.notice_times import CODE_EXPIRED, lapses_at, latest_passed, next_notice, next_reminder
from storage.outbox import REQUESTS_WAITING, NewNotice
from storage.records import (
    BOT,
    Action,
    CodeState,
    RequestState,
    Turn,
)
from storage.schema import account_holders, code_requests, codes, confirmations, organisations
from storage.sql import Select, bindparam, func, select, update
from storage.statements import Row

BATCH = 250

DUE_CODES = (
    select(codes.c.id, codes.c.organisation_id, codes.c.user_id, codes.c.expires_at)
    .where(codes.c.next_notice_at <= bindparam("now"))
    .order_by(codes.c.next_notice_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True)
)
_TOLD_CODE = (
    update(codes)
    .where(codes.c.id == bindparam("code_id"))
    .values(next_notice_at=bindparam("next_at"))
)
_EXPIRE_CODE = (
    update(codes)
    .where(codes.c.id == bindparam("code_id"))
    .values(state=CodeState.EXPIRED, ended_at=bindparam("now"), next_notice_at=bindparam("next_at"))
)
ORGANISATIONS_DUE = (
    select(code_requests.c.organisation_id)
    .where(code_requests.c.next_notice_at <= bindparam("now"))
    .order_by(code_requests.c.next_notice_at)
    .limit(bindparam("most"))
)
_WAITING = (
    select(
        code_requests.c.id,
        code_requests.c.asked_at,
        code_requests.c.next_notice_at,
    )
    .where(
        code_requests.c.organisation_id == bindparam("of_organisation"),
        code_requests.c.state == RequestState.PENDING,
    )
    .order_by(code_requests.c.asked_at, code_requests.c.id)
    .with_for_update(key_share=True)
)
_REMIND_AGAIN = (
    update(code_requests)
    .where(code_requests.c.id == bindparam("request_id"))
    .values(next_notice_at=bindparam("next_at"))
)

_NEXT_MOMENTS = [
    select(func.min(table.c.next_notice_at).label("moment")).where(
        table.c.organisation_id == bindparam("of_organisation")
    )
    for table in (codes, code_requests, account_holders, confirmations)
] + [
    select(organisations.c.next_review_at.label("moment")).where(
        organisations.c.id == bindparam("of_organisation"), register.IS_ANYBODY_THERE
    )
]


async def next_moment(desk: Desk) -> datetime | None:
    """When time next brings something to tell in an organisation; None when nothing does."""
    rows = [await desk.row(statement) for statement in _NEXT_MOMENTS]
    moments: list[datetime] = [row["moment"] for row in rows if row and row["moment"]]
    return min(moments, default=None)


async def sweep(ledger: Ledger) -> int:
    """Do all that is due now, batch by batch; how many codes and organisations there were.

    What it does cannot be undone, so the clock must be right.
    """
    done = 0
    for step in (
        _at_desks(holding.DEPUTIES_DUE, holding.keep_time),  # first: to them the rest is told
        _at_desks(terms.TERMS_DUE, terms.keep_time),
        _at_desks(terms.REVIEWS_DUE, terms.review),
        _sweep_codes,
        _at_desks(ORGANISATIONS_DUE, _sweep_requests),
    ):
        done += await _in_batches(ledger, step)
    await retention.sweep(ledger)
    return done


async def _in_batches(ledger: Ledger, step: Callable[[Transaction], Awaitable[int]]) -> int:
    done = 0
    while True:
        async with ledger.database.transaction() as transaction:
            count = await step(transaction)
        done += count
        if count < BATCH:
            return done


def _at_desks(
    due: Select[Any], work: Callable[[DecidingDesk], Awaitable[None]]
) -> Callable[[Transaction], Awaitable[int]]:
    """What is due in whole organisations. They are locked in one order: another process may be at
    the same."""

    async def step(transaction: Transaction) -> int:
        rows = await transaction.rows(due, now=transaction.now, most=BATCH)
        for organisation_id in sorted({row["organisation_id"] for row in rows}):
            await work(await DecidingDesk.of(transaction, None, organisation_id))
        return len(rows)

    return step


async def _sweep_codes(transaction: Transaction) -> int:
    """Tell of one batch of codes that they run out or have run out (rule 3)."""
    due = await transaction.rows(DUE_CODES, now=transaction.now, most=BATCH)
    told = [(row, latest_passed(row["expires_at"], transaction.now)) for row in due]
    expired = [row for row, kind in told if kind == CODE_EXPIRED]
    expiring = [row for row, kind in told if kind != CODE_EXPIRED]
    await transaction.run_many(
        _EXPIRE_CODE, [{**_next(transaction, row), "now": transaction.now} for row in expired]
    )
    await transaction.run_many(_TOLD_CODE, [_next(transaction, row) for row in expiring])
    ended = [row["id"] for row in expired]
    await webhooks.code_ended(transaction, webhooks.Event.CODE_EXPIRED, ended)
    about = [(row["organisation_id"], row["id"]) for row in expired]
    await audit.record_each(transaction, BOT, Action.CODE_EXPIRED, about)
    await outbox.tell_each(
        transaction,
        [
            (
                row["organisation_id"],
                NewNotice(kind, row["user_id"], code_id=row["id"], turn=Turn.TIME),
            )
            for row, kind in told
            if kind is not None
        ],
    )
    return len(due)


def _next(transaction: Transaction, row: Row) -> Row:
    """The code, and when there is something to tell of it next."""
    return {"code_id": row["id"], "next_at": next_notice(row["expires_at"], transaction.now)}


async def _sweep_requests(desk: DecidingDesk) -> None:
    """Remind the account holders where something has waited, or let it lapse."""
    waiting = await desk.rows(_WAITING)
    lapsed = [row for row in waiting if lapses_at(row["asked_at"]) <= desk.now]
    for row in lapsed:
        await decisions.lapse(desk, row["id"])
    still = [row for row in waiting if row not in lapsed]
    due = [row for row in still if row["next_notice_at"] <= desk.now]
    if due:
        await _remind(desk, due[0], still)


async def _remind(desk: DecidingDesk, first: Row, waiting: list[Row]) -> None:
    """One reminder that lists all that waits, in the place of the one before: everything in it
    counts as reminded of."""
    await mirroring.mirror_reminders(desk)
    about = f"{first['id']}:{first['next_notice_at']:%Y%m%d%H%M%S}"
    await outbox.tell(
        desk,
        *(
            NewNotice(REQUESTS_WAITING, user, about=about, turn=Turn.TIME)
            for user in desk.standing.holders
        ),
    )
    await desk.transaction.run_many(
        _REMIND_AGAIN,
        [
            {"request_id": row["id"], "next_at": next_reminder(row["asked_at"], desk.now)}
            for row in waiting
        ],
    )
