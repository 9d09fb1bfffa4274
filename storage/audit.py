"""Who did what, when: one event for each thing a person or the bot did. Ids only, and in a chain
(`chain`): what a transaction has to tell is appended just before it commits."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct

from storage import chain, schema
from storage.database import Transaction
from storage.desk import AskingDesk, Desk
from storage.records import ERASED, NOBODYS, Action, identity_begins
from storage.schema import (
    account_holders,
    audit_heads,
    code_requests,
    codes,
    partners,
    people,
    uses,
)
from storage.several import by, rows_with
from storage.sql import (
    String,
    begins_with,
    bindparam,
    func,
    insert,
    insert_new,
    one_of,
    or_,
    select,
    update,
)
from storage.statements import Row

_APPEND = insert(schema.audit)
_BEGIN = insert_new(audit_heads, "organisation_id")
_HEADS = by(
    audit_heads.c.organisation_id,
    select(audit_heads.c.organisation_id, audit_heads.c.seq, audit_heads.c.hash)
    .order_by(audit_heads.c.organisation_id)
    .with_for_update(),
)
_ADVANCE = (
    update(audit_heads)
    .where(audit_heads.c.organisation_id == bindparam("of_organisation"))
    .values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
)
_of_organisation = schema.audit.c.organisation_id == bindparam("of_organisation")
_OF_ORGANISATION = select(schema.audit).where(_of_organisation).order_by(schema.audit.c.seq)
_OF_CODE = (
    select(schema.audit.c.actor)
    .where(
        _of_organisation,
        schema.audit.c.action == bindparam("action"),
        schema.audit.c.code_id == bindparam("code_id"),
    )
    .order_by(schema.audit.c.seq.desc())
    .limit(1)
)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Before anything happened."""

_about = func.coalesce(schema.audit.c.person_id, codes.c.person_id, code_requests.c.person_id)
_who = bindparam("who", type_=String)
_which_code = bindparam("which_code", type_=String)
# Not joined: with each join PostgreSQL plans for twice as long.
_partner = select(partners.c.name).where(partners.c.id == schema.audit.c.actor).scalar_subquery()
_service = select(uses.c.service).where(uses.c.id == schema.audit.c.id).scalar_subquery()
EVENT = (
    select(
        schema.audit.c.id,
        schema.audit.c.at,
        schema.audit.c.actor,
        schema.audit.c.action,
        schema.audit.c.request_id,
        schema.audit.c.code_id,
        codes.c.hint,
        people.c.id.label("person_id"),
        people.c.first_name,
        people.c.last_name,
        people.c.email,
        account_holders.c.user_id.label("holder"),
        _partner.label("partner"),
        _service.label("service"),
    )
    .outerjoin(codes, codes.c.id == schema.audit.c.code_id)
    .outerjoin(code_requests, code_requests.c.id == schema.audit.c.request_id)
    .outerjoin(people, people.c.id == _about)
    .outerjoin(account_holders, account_holders.c.id == schema.audit.c.holder_id)
)
"""An event, and whom and what it is about, as far as that is still known."""

_HAPPENED = (
    EVENT.where(
        _of_organisation,
        schema.audit.c.at >= bindparam("since"),
        or_(_which_code.is_(None), schema.audit.c.code_id == _which_code),
        or_(
            _who.is_(None),
            schema.audit.c.actor == _who,
            codes.c.user_id == _who,
            people.c.user_id == _who,
            account_holders.c.user_id == _who,
            code_requests.c.asked_by == _who,
            begins_with(people.c.identity, "address"),
        ),
    )
    .order_by(schema.audit.c.seq.desc())
    .limit(bindparam("most"))
)
_DECISIONS = (
    Action.ORGANISATION_APPROVED,
    Action.ORGANISATION_REFUSED,
    Action.ORGANISATION_SUSPENDED,
    Action.ORGANISATION_REOPENED,
)
_WHO = (
    select(schema.audit.c.actor)
    .where(_of_organisation, schema.audit.c.action == bindparam("action"))
    .order_by(schema.audit.c.at)
)
LAST_DECISION = (
    select(schema.audit.c.actor, schema.audit.c.action, schema.audit.c.at)
    .where(_of_organisation, one_of(schema.audit.c.action, *_DECISIONS))
    .order_by(schema.audit.c.at.desc(), schema.audit.c.seq.desc())
    .limit(1)
)
_LATEST = (
    select(schema.audit)
    .where(_of_organisation)
    .order_by(schema.audit.c.seq.desc())
    .limit(bindparam("most"))
)


async def who(desk: Desk, action: Action) -> list[str]:
    """Each who has done this, once; by user id, as far as that is still known."""
    actors = [row["actor"] for row in await desk.rows(_WHO, action=action)]
    return [actor for actor in dict.fromkeys(actors) if actor not in (*NOBODYS, ERASED)]


class Decision(Struct, frozen=True):
    """What the operator said of the organisation last, and who it was."""

    actor: str
    action: Action
    at: datetime

    @property
    def is_reopening(self) -> bool:
        return self.action is Action.ORGANISATION_REOPENED


async def last_decision(desk: Desk) -> Decision | None:
    row = await desk.row(LAST_DECISION)
    return Decision(**row) if row else None


class Event(Struct, frozen=True):
    """Something that happened, and whom it was about, as far as that is still known."""

    id: str
    at: datetime
    actor: str
    action: Action
    request_id: str | None
    code_id: str | None
    person_id: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    hint: str | None
    """The first characters of the code that it is about."""

    holder: str | None
    """Of which account holder or deputy it tells: their Slack user id."""

    partner: str | None
    """What the partner is called who did it; None where it was somebody else."""

    service: str | None
    """For what a code was used."""

    @property
    def is_partners(self) -> bool:
        """Whether a partner did it, and nobody in Slack."""
        return self.action is Action.CODE_USED

    @property
    def person(self) -> str | None:
        return f"{self.first_name} {self.last_name}" if self.person_id else None


def event_of(row: Row) -> Event:
    return Event(**row)


async def record(
    desk: AskingDesk,
    actor: str,
    action: Action,
    *,
    request_id: str | None = None,
    code_id: str | None = None,
    person_id: str | None = None,
    holder_id: str | None = None,
) -> None:
    """Keep one event, and what it was about."""
    about = {"request_id": request_id, "code_id": code_id, "person_id": person_id}
    _keep(desk.transaction, desk.organisation.id, actor, action, **about, holder_id=holder_id)


async def record_each(
    transaction: Transaction,
    actor: str,
    action: Action,
    subjects: Iterable[tuple[str, str | None]],
) -> None:
    """Keep one event for each organisation and code (if it is about one): what is not done at
    one organisation's desk."""
    for organisation_id, code_id in subjects:
        _keep(transaction, organisation_id, actor, action, code_id=code_id)


def record_use(
    transaction: Transaction, actor: str, organisation_id: str, code_id: str, *, by_partner: bool
) -> str:
    """Keep that a code was used, and by whom it was said: a member, or a partner; the event's id,
    which is the use's, too."""
    action = Action.CODE_USED if by_partner else Action.CODE_USE_NOTED
    return _keep(transaction, organisation_id, actor, action, code_id=code_id)


async def begin(transaction: Transaction, organisation_id: str) -> None:
    """The chain of a new organisation."""
    await transaction.run(_BEGIN, organisation_id=organisation_id, seq=0, hash=chain.BEGINNING)


def _keep(
    transaction: Transaction, organisation_id: str, actor: str, action: Action, **about: str | None
) -> str:
    """It is appended to the chain last of all: so long, and no longer, others wait to append."""
    events: list[Row] = transaction.events
    if not events:
        transaction.before_commit.append(partial(_append_all, transaction))
    salt, event_id = chain.new_salt(), transaction.new_id()
    events.append(
        {
            "request_id": None,
            "code_id": None,
            "person_id": None,
            "holder_id": None,
            **about,
            "id": event_id,
            "organisation_id": organisation_id,
            "at": transaction.now,
            "actor": actor,
            "action": action,
            "salt": salt,
            "commitment": chain.commitment(salt, actor),
        }
    )
    return event_id


async def _append_all(transaction: Transaction) -> None:
    """Behind whatever is there when nobody else appends. The heads are locked in one order of the
    organisations; locked first and read then, in one statement: what waits for a lock reads what is
    there after the wait."""
    events = defaultdict(list)
    for event in transaction.events:
        events[event["organisation_id"]].append(event)
    ids = sorted(events)
    await transaction.keep_to(ids[0] if len(ids) == 1 else None)
    heads = await rows_with(transaction, _HEADS, ids)
    assert len(heads) == len(ids), "an organisation has a chain from its beginning"
    advanced = [_chained(events[head["organisation_id"]], head) for head in heads]
    await transaction.run_many(_APPEND, [event for each in ids for event in events[each]])
    await transaction.run_many(_ADVANCE, advanced)


def _chained(events: list[Row], head: Row) -> Row:
    """Each behind the one before it; what the head is then."""
    before = head["hash"]
    for seq, event in enumerate(events, head["seq"] + 1):
        event["seq"] = seq
        before = event["hash"] = chain.hash_of(event, before)
    return {
        "of_organisation": head["organisation_id"],
        "new_seq": head["seq"] + len(events),
        "new_hash": before,
    }


async def done_by(desk: Desk, action: Action, code_id: str) -> str | None:
    """Who did this to a code last; None when nobody did."""
    row = await desk.row(_OF_CODE, action=action, code_id=code_id)
    return row["actor"] if row else None


async def latest(desk: Desk, most: int) -> list[Row]:
    """The newest events of an organisation, the newest first."""
    return await desk.rows(_LATEST, most=most)


async def happened(
    desk: Desk,
    *,
    most: int,
    since: datetime = EVER,
    who: str | None = None,
    code_id: str | None = None,
) -> list[Event]:
    """What happened in an organisation, the newest first.

    Of one person, by member id or address, if `who` says whom: what they did, and what was done to
    codes and requests of theirs; and of one code, if its id is given.
    """
    address = identity_begins(who or "")
    rows = await desk.rows(
        _HAPPENED, most=most, since=since, who=who, address=address, which_code=code_id
    )
    return [event_of(row) for row in rows]


async def history(desk: Desk) -> list[Row]:
    """Every event of an organisation, oldest first."""
    return await desk.rows(_OF_ORGANISATION)
