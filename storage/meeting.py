"""Who people turn out to be in Slack, and whom Slack is to be asked about."""

from datetime import datetime

from storage import audit, authority
from storage.authority import PERSON_COLUMNS
from storage.desk import AskingDesk, Desk
from storage.records import Action, CodeState, Person, RequestState, identity_begins
from storage.schema import code_requests, codes, people
from storage.sql import begins_with, bindparam, one_of, or_, select, update

_LOOKED_UP = (
    update(people)
    .where(
        people.c.organisation_id == bindparam("of_organisation"),
        people.c.id == bindparam("person_id"),
    )
    .values(
        user_id=bindparam("new_user_id"),
        looked_up_at=bindparam("now"),
        slack_name=bindparam("new_slack_name"),
    )
)
_LOOKED_UP_IN_VAIN = _LOOKED_UP.where(
    or_(people.c.user_id.is_(None), people.c.looked_up_at.is_(None))
)
_is_usable = one_of(codes.c.state, CodeState.ACTIVE, CodeState.EXPIRED)
_HAND_OVER = (
    update(codes)
    .where(
        codes.c.organisation_id == bindparam("of_organisation"),
        codes.c.person_id == bindparam("person_id"),
        codes.c.user_id.is_(None),
        _is_usable,
    )
    .values(user_id=bindparam("new_user_id"))
    .returning(codes.c.id)
)
_is_unknown = (
    people.c.organisation_id == bindparam("of_organisation"),
    people.c.user_id.is_(None),
)
_WITH_ADDRESS = (
    select(*PERSON_COLUMNS)
    .where(*_is_unknown, begins_with(people.c.identity, "address"))
    .order_by(people.c.id)
)
_not_lately = or_(
    people.c.looked_up_at.is_(None),
    people.c.looked_up_at <= bindparam("before"),
    people.c.looked_up_at > bindparam("now"),  # by a clock that was wrong
)
_UNKNOWN_WITH_CODES = (
    select(*PERSON_COLUMNS)
    .join(codes, codes.c.person_id == people.c.id)
    .where(*_is_unknown, _not_lately, codes.c.user_id.is_(None), _is_usable)
    .distinct()
)
_UNKNOWN_WHO_WAIT = (
    select(*PERSON_COLUMNS)
    .join(code_requests, code_requests.c.person_id == people.c.id)
    .where(*_is_unknown, _not_lately, code_requests.c.state == RequestState.PENDING)
    .distinct()
)
_UNKNOWN_VOUCHED_FOR = select(*PERSON_COLUMNS).where(
    *_is_unknown, _not_lately, people.c.confirmation_id.is_not(None)
)
_ASKERS = select(code_requests.c.asked_by.label("user_id")).where(
    code_requests.c.organisation_id == bindparam("of_organisation"),
    code_requests.c.state == RequestState.PENDING,
)
_HOLDERS = select(codes.c.user_id).where(
    codes.c.organisation_id == bindparam("of_organisation"),
    codes.c.user_id.is_not(None),
    _is_usable,
)
_PEOPLE = select(people.c.user_id).where(
    people.c.organisation_id == bindparam("of_organisation"), people.c.user_id.is_not(None)
)


async def note_lookup(
    desk: AskingDesk, person_id: str, user_id: str | None, slack_name: str | None = None
) -> None:
    """Keep which member has the person's address and what they are called; None: nobody, unless
    it has become known meanwhile who it is.

    Codes of theirs that are nobody's yet become that member's (`hand_over`).
    """
    await desk.run(
        _LOOKED_UP if user_id else _LOOKED_UP_IN_VAIN,
        person_id=person_id,
        new_user_id=user_id,
        new_slack_name=slack_name,
        now=desk.now,
    )
    if user_id:
        await hand_over(desk, person_id, user_id)


async def hand_over(desk: AskingDesk, person_id: str, user_id: str) -> None:
    """Let the member whom the person turned out to be have the codes that are nobody's yet.

    Not when their authority has ended, as by leaving: the account holders look after those.
    """
    if not await authority.has_authority(desk, person_id):
        return
    for row in await desk.rows(_HAND_OVER, person_id=person_id, new_user_id=user_id):
        await audit.record(
            desk, user_id, Action.CODE_HANDED_OVER, code_id=row["id"], person_id=person_id
        )


async def unknown_with_address(desk: Desk, email: str) -> list[Person]:
    """Those with this address of whom it is not known who they are in Slack."""
    rows = await desk.rows(_WITH_ADDRESS, address=identity_begins(email))
    return [Person(**row) for row in rows]


async def unknown_with_something_living(desk: Desk, before: datetime) -> list[Person]:
    """Those with a code, a waiting request or somebody's word on their authority who are not known
    in Slack, and have not been looked up since then."""
    found = [
        *await desk.rows(_UNKNOWN_WITH_CODES, before=before, now=desk.now),
        *await desk.rows(_UNKNOWN_WHO_WAIT, before=before, now=desk.now),
        *await desk.rows(_UNKNOWN_VOUCHED_FOR, before=before, now=desk.now),
    ]
    return list({row["id"]: Person(**row) for row in found}.values())


async def on_the_roll(desk: Desk) -> list[str]:
    """The members of whom the ledger believes something, each once: those who decide first, then
    those who wait, then those who hold codes or have authority."""
    rows = [row for each in (_ASKERS, _HOLDERS, _PEOPLE) for row in await desk.rows(each)]
    return list(dict.fromkeys([*desk.standing.holders, *(row["user_id"] for row in rows)]))
