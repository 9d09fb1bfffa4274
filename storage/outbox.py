"""The outbox: what people are to be told, written in the transaction that makes it true.

A row is a message that mirrors the ledger. It is due when it has to be sent, or sent anew because
what it tells has changed (`mirroring`); nothing is due when `due_at` is empty. Who sends it claims
it first (`claiming`).

A reply is forgotten as soon as it is settled: nothing then says who asked what.
"""

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta

from storage import audit
from storage.database import Reading, Transaction
from storage.desk import AskingDesk, Desk
from storage.records import (
    OPERATOR,
    Action,
    Notice,
    NoticeKind,
    NoticeState,
    Turn,
)
from storage.schema import organisations, outbox
from storage.sql import among, bindparam, case, insert_new, literal, select, union_all, update
from storage.statements import Row

ANSWER = NoticeKind("answer")
CHOICE = NoticeKind("choice")
NO_ANSWER = NoticeKind("no_answer")
GREETING = NoticeKind("greeting")
THANKS = NoticeKind("thanks")
HELP = NoticeKind("help")
REQUESTS_WAITING = NoticeKind("requests_waiting")
AUTHORITY_CHECK = NoticeKind("authority_check")
ORGANISATION_REGISTERED = NoticeKind("organisation_registered")
ORGANISATION_DECIDED = NoticeKind("organisation_decided")
ORGANISATION_LEAVING = NoticeKind("organisation_leaving")
A_WHILE = timedelta(days=2)
REPLIES = frozenset((ANSWER, CHOICE, NO_ANSWER, GREETING, THANKS, HELP))
"""Notices that answer what somebody wrote."""

NOBODY_TO_TELL = "nobody_to_tell"
"""Why a notice waits that is for the account holders, while there are none."""

COLUMNS = [column for column in outbox.c if column.name != "key"]
_ADD = insert_new(outbox, "key")
_TEAMS = select(organisations.c.id, organisations.c.team_id).where(among(organisations.c.id, "ids"))
_is_parked = outbox.c.state == NoticeState.PARKED
_waits = (outbox.c.due_at.is_not(None), outbox.c.state != NoticeState.PARKED)
_here = outbox.c.organisation_id == bindparam("of_organisation")
# Two, for each has an index of its own; for either of both at once the table would be read. In one
# statement: between two a notice might go from the one to the other, and be in neither.
_UNDELIVERED = union_all(select(*COLUMNS).where(_is_parked), select(*COLUMNS).where(*_waits))
_UNDELIVERED_HERE = union_all(
    select(*COLUMNS).where(_is_parked, _here), select(*COLUMNS).where(*_waits, _here)
)
_LATEST = (
    select(*COLUMNS)
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
    for kind in (REQUESTS_WAITING, AUTHORITY_CHECK, ORGANISATION_DECIDED)
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
_PLACE = (
    update(outbox)
    .where(outbox.c.created_at > bindparam("since"), outbox.c.team_id == "")
    .values(
        team_id=select(organisations.c.team_id)
        .where(organisations.c.id == outbox.c.organisation_id)
        .scalar_subquery()
    )
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
    team_id: str | None = None
    """The workspace in which it is told, when that is not the organisation's own."""

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


def _row(transaction: Transaction, organisation_id: str, team_id: str, new: NewNotice) -> Row:
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
        "team_id": new.team_id or team_id,
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
    there = desk.organisation
    await _add(desk.transaction, [_row(desk.transaction, there.id, there.team_id, n) for n in new])


async def tell_each(transaction: Transaction, new: Sequence[tuple[str, NewNotice]]) -> None:
    """The same for several organisations: each notice with the id of its own."""
    if not new:
        return
    theirs = await transaction.rows(_TEAMS, ids=sorted({each for each, _ in new}))
    teams = {row["id"]: row["team_id"] for row in theirs}
    await _add(transaction, [_row(transaction, each, teams[each], notice) for each, notice in new])


async def _add(transaction: Transaction, rows: list[Row]) -> None:
    if len(rows) == 1:
        await transaction.run(_ADD, **rows[0])
    else:
        await transaction.run_many(_ADD, rows)
    if rows:
        transaction.concerns.update(row["recipient"] for row in rows if row["recipient"])
        transaction.makes_due = True


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


async def place_what_older_bots_wrote(transaction: Transaction) -> None:
    """One that knew nothing of where a notice is told may still have been at work a while ago."""
    await transaction.run(_PLACE, since=transaction.now - A_WHILE)


async def retry(transaction: Transaction, notice_id: str) -> bool:
    """Make a parked notice due again; False when there is no such parked notice."""
    row = await transaction.row(_RETRY, notice_id=notice_id, now=transaction.now)
    if row is None:
        return False
    about = [(row["organisation_id"], None)]
    await audit.record_each(transaction, OPERATOR, Action.NOTICE_RETRIED, about)
    transaction.makes_due = True
    return True
