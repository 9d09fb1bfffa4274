"""How long the ledger keeps what, and that it goes when its time is over.

What is to go is found by index, the oldest first, and goes in small batches, each in a transaction
of its own: whoever asks or decides meanwhile gets in between. Where nothing is to go, nothing is
written. What happened stays in the audit, which knows ids alone.

The README has all of it in one table, which a test compares with this.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from storage import leaving, lockouts, webhooks
from storage.database import Transaction
from storage.desk import DecidingDesk, Ledger
from storage.forgetting import (
    DECIDED_REQUESTS,
    ENDED_CODES,
    GIVEN_WORDS,
    PASSED_WORDS,
    WITHDRAWN_WORDS,
    forget_codes,
    forget_requests,
    forget_words,
)
from storage.outbox import ORGANISATION_REGISTERED
from storage.records import (
    CHOICE_LIFETIME,
    INSTALLATION_LIFETIME,
    LOOKUP_LIFETIME,
    NOTICE_LIFETIME,
    WORD_LIFETIME,
)
from storage.schema import (
    choices,
    code_requests,
    deliveries,
    events,
    forwarded_questions,
    idempotency_keys,
    installing,
    metadata,
    misses,
    outbox,
    people,
    questions,
)
from storage.schema import lockouts as locked_out
from storage.schema import webhooks as places
from storage.sql import (
    ColumnElement,
    Delete,
    Select,
    Table,
    Update,
    UpdateBase,
    bindparam,
    delete,
    func,
    select,
    update,
)

log = logging.getLogger(__name__)

BATCH = 100
"""Rows of one kind that go in one transaction, with what belongs to them."""

MOST_BATCHES = 20
"""Of one kind in one sweep: what is left goes in the next."""

PAUSE_SECONDS = 0.001
"""Between batches: another process that waits for SQLite's one writer would not get in without."""


class Kept(Struct, frozen=True):
    """One kind of thing that is kept for a time."""

    what: str
    tables: frozenset[str]
    """From which something goes."""

    lifetime: timedelta | None
    """None: for as long as the operator wants (`Ledger.keeps`)."""

    due: Select[Any]
    """The oldest that are to go, up to `most`: what was made, or has ended, by `before`."""

    forget: Callable[[Transaction, datetime, int], Awaitable[int]]
    """Lets up to so many of them go; how many there were."""


def _rows(
    what: str,
    lifetime: timedelta | None,
    table: Table,
    moment: ColumnElement[Any],
    *which: ColumnElement[bool],
    by: Delete | Update | None = None,
) -> Kept:
    """Rows to which nothing refers. Each goes by a statement that asks again whether it is to: on
    PostgreSQL another process may have changed it since it was found."""
    due = select(table.c.id).where(*which).order_by(moment).limit(bindparam("most"))
    go = (delete(table) if by is None else by).where(table.c.id == bindparam("row_id"), *which)

    forget = partial(_forget_rows, due, go)
    return Kept(what, frozenset({table.name}), lifetime, due, forget)


async def _forget_rows(
    due: Select[Any], go: UpdateBase, transaction: Transaction, before: datetime, most: int
) -> int:
    ids = sorted(row["id"] for row in await transaction.rows(due, before=before, most=most))
    await transaction.run_many(go, [{"row_id": each, "before": before} for each in ids])
    return len(ids)


def _past(moment: ColumnElement[Any]) -> ColumnElement[bool]:
    return moment <= bindparam("before")


def _at_desks(
    what: str,
    due: Select[Any],
    forget_at: Callable[[DecidingDesk, datetime, int], Awaitable[int]],
    *also: str,
) -> Kept:
    """What belongs to an organisation, where nobody asks or decides meanwhile; and whose it was."""

    async def forget(transaction: Transaction, before: datetime, most: int) -> int:
        oldest = await transaction.row(due, before=before, most=1)
        if oldest is None:
            return 0
        desk = await DecidingDesk.of(transaction, None, oldest["organisation_id"])
        return await forget_at(desk, before, most)

    tables = frozenset({what, "people", "confirmations", *also})
    return Kept(what, tables, None, due, forget)


def _of_words(what: str, due: Select[Any], lifetime: timedelta | None) -> Kept:
    """What account holders have said of the authority of people who have nothing else."""
    kept = _at_desks("confirmations", due, partial(forget_words, due))
    return replace(kept, what=what, lifetime=lifetime)


AT_ONCE = timedelta(0)
"""The row itself says when it is to be forgotten."""

_is_named = people.c.slack_name.is_not(None)
_forms_since = (
    select(func.count())
    .select_from(code_requests)
    .where(code_requests.c.person_id == people.c.id, code_requests.c.asked_at > bindparam("before"))
    .correlate(people)
    .scalar_subquery()
)
_UNNAME = update(people).values(slack_name=None)
_chosen = choices.c.chosen_at
_looked_up, _made = people.c.looked_up_at, outbox.c.created_at
_told, _ended = deliveries.c.made_at, places.c.ends_at
_locked = locked_out.c.locked_at

OF_AN_ORGANISATION = frozenset(
    name for name, table in metadata.tables.items() if "organisation_id" in table.c
) | {"organisations"}
LEFT = Kept("organisations", OF_AN_ORGANISATION, AT_ONCE, leaving.LEFT, leaving.forget_left)
"""All that organisations have which are no workspace's any more."""

KEPT = (
    *(
        _rows(table.name, AT_ONCE, table, table.c.forget_at, _past(table.c.forget_at))
        for table in (events, questions, forwarded_questions, installing, idempotency_keys, misses)
    ),
    _rows("choices", CHOICE_LIFETIME, choices, _chosen, _past(_chosen)),
    # The operator's own stays, and shows how the organisation stands.
    _rows(
        *("settled", NOTICE_LIFETIME, outbox, _made),
        *(_past(_made), outbox.c.due_at.is_(None), outbox.c.kind != ORGANISATION_REGISTERED),
    ),
    # With each goes how it went. One that is to be sent once more stays as long.
    replace(
        _rows(
            *("deliveries", webhooks.KEPT, deliveries, _told),
            *(_past(_told), deliveries.c.due_at.is_(None)),
        ),
        tables=frozenset({"deliveries", "delivery_attempts"}),
    ),
    _rows("webhooks", AT_ONCE, places, _ended, _past(_ended)),
    _rows("lockouts", lockouts.KEPT, locked_out, _locked, _past(_locked)),
    Kept(
        "installations",
        frozenset({"installations"}),
        INSTALLATION_LIFETIME,
        leaving.ENDED,
        leaving.forget_installations,
    ),
    LEFT,
    _rows("names", LOOKUP_LIFETIME, people, _looked_up, _past(_looked_up), _is_named, by=_UNNAME),
    # Of a look-up that a later form has made void, where Slack has not told since.
    _rows(
        *("void_names", LOOKUP_LIFETIME, people, _looked_up),
        *(_looked_up.is_(None), _is_named, _forms_since == 0),
        by=_UNNAME,
    ),
    _at_desks("code_requests", DECIDED_REQUESTS, forget_requests),
    _at_desks("codes", ENDED_CODES, forget_codes, "uses"),
    _of_words("withdrawn_words", WITHDRAWN_WORDS, None),
    _of_words("passed_words", PASSED_WORDS, None),
    _of_words("given_words", GIVEN_WORDS, WORD_LIFETIME),
    # Written to a workspace from which the bot has been gone all the while.
    _rows("unsettled", None, outbox, _made, _past(_made), outbox.c.kind != ORGANISATION_REGISTERED),
)


async def sweep(ledger: Ledger) -> None:
    """Let go what has had its time, and give the disk back what it took."""
    for kept in KEPT:
        if count := await _sweep(ledger, kept):
            log.info("forgotten", extra={"what": kept.what, "count": count})
    await ledger.database.give_back_space()


async def forget_left(ledger: Ledger) -> None:
    """All of it now, however much it is."""
    while await _sweep(ledger, LEFT):
        pass


async def _sweep(ledger: Ledger, kept: Kept) -> int:
    done = 0
    for _ in range(MOST_BATCHES):
        count = await _forget_batch(ledger, kept)
        if not count:
            break
        done += count
        await asyncio.sleep(PAUSE_SECONDS)
    return done


async def _forget_batch(ledger: Ledger, kept: Kept) -> int:
    lifetime = ledger.keeps if kept.lifetime is None else kept.lifetime
    async with ledger.database.reading() as reading:
        before = reading.now - lifetime
        if await reading.row(kept.due, before=before, most=1) is None:
            return 0
    async with ledger.database.transaction() as transaction:
        return await kept.forget(transaction, before, BATCH)
