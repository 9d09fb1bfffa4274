"""The outbox: what people are to be told, written in the transaction that makes it true.

A row is a message that mirrors the ledger. It is due when it has to be sent, or sent
anew because what it tells has changed; nothing is due when `due_at` is empty. A process
claims due rows by moving `due_at` to the end of its lease: if it dies, they are due again
by themselves. A claim is a token, so that a process that comes too late changes nothing.

A reply is forgotten as soon as it is settled: nothing then says who asked what.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, delete, literal, null, or_, select, update
from sqlalchemy.dialects import postgresql

from storage import audit
from storage.database import Transaction
from storage.records import REPLIES, Action, Notice, NoticeKind, NoticeState
from storage.schema import organisations, outbox
from storage.statements import Row, one_of

_COLUMNS = [column for column in outbox.c if column.name != "key"]
_ADD = postgresql.insert(outbox).on_conflict_do_nothing(index_elements=["key"])
_of_team = outbox.c.organisation_id == (
    select(organisations.c.id)
    .where(organisations.c.team_id == bindparam("team_id"))
    .scalar_subquery()
)
_CLAIM = (
    update(outbox)
    .where(
        outbox.c.id.in_(
            select(outbox.c.id)
            .where(outbox.c.due_at <= bindparam("now"), _of_team)
            .order_by(outbox.c.due_at)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
    )
    .values(
        due_at=bindparam("lease_ends_at"),
        claim=bindparam("new_claim"),
        unsure=or_(outbox.c.unsure, outbox.c.claim.is_not(None)),
        attempts=outbox.c.attempts + 1,
    )
    .returning(*_COLUMNS)
)
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
)
_MIRROR = (
    update(outbox)
    .where(
        outbox.c.request_id == bindparam("of_request"),
        one_of(outbox.c.kind, NoticeKind.REQUEST_SENT, NoticeKind.REQUEST_ASKED),
        one_of(outbox.c.state, NoticeState.WAITING, NoticeState.DELIVERED),
    )
    .values(
        revision=outbox.c.revision + 1,
        due_at=case(
            (outbox.c.claim.is_(None), bindparam("now", type_=outbox.c.due_at.type)),
            else_=outbox.c.due_at,
        ),
    )
)
_NEXT_DUE = (
    select(outbox.c.due_at)
    .where(outbox.c.due_at.is_not(None), _of_team)
    .order_by(outbox.c.due_at)
    .limit(1)
)
_UNDELIVERED = (
    select(*_COLUMNS)
    .where(or_(outbox.c.state == NoticeState.PARKED, outbox.c.due_at.is_not(None)))
    .order_by(outbox.c.created_at, outbox.c.id)
)
_LATEST = (
    select(*_COLUMNS)
    .where(outbox.c.organisation_id == bindparam("organisation_id"))
    .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
    .limit(bindparam("most"))
)
_RETRY = (
    update(outbox)
    .where(outbox.c.id == bindparam("notice_id"), outbox.c.state == NoticeState.PARKED)
    .values(
        state=case(
            (outbox.c.ts.is_(None), literal(NoticeState.WAITING, outbox.c.state.type)),
            else_=literal(NoticeState.DELIVERED, outbox.c.state.type),
        ),
        due_at=bindparam("now"),
        attempts=0,
        error=None,
    )
    .returning(*_COLUMNS)
)


def notice(
    transaction: Transaction,
    organisation_id: str,
    kind: NoticeKind,
    recipient: str | None,
    *,
    request_id: str | None = None,
    code_id: str | None = None,
    key: str = "",
    topics: str | None = None,
    question_id: str | None = None,
    forwarded_id: str | None = None,
    place: str | None = None,
    thread_ts: str | None = None,
) -> Row:
    """A row for `add`. Without a recipient the dispatcher finds out who it is for.

    Its key names what it tells whom: the same thing is told to the same person once. With a
    `place` it is posted there, on behalf of the recipient, and not to them alone.
    """
    subject = key or code_id or request_id or forwarded_id
    return {
        "id": transaction.new_id(),
        "organisation_id": organisation_id,
        "key": f"{kind}:{subject}:{recipient or ''}" + (f":{place}" if place else ""),
        "kind": kind,
        "recipient": recipient,
        "request_id": request_id,
        "code_id": code_id,
        "topics": topics,
        "question_id": question_id,
        "forwarded_id": forwarded_id,
        "place": place,
        "thread_ts": thread_ts,
        "revision": 0,
        "state": NoticeState.WAITING,
        "due_at": transaction.now,
        "claim": None,
        "unsure": False,
        "attempts": 0,
        "error": None,
        "channel": None,
        "ts": None,
        "created_at": transaction.now,
    }


async def add(transaction: Transaction, notices: Iterable[Row]) -> None:
    """Put notices in the outbox; one whose key is there already stays as it is."""
    rows = list(notices)
    if len(rows) == 1:
        await transaction.run(_ADD, **rows[0])
    elif rows:
        await transaction.run_many(_ADD, rows)


async def mirror(transaction: Transaction, request_id: str) -> None:
    """The request has changed: every copy of it is to be brought up to date."""
    await transaction.run(_MIRROR, of_request=request_id, now=transaction.now)


async def claim(
    transaction: Transaction, team_id: str, *, most: int, lease: timedelta
) -> list[Notice]:
    """Take up to `most` due notices of one workspace for this process until the lease ends.

    Oldest first; another workspace's are for the bot that is installed there.
    `unsure` tells that an earlier attempt may have reached Slack without our knowing.
    """
    rows = await transaction.rows(
        _CLAIM,
        team_id=team_id,
        now=transaction.now,
        most=most,
        lease_ends_at=transaction.now + lease,
        new_claim=transaction.new_id(),
    )
    return sorted((Notice(**row) for row in rows), key=lambda each: (each.created_at, each.id))


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


async def drop(transaction: Transaction, unsent: Notice) -> None:
    """What the notice tells no longer holds: it is not sent."""
    await _finish(transaction, unsent, NoticeState.DROPPED, None)


async def park(transaction: Transaction, unsent: Notice, error: str) -> None:
    """It can never be delivered: an operator sees it with the reason."""
    await _finish(transaction, unsent, NoticeState.PARKED, error)


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
    error: str,
    *,
    unsure: bool,
    counts: bool = True,
) -> None:
    """Try again later; `unsure` when Slack may have taken it all the same.

    An attempt that does not count brings it no nearer to being given up: Slack asked to wait.
    """
    await transaction.run(
        _POSTPONE,
        notice_id=unsent.id,
        my_claim=unsent.claim,
        new_due_at=until,
        new_error=error,
        is_unsure=unsure,
        not_counted=0 if counts else 1,
    )


async def replace(transaction: Transaction, unaddressed: Notice, notices: Iterable[Row]) -> None:
    """Put notices to known recipients in the place of one that had none."""
    if await _finish(transaction, unaddressed, NoticeState.DROPPED, None):
        await add(transaction, notices)


async def next_due(transaction: Transaction, team_id: str) -> datetime | None:
    """When a workspace's earliest notice is due, or None when nothing waits."""
    row = await transaction.row(_NEXT_DUE, team_id=team_id)
    moment: datetime | None = row["due_at"] if row else None
    return moment


async def undelivered(transaction: Transaction) -> list[Notice]:
    """What waits or is parked, in every organisation, oldest first: for the operator."""
    return [Notice(**row) for row in await transaction.rows(_UNDELIVERED)]


async def latest(transaction: Transaction, organisation_id: str, most: int) -> list[Notice]:
    """The newest notices of an organisation, whatever became of them; the newest first."""
    rows = await transaction.rows(_LATEST, organisation_id=organisation_id, most=most)
    return [Notice(**row) for row in rows]


async def retry(transaction: Transaction, notice_id: str) -> bool:
    """Make a parked notice due again; False when there is no such parked notice."""
    row = await transaction.row(_RETRY, notice_id=notice_id, now=transaction.now)
    if row is None:
        return False
    found = Notice(**row)
    await audit.record(transaction, found.organisation_id, audit.OPERATOR, Action.NOTICE_RETRIED)
    return True
