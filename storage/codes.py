"""The codes there are: found, listed, and shown to those who may see them."""

from collections.abc import Iterable

from msgspec import Struct

from storage import audit
from storage.authority import PERSON_BESIDE, SAME_PERSON, naming, person_of
from storage.desk import AskingDesk, Desk
from storage.records import Action, Code, CodeState, Person
from storage.refusals import (
    AlreadyReplaced,
    CodeRevoked,
    NotFound,
    NotYours,
)
from storage.schema import code_requests, codes, people
from storage.sql import among, and_, bindparam, case, func, literal, one_of, select
from storage.statements import Row

_SEALED = ("secret", "digest", "folded", "key_name")
_HIDDEN = ("person_id", "confirmation_id", "next_notice_at", "found_by", *_SEALED)
_CODE_COLUMNS = [column for column in codes.c if column.name not in _HIDDEN]
SELECT = select(*_CODE_COLUMNS, *PERSON_BESIDE).join(people, people.c.id == codes.c.person_id)
_of_organisation = codes.c.organisation_id == bindparam("of_organisation")
_of_user = codes.c.user_id == bindparam("user_id")
_FIND = SELECT.where(_of_organisation, codes.c.id == bindparam("code_id"))
_usable_first = case((one_of(codes.c.state, CodeState.ACTIVE, CodeState.EXPIRED), 0), else_=1)
_LIST = (
    SELECT.where(_of_organisation)
    .order_by(_usable_first, codes.c.made_at.desc(), codes.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_LIST_OF_USER = _LIST.where(_of_user)
_state_now = case(
    (
        and_(codes.c.state == CodeState.ACTIVE, codes.c.expires_at <= bindparam("now")),
        literal(CodeState.EXPIRED, codes.c.state.type),
    ),
    else_=codes.c.state,
)
_LATEST = (
    SELECT.where(_of_organisation, among(_state_now, "states"))
    .order_by(codes.c.made_at.desc(), codes.c.id.desc())
    .limit(bindparam("most"))
)
_COUNT = select(func.count().label("count")).select_from(codes).where(_of_organisation)
_COUNT_OF_USER = _COUNT.where(_of_user)
_SECRET = select(codes.c.secret).where(_of_organisation, codes.c.id == bindparam("code_id"))
_OF_SUBMISSION = SELECT.join(code_requests, code_requests.c.id == codes.c.request_id).where(
    _of_organisation, code_requests.c.submission_id == bindparam("of_submission")
)
_WRITTEN = SELECT.where(_of_organisation, codes.c.digest == bindparam("digest"))
_EXPIRED = (
    SELECT.where(
        _of_organisation,
        one_of(codes.c.state, CodeState.ACTIVE, CodeState.EXPIRED),
        codes.c.expires_at <= bindparam("now"),
    )
    .order_by(codes.c.expires_at.desc(), codes.c.id)
    .limit(bindparam("most"))
)
_VALID_OF_PERSON = (
    SELECT.where(
        codes.c.person_id.in_(SAME_PERSON),
        codes.c.state == CodeState.ACTIVE,
        codes.c.expires_at > bindparam("now"),
    )
    .order_by(codes.c.expires_at.desc(), codes.c.id)
    .limit(bindparam("most"))
)
_REVOKED_OF_PERSON = (
    SELECT.where(codes.c.person_id.in_(SAME_PERSON), codes.c.state == CodeState.REVOKED)
    .order_by(codes.c.ended_at.desc(), codes.c.id)
    .limit(bindparam("most"))
)
_SUCCESSOR = SELECT.where(_of_organisation, codes.c.replaces_id == bindparam("code_id"))


class ShownCode(Struct, frozen=True):
    """A code with its secret, on its way to one person's screen."""

    code: Code
    text: str

    def __repr__(self) -> str:
        return f"ShownCode({self.code.id})"


def code_of(row: Row) -> Code:
    return Code(person=person_of(row), **row)


async def find(desk: Desk, code_id: str) -> Code:
    """
    Raises:
        NotFound: no such code in this organisation.
    """
    row = await desk.row(_FIND, code_id=code_id)
    if row is None:
        raise NotFound
    return code_of(row)


async def made_for(desk: Desk, submission_id: str) -> Code | None:
    """The code that was made for a form, if any was."""
    row = await desk.row(_OF_SUBMISSION, of_submission=submission_id)
    return code_of(row) if row else None


async def list_codes(
    desk: Desk, *, of_user: str | None = None, most: int, skip: int = 0
) -> list[Code]:
    """The organisation's codes, or one person's: what can be used first, then newest first."""
    if of_user:
        rows = await desk.rows(_LIST_OF_USER, user_id=of_user, most=most, skip=skip)
    else:
        rows = await desk.rows(_LIST, most=most, skip=skip)
    return [code_of(row) for row in rows]


async def latest(desk: Desk, states: Iterable[CodeState], *, most: int) -> list[Code]:
    """The organisation's codes that are in one of these states now, the newest first."""
    rows = await desk.rows(_LATEST, now=desk.now, states=states, most=most)
    return [code_of(row) for row in rows]


async def latest_expired(desk: Desk, most: int) -> list[Code]:
    """The organisation's codes that have run out, swept or not, and were not refreshed; the latest
    first.
    """
    rows = await desk.rows(_EXPIRED, now=desk.now, most=most)
    return [code_of(row) for row in rows]


async def valid_of_person(desk: Desk, person: Person, *, most: int) -> list[Code]:
    """What this person has that is still good, what lasts longest first."""
    rows = await desk.rows(_VALID_OF_PERSON, **naming(person), now=desk.now, most=most)
    return [code_of(row) for row in rows]


async def revoked_of_person(desk: Desk, person: Person, *, most: int) -> list[Code]:
    """What this person had that somebody has withdrawn, the latest first."""
    rows = await desk.rows(_REVOKED_OF_PERSON, **naming(person), most=most)
    return [code_of(row) for row in rows]


async def find_written(desk: Desk, text: str) -> Code | None:
    """The organisation's code that reads like this, whichever key it was entered under, if any."""
    for digest in desk.keyring.digests(text):
        row = await desk.row(_WRITTEN, digest=digest)
        if row is not None:
            return code_of(row)
    return None


async def count_codes(desk: Desk, *, of_user: str | None = None) -> int:
    if of_user:
        row = await desk.row(_COUNT_OF_USER, user_id=of_user)
    else:
        row = await desk.row(_COUNT)
    assert row is not None
    count: int = row["count"]
    return count


async def successor(desk: Desk, code_id: str) -> Code | None:
    """The code that replaced this one, if any."""
    row = await desk.row(_SUCCESSOR, code_id=code_id)
    return code_of(row) if row else None


async def newest(desk: Desk, code_id: str, user_id: str) -> Code | None:
    """What stands at last in the place of a code that was replaced, if that can be shown to
    somebody.

    Raises:
        CodeRevoked: it was withdrawn.
    """
    newer, found = await successor(desk, code_id), None
    while newer is not None:
        found, newer = newer, await successor(desk, newer.id)
    is_theirs = found is not None and (
        found.user_id == user_id or desk.standing.is_account_holder(user_id)
    )
    if found is None or not is_theirs:
        return None
    if found.has_ended:
        raise CodeRevoked
    return found


def require_access(desk: Desk, code: Code, user_id: str) -> None:
    """
    Raises:
        NotYours: it is neither theirs nor theirs to look after.
    """
    if code.user_id != user_id and not desk.standing.is_account_holder(user_id):
        raise NotYours


async def show(desk: AskingDesk, code_id: str, user_id: str) -> ShownCode:
    """The code itself, for its holder or an account holder; each showing is kept in the audit.

    Raises:
        OrganisationNotApproved, NotFound, NotYours.
        AlreadyReplaced, CodeRevoked: it is of no use any more.
        SecretUnreadable: the key that sealed it is missing.
    """
    shown = await still_shown(desk, code_id, user_id)
    await audit.record(
        desk,
        user_id,
        Action.CODE_SHOWN,
        code_id=shown.code.id,
        person_id=shown.code.person.id,
    )
    return shown


async def still_shown(desk: Desk, code_id: str, user_id: str) -> ShownCode:
    """The code for whoever has it on their screen already, where it goes on standing while
    something beside it changes: that is no new showing.

    Raises:
        As `show`.
    """
    desk.standing.require_approved()
    code = await find(desk, code_id)
    require_access(desk, code, user_id)
    _require_not_ended(code)
    row = await desk.row(_SECRET, code_id=code_id)
    assert row is not None
    return ShownCode(code, desk.keyring.open(row["secret"]))


def _require_not_ended(code: Code) -> None:
    if code.state is CodeState.REPLACED:
        raise AlreadyReplaced
    if code.state is CodeState.REVOKED:
        raise CodeRevoked


async def require_refreshable(desk: Desk, code_id: str) -> Code:
    """A code that can be refreshed: a valid or an expired one (rule 8).

    Raises:
        NotFound, AlreadyReplaced, CodeRevoked.
    """
    code = await find(desk, code_id)
    _require_not_ended(code)
    return code
