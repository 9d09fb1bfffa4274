"""People, and who has confirmed that they may represent the organisation."""

from datetime import datetime

from storage import audit, mirroring, outbox
from storage.desk import AskingDesk, DecidingDesk, Desk
from storage.notice_times import next_term_notice
from storage.outbox import NewNotice
from storage.records import (
    BOT,
    Action,
    CodeState,
    Confirmation,
    NoticeKind,
    Person,
    PersonDetails,
    Role,
    sort_key,
)
from storage.refusals import NoAuthority, NotFound
from storage.schema import account_holders, codes, confirmations, people
from storage.sql import (
    bindparam,
    case,
    exists,
    func,
    insert,
    insert_or_set,
    select,
    union_all,
    update,
)
from storage.statements import Row

CODE_LEFT = NoticeKind("code_left")

PERSON_COLUMNS = (
    people.c.id,
    people.c.organisation_id,
    people.c.first_name,
    people.c.last_name,
    people.c.email,
    people.c.user_id,
    people.c.looked_up_at,
    people.c.slack_name,
)

PERSON_BESIDE = [column.label(f"person_{column.name}") for column in PERSON_COLUMNS]
"""The same columns in a row that is about something else of theirs; `person_of` takes them out."""

_ENTER = insert_or_set(
    people,
    "organisation_id",
    "identity",
    instead={"looked_up_at": None},  # a form that nobody has approved changes nobody's name
    returning=PERSON_COLUMNS,
)
_FIND = select(*PERSON_COLUMNS).where(
    people.c.organisation_id == bindparam("of_organisation"), people.c.id == bindparam("person_id")
)
_CONFIRM = insert(confirmations)
CONFIRMATION_COLUMNS = (
    confirmations.c.id,
    confirmations.c.confirmed_at,
    confirmations.c.role,
    confirmations.c.valid_until,
    confirmations.c.withdrawn_at,
    confirmations.c.withdrawn_by,
    account_holders.c.user_id.label("confirmed_by"),
)
_is_the_word_last = case((confirmations.c.id == people.c.confirmation_id, 0), else_=1)
_LATEST = (
    select(*CONFIRMATION_COLUMNS)
    .join(account_holders, account_holders.c.id == confirmations.c.account_holder_id)
    .join(people, people.c.id == confirmations.c.person_id)
    .where(
        confirmations.c.organisation_id == bindparam("of_organisation"),
        confirmations.c.person_id == bindparam("person_id"),
    )
    .order_by(_is_the_word_last, confirmations.c.confirmed_at.desc(), confirmations.c.id.desc())
    .limit(1)
)
"""The one that they stand on; when nobody vouches for them any more, the last that was given."""

_OF_ORGANISATION = select(people.c.id).where(
    people.c.organisation_id == bindparam("of_organisation")
)
SAME_PERSON = union_all(
    _OF_ORGANISATION.where(people.c.id == bindparam("person_id")),
    _OF_ORGANISATION.where(people.c.user_id == bindparam("person_user_id")),
)
"""Whoever is that member in Slack, by whichever address and name; `naming` gives the values.

Two, for each has an index of its own: for either of both at once SQLite goes through everybody."""
_NAMESAKES = union_all(
    _OF_ORGANISATION.where(people.c.id == bindparam("person_id")),
    _OF_ORGANISATION.where(
        people.c.user_id == bindparam("person_user_id"), people.c.sort_key == bindparam("name")
    ),
)
_LAST_SAID = (
    select(*CONFIRMATION_COLUMNS)
    .join(account_holders, account_holders.c.id == confirmations.c.account_holder_id)
    .where(confirmations.c.person_id.in_(SAME_PERSON))
    .order_by(
        func.coalesce(confirmations.c.withdrawn_at, confirmations.c.confirmed_at).desc(),
        confirmations.c.confirmed_at.desc(),
        confirmations.c.id.desc(),
    )
    .limit(1)
)
_IS_THE_WORD = (
    update(people)
    .where(
        people.c.organisation_id == bindparam("of_organisation"),
        people.c.id == bindparam("person_id"),
    )
    .values(confirmation_id=bindparam("new_word"))
)
_IS_TOLD_NO_MORE = (
    update(confirmations)
    .where(
        confirmations.c.organisation_id == bindparam("of_organisation"),
        confirmations.c.person_id == bindparam("person_id"),
        confirmations.c.next_notice_at.is_not(None),
    )
    .values(next_notice_at=None)
)
_WITHDRAW = (
    update(confirmations)
    .where(
        confirmations.c.organisation_id == bindparam("of_organisation"),
        confirmations.c.person_id == bindparam("person_id"),
        confirmations.c.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=bindparam("now"), withdrawn_by=bindparam("actor"))
    .returning(confirmations.c.id)
)
_has_a_code_of = (
    codes.c.organisation_id == bindparam("of_organisation"),
    codes.c.person_id == people.c.id,
)
_PEOPLE_OF_USER = _OF_ORGANISATION.where(
    people.c.id.in_(
        union_all(
            select(codes.c.person_id).where(
                codes.c.organisation_id == bindparam("of_organisation"),
                codes.c.user_id == bindparam("user_id"),
            ),
            _OF_ORGANISATION.where(
                people.c.user_id == bindparam("user_id"),
                ~exists().where(*_has_a_code_of, codes.c.user_id != bindparam("user_id")),
            ),
        )
    )
)
"""Whoever holds a code was this person, whoever has the address by now."""

_LET_GO_OF_CODES = (
    update(codes)
    .where(
        codes.c.organisation_id == bindparam("of_organisation"),
        codes.c.user_id == bindparam("of_user"),
    )
    .values(user_id=None)
    .returning(codes.c.id, codes.c.state, codes.c.expires_at)
)
_NOT_HELD_YET = select(codes.c.id, codes.c.state, codes.c.expires_at).where(
    codes.c.organisation_id == bindparam("of_organisation"),
    codes.c.person_id == bindparam("person_id"),
    codes.c.user_id.is_(None),
)
"""As one that was made before anybody had looked up who its person is."""

_FORGET_USER = (
    update(people)
    .where(
        people.c.organisation_id == bindparam("of_organisation"),
        people.c.user_id == bindparam("of_user"),
    )
    .values(user_id=None)
)


def naming(person: Person) -> Row:
    return {"person_id": person.id, "person_user_id": person.user_id}


def person_of(row: Row) -> Person:
    return Person(**{column.name: row.pop(f"person_{column.name}") for column in PERSON_COLUMNS})


async def enter_person(desk: AskingDesk, details: PersonDetails) -> tuple[Person, bool]:
    """The person with this address and name in the organisation, and whether they were entered now.

    Who they are in Slack is to be looked up again: they may have joined since.
    """
    new_id = desk.new_id()
    row = await desk.row(
        _ENTER,
        id=new_id,
        first_name=details.first_name,
        last_name=details.last_name,
        email=details.email,
        identity=details.identity,
        sort_key=sort_key(details.name),
    )
    assert row is not None
    person = Person(**row)
    return person, person.id == new_id


async def find_person(desk: Desk, person_id: str) -> Person:
    """
    Raises:
        NotFound: no such person in this organisation.
    """
    row = await desk.row(_FIND, person_id=person_id)
    if row is None:
        raise NotFound
    return Person(**row)


async def confirm(
    desk: DecidingDesk,
    person_id: str,
    account_holder_id: str,
    role: Role,
    valid_until: datetime | None = None,
) -> str:
    """Keep an account holder's word that the person has authority (rule 2), until it is withdrawn
    or its time has passed; its id. It takes the place of the one before."""
    confirmation_id = desk.new_id()
    await desk.run(_IS_TOLD_NO_MORE, person_id=person_id)
    await desk.run(
        _CONFIRM,
        id=confirmation_id,
        person_id=person_id,
        account_holder_id=account_holder_id,
        role=role,
        confirmed_at=desk.now,
        valid_until=valid_until,
        next_notice_at=next_term_notice(valid_until, desk.now) if valid_until else None,
    )
    await desk.run(_IS_THE_WORD, person_id=person_id, new_word=confirmation_id)
    await mirroring.mirror_checks(desk)
    return confirmation_id


async def confirm_meanwhile(
    desk: DecidingDesk, person_id: str, account_holder_id: str, role: Role
) -> str:
    """The same by whoever decides about a code: for how long it holds stays as it was said."""
    latest = await latest_confirmation(desk, person_id)
    until = latest.valid_until if latest and latest.holds_at(desk.now) else None
    return await confirm(desk, person_id, account_holder_id, role, until)


async def latest_confirmation(desk: Desk, person_id: str) -> Confirmation | None:
    """The last word on a person's authority, withdrawn or not; None: never confirmed."""
    row = await desk.row(_LATEST, person_id=person_id)
    return Confirmation(**row) if row else None


async def last_said(desk: Desk, person: Person) -> Confirmation | None:
    """The last that anybody has said of their authority, by whichever name and address: a word that
    was given, or one that was withdrawn."""
    row = await desk.row(_LAST_SAID, **naming(person))
    return Confirmation(**row) if row else None


async def namesakes(desk: Desk, person: Person) -> frozenset[str]:
    """By which ids the register has this person: under the same name with whichever addresses.

    Another name may be another person: a board that shares an address is one member in Slack.
    """
    name = sort_key(person.name)
    rows = await desk.rows(_NAMESAKES, **naming(person), name=name)
    return frozenset(row["id"] for row in rows)


async def has_authority(desk: Desk, person_id: str) -> bool:
    """Whether somebody has confirmed it, nobody has withdrawn it since, and its time has not passed
    (rule 2)."""
    latest = await latest_confirmation(desk, person_id)
    return latest is not None and latest.holds_at(desk.now)


async def require_authority(desk: Desk, person_id: str) -> str:
    """The id of the confirmation on which a code may be made.

    Raises:
        NoAuthority: never confirmed, withdrawn since, or confirmed for a time that has passed
            (rule 2).
    """
    latest = await latest_confirmation(desk, person_id)
    if latest is None or not latest.holds_at(desk.now):
        raise NoAuthority
    return latest.id


async def withdraw(desk: DecidingDesk, person_id: str, actor: str) -> None:
    """End a person's authority: no code is made or refreshed for them until confirmed anew. Of
    whom nobody has vouched for, nothing ends."""
    words = await desk.rows(_WITHDRAW, person_id=person_id, now=desk.now, actor=actor)
    if not words:
        return
    await audit.record(desk, actor, Action.AUTHORITY_WITHDRAWN, person_id=person_id)
    await desk.run(_IS_TOLD_NO_MORE, person_id=person_id)
    await desk.run(_IS_THE_WORD, person_id=person_id, new_word=None)
    await mirroring.mirror_checks(desk)


async def person_left(desk: DecidingDesk, user_id: str) -> None:
    """Somebody is no longer in the workspace: their authority ends, and what they held is the
    account holders' to look after, who are told of what is still good, or will be when there is
    one. Of somebody whom the ledger does not know, nothing is kept."""
    found = await desk.rows(_PEOPLE_OF_USER, user_id=user_id)
    held = await desk.rows(_LET_GO_OF_CODES, of_user=user_id)
    await desk.run(_FORGET_USER, of_user=user_id)
    if not found and not held:
        return
    for person in found:
        held += await desk.rows(_NOT_HELD_YET, person_id=person["id"])
        await withdraw(desk, person["id"], BOT)
    await audit.record(desk, user_id, Action.PERSON_LEFT)
    is_good = (
        code["id"]
        for code in held
        if code["state"] is CodeState.ACTIVE and code["expires_at"] > desk.now
    )
    told = desk.standing.holders or (None,)
    left = [
        NewNotice(CODE_LEFT, holder, code_id=code)
        for code in dict.fromkeys(is_good)
        for holder in told
    ]
    await outbox.tell(desk, *left)
