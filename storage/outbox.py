"""The outbox: what people are to be told, written in the transaction that makes it true.

A row is a message that mirrors the ledger. It is due when it has to be sent, or sent
anew because what it tells has changed; nothing is due when `due_at` is empty. A process
claims due rows by moving `due_at` to the end of its lease: if it dies, they are due again
by themselves. A claim is a token, so that a process that comes too late changes nothing.

A reply is forgotten as soon as it is settled: nothing then says who asked what.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from storage import audit
from storage.database import Reading, Transaction
from storage.desk import AskingDesk, Desk
from storage.records import (
    NOTICE_LIFETIME,
    OPERATOR,
    Action,
    Notice,
    NoticeKind,
    NoticeState,
    Turn,
)
from storage.schema import organisations, outbox
from storage.statements import Row, Statement, among, insert_new, one_of

ANSWER = NoticeKind("answer")
CHOICE = NoticeKind("choice")
NO_ANSWER = NoticeKind("no_answer")
GREETING = NoticeKind("greeting")
THANKS = NoticeKind("thanks")
HELP = NoticeKind("help")
REQUESTS_WAITING = NoticeKind("requests_waiting")
AUTHORITY_CHECK = NoticeKind("authority_check")
ORGANISATION_REGISTERED = NoticeKind("organisation_registered")
REPLIES = frozenset((ANSWER, CHOICE, NO_ANSWER, GREETING, THANKS, HELP))
"""Notices that answer what somebody wrote."""

NOBODY_TO_TELL = "nobody_to_tell"
"""Why a notice waits that is for the account holders, while there are none."""

NOBODY_LOOK_AGAIN = timedelta(days=1)

_COLUMNS = [column for column in outbox.c if column.name != "key"]
_ADD = insert_new(outbox, "key")
_team_id = (
    select(organisations.c.team_id)
    .where(organisations.c.id == outbox.c.organisation_id)
    .scalar_subquery()
    .label("team_id")
)
_of_teams = outbox.c.organisation_id.in_(
    select(organisations.c.id).where(among(organisations.c.team_id, "teams"))
)
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
    .returning(*_COLUMNS, _team_id)
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
    .returning(outbox.c.id)
)
_has_copy = outbox.c.ts.is_not(None)
_is_due = and_(outbox.c.due_at.is_not(None), outbox.c.due_at <= bindparam("now"))
_tells_anew = {
    "revision": outbox.c.revision + 1,
    "state": case(
        (
            outbox.c.state == NoticeState.PARKED,
            literal(NoticeState.DELIVERED, outbox.c.state.type),
        ),
        else_=outbox.c.state,
    ),
    "attempts": case(
        # By their number a lost copy is looked for, and a claim is told from the next.
        (and_(_has_copy, outbox.c.claim.is_(None)), literal(0)),
        else_=outbox.c.attempts,
    ),
    "due_at": case(
        # What is due already keeps its place.
        (and_(outbox.c.claim.is_(None), ~_is_due), bindparam("now", type_=outbox.c.due_at.type)),
        else_=outbox.c.due_at,
    ),
}


_when_its_time_comes = {
    **_tells_anew,
    "due_at": case(
        (and_(outbox.c.state == NoticeState.WAITING, ~_has_copy), outbox.c.due_at),
        else_=_tells_anew["due_at"],
    ),
}
"""The same, but what is still to be told is not told any sooner. It counts all the same: somebody
may take it in hand in this moment, and have read what is no longer so."""


def _telling_anew(*which: ColumnElement[bool], values: Mapping[str, Any] = _tells_anew) -> Update:
    """These notices of an organisation are to tell what they tell anew.

    They are locked in one order: those who ask at the same time change the same notices, and
    PostgreSQL comes to them in any.
    """
    locked = (
        select(outbox.c.id)
        .where(outbox.c.organisation_id == bindparam("of_organisation"), *which)
        .order_by(outbox.c.id)
        .with_for_update(key_share=True)
        .cte("locked")
    )
    return (
        update(outbox)
        .where(outbox.c.id.in_(select(locked.c.id)))
        .values(values)
        .returning(outbox.c.recipient)
    )


_of_kinds = (
    among(outbox.c.kind, "kinds"),
    or_(
        one_of(outbox.c.state, NoticeState.WAITING, NoticeState.DELIVERED),
        and_(outbox.c.state == NoticeState.PARKED, _has_copy),
    ),
)
MIRROR_REQUEST = _telling_anew(*_of_kinds, outbox.c.request_id == bindparam("of_request"))
_MIRROR_TO = _telling_anew(
    *_of_kinds,
    outbox.c.request_id == bindparam("of_request"),
    outbox.c.recipient == bindparam("of_recipient"),
)
_MIRROR_FORWARDED = _telling_anew(*_of_kinds, outbox.c.forwarded_id == bindparam("of_forwarded"))
_of_code = (
    outbox.c.code_id == bindparam("of_code"),
    or_(
        and_(one_of(outbox.c.state, NoticeState.DELIVERED, NoticeState.PARKED), _has_copy),
        outbox.c.state == NoticeState.WAITING,
    ),
)
_MIRROR_OF_CODE = _telling_anew(*_of_code, values=_when_its_time_comes)
_MIRROR_OF_CODE_IN_SOME = _telling_anew(
    *_of_code, among(outbox.c.kind, "kinds"), values=_when_its_time_comes
)


def _telling_list_anew(kind: NoticeKind) -> Update:
    return _telling_anew(
        outbox.c.kind == kind,
        outbox.c.state != NoticeState.DROPPED,
        or_(_has_copy, outbox.c.state == NoticeState.WAITING),
        values=_when_its_time_comes,
    )


MIRROR_REMINDERS = _telling_list_anew(REQUESTS_WAITING)
MIRROR_CHECKS = _telling_list_anew(AUTHORITY_CHECK)
MIRROR_REGISTRATIONS = _telling_list_anew(ORGANISATION_REGISTERED)

_COPY_OF = (
    select(outbox.c.id)
    .where(
        outbox.c.organisation_id == bindparam("of_organisation"),
        outbox.c.request_id == bindparam("of_request"),
        outbox.c.ts == bindparam("of_ts"),
    )
    .limit(1)
)
_MAYBE_TAKEN = select(*_COLUMNS).where(
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
HOW_MUCH_WAITS = (
    select(*_amounts).where(outbox.c.due_at.is_not(None), _of_teams).group_by(outbox.c.turn)
)
HOW_MUCH_IS_PARKED = (
    select(func.count().label("parked"))
    .select_from(outbox)
    .where(outbox.c.state == NoticeState.PARKED, _of_teams)
)
_is_parked = outbox.c.state == NoticeState.PARKED
_waits = (outbox.c.due_at.is_not(None), outbox.c.state != NoticeState.PARKED)
_here = outbox.c.organisation_id == bindparam("of_organisation")
# Two, for each has an index of its own; for either of both at once the table would be read. In one
# statement: between two a notice might go from the one to the other, and be in neither.
_UNDELIVERED = union_all(select(*_COLUMNS).where(_is_parked), select(*_COLUMNS).where(*_waits))
_UNDELIVERED_HERE = union_all(
    select(*_COLUMNS).where(_is_parked, _here), select(*_COLUMNS).where(*_waits, _here)
)
_LATEST = (
    select(*_COLUMNS)
    .where(outbox.c.organisation_id == bindparam("of_organisation"))
    .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
    .limit(bindparam("most"))
)
_NEXT_ONE = (
    select(outbox.c.id)
    .where(
        outbox.c.organisation_id == bindparam("of_organisation"),
        outbox.c.kind == bindparam("of_kind"),
        outbox.c.recipient == bindparam("of_recipient"),
        outbox.c.created_at > bindparam("since"),
    )
    .limit(1)
)
NEXT_OF_REQUEST = _NEXT_ONE.where(outbox.c.request_id == bindparam("of_request"))
NEXT_OF_LIST = {
    kind: _NEXT_ONE.where(outbox.c.kind == kind, outbox.c.state != NoticeState.DROPPED)
    for kind in (REQUESTS_WAITING, AUTHORITY_CHECK)
}
"""Of the kinds that list all there is, and are about none of it alone."""

_LOOK_AGAIN = (
    update(outbox)
    .where(
        outbox.c.organisation_id == bindparam("of_organisation"),
        outbox.c.state == NoticeState.WAITING,
        outbox.c.error == bindparam("of_error"),
        outbox.c.due_at > bindparam("now"),
        outbox.c.claim.is_(None),
    )
    .values(due_at=bindparam("now"), error=None)
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
    .returning(outbox.c.organisation_id)
)


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What somebody is to be told. Without a recipient it is found out later who that is.

    Its key names what it tells whom: the same thing is told to the same person once. With a
    `place` it is posted there, on behalf of the recipient, and not to them alone.
    """

    kind: NoticeKind
    recipient: str | None
    _: KW_ONLY
    request_id: str | None = None
    code_id: str | None = None
    about: str = ""
    """What it is about, when that is none of these ids."""

    topics: str | None = None
    question_id: str | None = None
    forwarded_id: str | None = None
    holder_id: str | None = None
    person_id: str | None = None
    place: str | None = None
    thread_ts: str | None = None
    turn: Turn = Turn.DEED

    @property
    def subject(self) -> str | None:
        """What it is about, by its id."""
        ids = (
            self.code_id,
            self.request_id,
            self.forwarded_id,
            self.holder_id,
            self.person_id,
        )
        return self.about or next(filter(None, ids), None)

    @property
    def key(self) -> str:
        place = f":{self.place}" if self.place else ""
        return f"{self.kind}:{self.subject}:{self.recipient or ''}{place}"


def _row(transaction: Transaction, organisation_id: str, new: NewNotice) -> Row:
    return {
        "id": transaction.new_id(),
        "organisation_id": organisation_id,
        "key": new.key,
        "kind": new.kind,
        "recipient": new.recipient,
        "request_id": new.request_id,
        "code_id": new.code_id,
        "topics": new.topics,
        "question_id": new.question_id,
        "forwarded_id": new.forwarded_id,
        "holder_id": new.holder_id,
        "person_id": new.person_id,
        "place": new.place,
        "thread_ts": new.thread_ts,
        "turn": new.turn,
        "revision": 0,
        "state": NoticeState.WAITING,
        "due_at": transaction.now,
        "unsure": False,
        "attempts": 0,
        "created_at": transaction.now,
    }


async def tell(desk: AskingDesk, *new: NewNotice) -> None:
    """Put notices in the outbox; one whose key is there already stays as it is."""
    await tell_each(desk.transaction, ((desk.organisation.id, each) for each in new))


async def tell_each(transaction: Transaction, new: Iterable[tuple[str, NewNotice]]) -> None:
    """The same for several organisations: each notice with the id of its own."""
    rows = [_row(transaction, organisation_id, notice) for organisation_id, notice in new]
    if len(rows) == 1:
        await transaction.run(_ADD, **rows[0])
    else:
        await transaction.run_many(_ADD, rows)
    if rows:
        transaction.concerns.update(row["recipient"] for row in rows if row["recipient"])
        transaction.makes_due = True


async def mirror(desk: AskingDesk, request_id: str, *kinds: NoticeKind) -> None:
    """The request has changed: every copy of it, in notices of these kinds, is to be brought up to
    date."""
    await _mirror(desk, MIRROR_REQUEST, of_request=request_id, kinds=kinds)


async def mirror_to(desk: AskingDesk, recipient: str, request_id: str, *kinds: NoticeKind) -> None:
    """The same, of what one of them has: it is they who read it otherwise now."""
    await _mirror(desk, _MIRROR_TO, of_request=request_id, of_recipient=recipient, kinds=kinds)


async def mirror_forwarded(desk: AskingDesk, forwarded_id: str, *kinds: NoticeKind) -> None:
    """The same, of a question that was sent on."""
    await _mirror(desk, _MIRROR_FORWARDED, of_forwarded=forwarded_id, kinds=kinds)


async def _mirror(desk: AskingDesk, statement: Statement, **which: Any) -> None:
    readers = await desk.rows(statement, **which, now=desk.now)
    desk.transaction.concerns.update(row["recipient"] for row in readers if row["recipient"])
    desk.transaction.makes_due = True


async def is_copy(desk: Desk, request_id: str, ts: str) -> bool:
    """Whether a message is one that is kept up to date with the request."""
    return bool(ts) and await desk.row(_COPY_OF, of_request=request_id, of_ts=ts) is not None


async def mirror_of_code(desk: AskingDesk, code_id: str, *kinds: NoticeKind) -> None:
    """The code has changed: every copy of what was told of it, in notices of these kinds or of
    all, is to be brought up to date."""
    if kinds:
        await _mirror(desk, _MIRROR_OF_CODE_IN_SOME, of_code=code_id, kinds=kinds)
    else:
        await _mirror(desk, _MIRROR_OF_CODE, of_code=code_id)


async def mirror_reminders(desk: AskingDesk) -> None:
    """What waits for an answer has changed: so do the copies of the reminders of it."""
    await _mirror(desk, MIRROR_REMINDERS)


async def mirror_checks(desk: AskingDesk) -> None:
    """Who has authority has changed: so do the copies of who is to be confirmed anew."""
    await _mirror(desk, MIRROR_CHECKS)


async def mirror_registrations(desk: AskingDesk) -> None:
    """What the operator has been told of the organisation is to show how it stands now."""
    await _mirror(desk, MIRROR_REGISTRATIONS)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice in this process's hands, and the workspace that it is for."""

    notice: Notice
    team_id: str


async def claim(
    transaction: Transaction, teams: Sequence[str], turn: Turn, *, most: int, lease: timedelta
) -> list[Claimed]:
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
    claimed = [Claimed(team_id=row.pop("team_id"), notice=Notice(**row)) for row in rows]
    return sorted(claimed, key=lambda each: (each.notice.created_at, each.notice.id))


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


async def is_overtaken(desk: Desk, notice: Notice) -> bool:
    """Whether there is a later one of the same kind, to the same person and about the same."""
    later = {
        "of_kind": notice.kind,
        "of_recipient": notice.recipient,
        "since": notice.created_at,
    }
    if notice.kind in NEXT_OF_LIST:
        return await desk.row(NEXT_OF_LIST[notice.kind], **later) is not None
    return await desk.row(NEXT_OF_REQUEST, **later, of_request=notice.request_id) is not None


async def somebody_came(desk: AskingDesk) -> None:
    """What waited because there was nobody to tell is looked at again."""
    await desk.run(_LOOK_AGAIN, of_error=NOBODY_TO_TELL, now=desk.now)
    desk.transaction.makes_due = True


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


@dataclass(frozen=True, slots=True)
class Depth:
    """How much lies in the outbox, and for how long."""

    due: int
    later: int
    """In somebody's hands, or to be tried again."""

    parked: int
    overdue: Mapping[Turn, timedelta]
    """How long what was due first of each turn has been due; no time where nothing is."""


async def depth(transaction: Reading, teams: Sequence[str]) -> Depth:
    """Of what is for these workspaces."""
    now = transaction.now
    waiting = await transaction.rows(HOW_MUCH_WAITS, teams=teams, now=now)
    (gone,) = await transaction.rows(HOW_MUCH_IS_PARKED, teams=teams)
    first = {row["turn"]: min(now, row["first_due_at"]) for row in waiting}
    return Depth(
        due=sum(row["due"] for row in waiting),
        later=sum(row["waiting"] - row["due"] for row in waiting),
        parked=gone["parked"],
        overdue={turn: now - first.get(turn, now) for turn in Turn},
    )


async def undelivered(transaction: Reading) -> list[Notice]:
    """What waits or is parked, in every organisation, oldest first: for the operator."""
    return _oldest_first(await transaction.rows(_UNDELIVERED))


async def undelivered_here(desk: Desk) -> list[Notice]:
    """The same in one organisation."""
    return _oldest_first(await desk.rows(_UNDELIVERED_HERE))


def _oldest_first(rows: Iterable[Row]) -> list[Notice]:
    return sorted((Notice(**row) for row in rows), key=lambda each: (each.created_at, each.id))


async def latest(desk: Desk, most: int) -> list[Notice]:
    """The newest notices of an organisation, whatever became of them; the newest first."""
    return [Notice(**row) for row in await desk.rows(_LATEST, most=most)]


async def retry(transaction: Transaction, notice_id: str) -> bool:
    """Make a parked notice due again; False when there is no such parked notice."""
    row = await transaction.row(_RETRY, notice_id=notice_id, now=transaction.now)
    if row is None:
        return False
    about = [(row["organisation_id"], None)]
    await audit.record_each(transaction, OPERATOR, Action.NOTICE_RETRIED, about)
    transaction.makes_due = True
    return True
