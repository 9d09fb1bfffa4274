"""Who delivers a notice: a process claims what is due, by moving `due_at` to the end of its lease,
and then says what became of it. If it dies, that is due again by itself. A claim is a token, so
that a process that comes too late changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from storage.database import Reading, Transaction
from storage.desk import AskingDesk, Desk
from storage.outbox import COLUMNS, NOBODY_TO_TELL, REPLIES, NewNotice, tell
from storage.records import NOTICE_LIFETIME, Notice, NoticeState, Turn
from storage.schema import outbox
from storage.sql import (
    ColumnElement,
    among,
    and_,
    bindparam,
    case,
    delete,
    func,
    not_,
    null,
    or_,
    select,
    update,
)

NOBODY_LOOK_AGAIN = timedelta(days=1)
"""How long a notice waits that is for the account holders, while there are none."""

_of_teams = among(outbox.c.team_id, "teams")
_first_due = (
    select(outbox.c.id)
    .where(
        outbox.c.turn == bindparam("which_turn", type_=outbox.c.turn.type),
        outbox.c.due_at <= bindparam("now"),
        _of_teams,
    )
    .order_by(outbox.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("first_due")
)
"""Named, so that it is found once: within IN, PostgreSQL may look for it anew for each row, and so
passes over what the first look has locked."""

CLAIM = (
    update(outbox)
    .where(outbox.c.id.in_(select(_first_due.c.id)))
    .values(
        due_at=bindparam("lease_ends_at"),
        claim=bindparam("new_claim"),
        unsure=or_(outbox.c.unsure, outbox.c.claim.is_not(None)),
        attempts=outbox.c.attempts + 1,
    )
    .returning(*COLUMNS)
)
_oldest_due = (
    select(outbox.c.team_id)
    .where(
        outbox.c.turn == bindparam("which_turn", type_=outbox.c.turn.type),
        outbox.c.due_at <= bindparam("now"),
        not_(among(outbox.c.team_id, "but")),
    )
    .order_by(outbox.c.due_at)
    .limit(bindparam("most"))
    .subquery("oldest_due")
)
TEAMS_DUE = select(_oldest_due.c.team_id).distinct().order_by(_oldest_due.c.team_id)
_mine = (outbox.c.id == bindparam("notice_id"), outbox.c.claim == bindparam("my_claim"))
_DELIVERED = (
    update(outbox)
    .where(*_mine)
    .values(
        state=NoticeState.DELIVERED,
        due_at=case(
            (outbox.c.revision == bindparam("delivered_revision"), null()),
            else_=bindparam("now", type_=outbox.c.due_at.type),
        ),
        claim=None,
        unsure=False,
        attempts=0,
        error=None,
        channel=bindparam("new_channel"),
        ts=bindparam("new_ts"),
    )
    .returning(outbox.c.id)
)
_FINISH = (
    update(outbox)
    .where(*_mine)
    .values(state=bindparam("new_state"), due_at=None, claim=None, error=bindparam("new_error"))
    .returning(outbox.c.id)
)
_FORGET = delete(outbox).where(*_mine).returning(outbox.c.id)
_POSTPONE = (
    update(outbox)
    .where(*_mine)
    .values(
        due_at=bindparam("new_due_at"),
        claim=None,
        unsure=bindparam("is_unsure"),
        attempts=outbox.c.attempts - bindparam("not_counted"),
        error=bindparam("new_error"),
    )
    .returning(outbox.c.id)
)
_MAYBE_TAKEN = select(*COLUMNS).where(
    outbox.c.organisation_id == bindparam("of_organisation"),
    outbox.c.recipient == bindparam("of_recipient"),
    outbox.c.due_at.is_not(None),
    outbox.c.ts.is_(None),
    or_(
        outbox.c.unsure,
        and_(outbox.c.claim.is_not(None), outbox.c.due_at <= bindparam("now")),
    ),
)
NEXT_DUE = (
    select(outbox.c.due_at)
    .where(
        outbox.c.turn == bindparam("which_turn", type_=outbox.c.turn.type),
        outbox.c.due_at.is_not(None),
        _of_teams,
    )
    .order_by(outbox.c.due_at)
    .limit(1)
)
_amounts: list[ColumnElement[Any]] = [
    outbox.c.turn,
    func.count().label("waiting"),
    func.count().filter(outbox.c.due_at <= bindparam("now")).label("due"),
    func.min(outbox.c.due_at).label("first_due_at"),
]
_HOW_MUCH_WAITS_IN_ALL = (
    select(*_amounts).where(outbox.c.due_at.is_not(None)).group_by(outbox.c.turn)
)
HOW_MUCH_WAITS = _HOW_MUCH_WAITS_IN_ALL.where(_of_teams)
_HOW_MUCH_IS_PARKED_IN_ALL = (
    select(func.count().label("parked"))
    .select_from(outbox)
    .where(outbox.c.state == NoticeState.PARKED)
)
HOW_MUCH_IS_PARKED = _HOW_MUCH_IS_PARKED_IN_ALL.where(_of_teams)


async def teams_due(
    transaction: Reading, turn: Turn, *, but: Sequence[str], most: int
) -> list[str]:
    """The workspaces of the `most` oldest notices of this turn that are due, but for these: those
    whose pace lets nothing go now, and which are to keep nobody waiting."""
    rows = await transaction.rows(
        TEAMS_DUE, which_turn=turn, now=transaction.now, but=but, most=most
    )
    return [row["team_id"] for row in rows]


async def claim(
    transaction: Transaction, teams: Sequence[str], turn: Turn, *, most: int, lease: timedelta
) -> list[Notice]:
    """Take up to `most` notices of these workspaces, due and of this turn, for this process until
    the lease ends.

    Oldest first; another workspace's are for the bot that is installed there.
    `unsure` tells that an earlier attempt may have reached Slack without our knowing.
    """
    rows = await transaction.rows(
        CLAIM,
        teams=teams,
        which_turn=turn,
        now=transaction.now,
        most=most,
        lease_ends_at=transaction.now + lease,
        new_claim=transaction.new_id(),
    )
    claimed = [Notice(**row) for row in rows]
    return sorted(claimed, key=lambda each: (each.created_at, each.id))


async def delivered(transaction: Transaction, sent: Notice, channel: str, ts: str) -> bool:
    """Keep where the copy is. What changed meanwhile makes it due again at once.

    False when the claim was lost to another process, which then looks after the notice.
    """
    if sent.kind in REPLIES:
        return await _forget(transaction, sent)
    row = await transaction.row(
        _DELIVERED,
        notice_id=sent.id,
        my_claim=sent.claim,
        delivered_revision=sent.revision,
        now=transaction.now,
        new_channel=channel,
        new_ts=ts,
    )
    return row is not None


async def drop(transaction: Transaction, unsent: Notice) -> bool:
    """What the notice tells no longer holds: it is not sent. False as in `delivered`."""
    return await _finish(transaction, unsent, NoticeState.DROPPED, None)


async def park(transaction: Transaction, unsent: Notice, error: str) -> bool:
    """It can never be delivered: an operator sees it with the reason. False as in `delivered`."""
    return await _finish(transaction, unsent, NoticeState.PARKED, error)


async def _finish(
    transaction: Transaction, unsent: Notice, state: NoticeState, error: str | None
) -> bool:
    if unsent.kind in REPLIES:
        return await _forget(transaction, unsent)
    row = await transaction.row(
        _FINISH,
        notice_id=unsent.id,
        my_claim=unsent.claim,
        new_state=state,
        new_error=error,
    )
    return row is not None


async def _forget(transaction: Transaction, settled: Notice) -> bool:
    row = await transaction.row(_FORGET, notice_id=settled.id, my_claim=settled.claim)
    return row is not None


async def postpone(
    transaction: Transaction,
    unsent: Notice,
    until: datetime,
    error: str | None,
    *,
    unsure: bool,
    counts: bool = True,
) -> bool:
    """Try again later; `unsure` when Slack may have taken it all the same. False as in
    `delivered`.

    An attempt that does not count brings it no nearer to being given up: Slack asked to wait.
    """
    row = await transaction.row(
        _POSTPONE,
        notice_id=unsent.id,
        my_claim=unsent.claim,
        new_due_at=until,
        new_error=error,
        is_unsure=unsure,
        not_counted=0 if counts else 1,
    )
    return row is not None


async def put_back(
    transaction: Transaction, claimed: Notice, until: datetime, error: str | None = None
) -> bool:
    """It was claimed too soon, or could not even be tried: it is due then, as if it had not been
    claimed. The error is for the operator to see. False as in `delivered`."""
    return await postpone(
        transaction,
        claimed,
        until,
        error or claimed.error,
        unsure=claimed.unsure,
        counts=False,
    )


async def replace(desk: AskingDesk, unaddressed: Notice, *new: NewNotice) -> None:
    """Put notices to known recipients in the place of one that had none. While there is nobody to
    tell, it waits for somebody."""
    is_too_late = unaddressed.created_at + NOTICE_LIFETIME <= desk.now
    if not new and not is_too_late:
        until = desk.now + NOBODY_LOOK_AGAIN
        await put_back(desk.transaction, unaddressed, until, NOBODY_TO_TELL)
    elif await _finish(desk.transaction, unaddressed, NoticeState.DROPPED, None):
        await tell(desk, *new)


async def maybe_taken(desk: Desk, recipient: str) -> list[Notice]:
    """What is for somebody and may have reached Slack without our knowing where: an answer of
    Slack's was lost, or a claim has run out."""
    found = await desk.rows(_MAYBE_TAKEN, of_recipient=recipient, now=desk.now)
    return [Notice(**row) for row in found]


async def next_due(transaction: Reading, teams: Sequence[str], turn: Turn) -> datetime | None:
    """When the earliest notice of these workspaces and of this turn is due; None: nothing waits."""
    if not teams:
        return None  # of none of them, which would be found out by going through all that is due
    row = await transaction.row(NEXT_DUE, teams=teams, which_turn=turn)
    moment: datetime | None = row["due_at"] if row else None
    return moment


class Depth(Struct, frozen=True):
    """How much lies in the outbox, and for how long."""

    due: int
    later: int
    """In somebody's hands, or to be tried again."""

    parked: int
    overdue: Mapping[Turn, timedelta]
    """How long what was due first of each turn has been due; no time where nothing is."""


async def depth(transaction: Reading, teams: Sequence[str] | None) -> Depth:
    """Of what is for these workspaces, or for all."""
    now = transaction.now
    if teams is None:
        waiting = await transaction.rows(_HOW_MUCH_WAITS_IN_ALL, now=now)
        (gone,) = await transaction.rows(_HOW_MUCH_IS_PARKED_IN_ALL)
    else:
        waiting = await transaction.rows(HOW_MUCH_WAITS, teams=teams, now=now)
        (gone,) = await transaction.rows(HOW_MUCH_IS_PARKED, teams=teams)
    first = {row["turn"]: min(now, row["first_due_at"]) for row in waiting}
    return Depth(
        due=sum(row["due"] for row in waiting),
        later=sum(row["waiting"] - row["due"] for row in waiting),
        parked=gone["parked"],
        overdue={turn: now - first.get(turn, now) for turn in Turn},
    )
