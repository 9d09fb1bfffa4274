"""Codes: made, shown, refreshed, revoked. Every way in asks for authority on record."""

from dataclasses import dataclass

from sqlalchemy import bindparam, case, func, null, select, update
from sqlalchemy.dialects import postgresql

from storage import audit, authority, outbox
from storage.authority import PERSON_COLUMNS
from storage.database import Transaction
from storage.keys import Keyring, parse_code
from storage.notice_times import next_notice
from storage.organisations import Standing
from storage.records import (
    CODE_LIFETIME,
    Action,
    Code,
    CodeState,
    Issuer,
    NoticeKind,
    Person,
    RequestState,
)
from storage.refusals import (
    AlreadyReplaced,
    CodeMissing,
    CodeRevoked,
    CodeTaken,
    NotFound,
    NotYours,
)
from storage.schema import code_requests, codes, people
from storage.statements import Row, one_of

_HIDDEN = ("person_id", "confirmation_id", "secret", "digest", "ended_at", "next_notice_at")
_CODE_COLUMNS = [column for column in codes.c if column.name not in _HIDDEN]
_person_columns = [column.label(f"person_{column.name}") for column in PERSON_COLUMNS]
_SELECT = select(*_CODE_COLUMNS, *_person_columns).join(people, people.c.id == codes.c.person_id)
_of_organisation = codes.c.organisation_id == bindparam("organisation_id")
_of_user = codes.c.user_id == bindparam("user_id")
_FIND = _SELECT.where(_of_organisation, codes.c.id == bindparam("code_id"))
_usable_first = case((one_of(codes.c.state, CodeState.ACTIVE, CodeState.EXPIRED), 0), else_=1)
_LIST = (
    _SELECT.where(_of_organisation)
    .order_by(_usable_first, codes.c.made_at.desc(), codes.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_LIST_OF_USER = _LIST.where(_of_user)
_COUNT = select(func.count().label("count")).select_from(codes).where(_of_organisation)
_COUNT_OF_USER = _COUNT.where(_of_user)
_SECRET = select(codes.c.secret).where(_of_organisation, codes.c.id == bindparam("code_id"))
_BY_DIGEST = select(codes.c.id).where(codes.c.digest == bindparam("digest"))
_SUCCESSOR = select(codes.c.id).where(_of_organisation, codes.c.replaces_id == bindparam("code_id"))
_MAKE = (
    postgresql.insert(codes).on_conflict_do_nothing(index_elements=["digest"]).returning(codes.c.id)
)
_END = (
    update(codes)
    .where(
        codes.c.organisation_id == bindparam("of_organisation"),
        codes.c.id == bindparam("code_id"),
        one_of(codes.c.state, CodeState.ACTIVE, CodeState.EXPIRED),
    )
    .values(state=bindparam("new_state"), ended_at=bindparam("now"), next_notice_at=null())
    .returning(codes.c.id)
)
_HAND_OVER = (
    update(codes)
    .where(codes.c.id == bindparam("code_id"), codes.c.user_id.is_(None))
    .values(user_id=bindparam("new_user_id"))
)
_CLOSE_REFRESH = (
    update(code_requests)
    .where(
        code_requests.c.code_id == bindparam("of_code"),
        code_requests.c.state == RequestState.PENDING,
    )
    .values(
        state=bindparam("new_state"),
        decided_at=bindparam("now"),
        decided_by=bindparam("actor"),
        next_notice_at=None,
    )
    .returning(code_requests.c.id, code_requests.c.asked_by)
)


@dataclass(frozen=True, slots=True)
class NewCode:
    """What a code is made of: whose word it stands on, whom it is for, who makes it."""

    person: Person
    confirmation_id: str
    request_id: str | None
    made_by: str
    purpose: str
    user_id: str | None
    pasted: str | None


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code with its secret, on its way to one person's screen."""

    code: Code
    text: str

    def __repr__(self) -> str:
        return f"ShownCode({self.code.id})"


def _code(row: Row) -> Code:
    person = {column.name: row.pop(f"person_{column.name}") for column in PERSON_COLUMNS}
    return Code(person=Person(**person), **row)


async def find(transaction: Transaction, organisation_id: str, code_id: str) -> Code:
    """
    Raises:
        NotFound: no such code in this organisation.
    """
    row = await transaction.row(_FIND, organisation_id=organisation_id, code_id=code_id)
    if row is None:
        raise NotFound
    return _code(row)


async def list_codes(
    transaction: Transaction,
    organisation_id: str,
    *,
    of_user: str | None = None,
    most: int,
    skip: int = 0,
) -> list[Code]:
    """The organisation's codes, or one person's: what can be used first, then newest first."""
    rows = await transaction.rows(
        _LIST_OF_USER if of_user else _LIST,
        organisation_id=organisation_id,
        user_id=of_user,
        most=most,
        skip=skip,
    )
    return [_code(row) for row in rows]


async def count_codes(
    transaction: Transaction, organisation_id: str, *, of_user: str | None = None
) -> int:
    row = await transaction.row(
        _COUNT_OF_USER if of_user else _COUNT, organisation_id=organisation_id, user_id=of_user
    )
    assert row is not None
    count: int = row["count"]
    return count


async def successor(transaction: Transaction, organisation_id: str, code_id: str) -> str | None:
    """The id of the code that replaced this one, if any."""
    row = await transaction.row(_SUCCESSOR, organisation_id=organisation_id, code_id=code_id)
    return row["id"] if row else None


async def make(transaction: Transaction, standing: Standing, keyring: Keyring, new: NewCode) -> str:
    """Make a code that stands on a confirmation (rule 2), and let its holder know.

    Raises:
        CodeMissing, CodeMalformed, CodeTaken: the pasted code will not do.
    """
    return await _make(transaction, standing, keyring, new, None, Action.CODE_MADE)


async def _make(
    transaction: Transaction,
    standing: Standing,
    keyring: Keyring,
    new: NewCode,
    replaces_id: str | None,
    action: Action,
) -> str:
    organisation_id = standing.organisation.id
    code_id = transaction.new_id()
    while not await _enter(transaction, standing, keyring, new, code_id, replaces_id):
        """Another code drew the same letters: draw again."""
    await audit.record(
        transaction,
        organisation_id,
        new.made_by,
        action,
        request_id=new.request_id,
        code_id=code_id,
        person_id=new.person.id,
    )
    await outbox.add(
        transaction,
        [
            outbox.notice(
                transaction,
                organisation_id,
                NoticeKind.CODE_READY,
                None,
                request_id=new.request_id,
                code_id=code_id,
            )
        ],
    )
    return code_id


async def _enter(
    transaction: Transaction,
    standing: Standing,
    keyring: Keyring,
    new: NewCode,
    code_id: str,
    replaces_id: str | None,
) -> bool:
    text = _text(standing, keyring, new.pasted)
    free = not await _is_taken(transaction, keyring, text)
    sealed = keyring.seal(text)
    expires_at = transaction.now + CODE_LIFETIME
    entered = free and await transaction.row(
        _MAKE,
        id=code_id,
        organisation_id=standing.organisation.id,
        person_id=new.person.id,
        confirmation_id=new.confirmation_id,
        request_id=new.request_id,
        user_id=new.user_id,
        secret=sealed.secret,
        digest=sealed.digest,
        hint=sealed.hint,
        purpose=new.purpose,
        state=CodeState.ACTIVE,
        made_at=transaction.now,
        made_by=new.made_by,
        expires_at=expires_at,
        ended_at=None,
        replaces_id=replaces_id,
        next_notice_at=next_notice(expires_at, transaction.now),
    )
    if not entered and standing.organisation.issuer is Issuer.TECHSOUP:
        raise CodeTaken
    return bool(entered)


def _text(standing: Standing, keyring: Keyring, pasted: str | None) -> str:
    if standing.organisation.issuer is Issuer.BOT:
        return keyring.draw_code(standing.organisation.short_name)
    if not pasted:
        raise CodeMissing
    return parse_code(pasted)


async def _is_taken(transaction: Transaction, keyring: Keyring, text: str) -> bool:
    for digest in keyring.digests(text):
        if await transaction.row(_BY_DIGEST, digest=digest):
            return True
    return False


async def hand_over(transaction: Transaction, code_id: str, user_id: str) -> None:
    """Let somebody in Slack have the code that was made for them, if it is nobody's yet."""
    await transaction.run(_HAND_OVER, code_id=code_id, new_user_id=user_id)


def _require_access(standing: Standing, code: Code, user_id: str) -> None:
    if code.user_id != user_id and not standing.is_account_holder(user_id):
        raise NotYours


async def show(
    transaction: Transaction, standing: Standing, keyring: Keyring, code_id: str, user_id: str
) -> ShownCode:
    """The code itself, for its holder or an account holder; each showing is kept in the audit.

    Raises:
        OrganisationNotApproved, NotFound, NotYours.
        AlreadyReplaced, CodeRevoked: it is of no use any more.
        SecretUnreadable: the key that sealed it is missing.
    """
    standing.require_approved()
    code = await find(transaction, standing.organisation.id, code_id)
    _require_access(standing, code, user_id)
    _require_not_ended(code)
    row = await transaction.row(_SECRET, organisation_id=standing.organisation.id, code_id=code_id)
    assert row is not None
    shown = ShownCode(code, keyring.open(row["secret"]))
    await audit.record(
        transaction,
        standing.organisation.id,
        user_id,
        Action.CODE_SHOWN,
        code_id=code.id,
        person_id=code.person.id,
    )
    return shown


def _require_not_ended(code: Code) -> None:
    if code.state is CodeState.REPLACED:
        raise AlreadyReplaced
    if code.state is CodeState.REVOKED:
        raise CodeRevoked


async def require_refreshable(transaction: Transaction, standing: Standing, code_id: str) -> Code:
    """A code that can be refreshed: a valid or an expired one (rule 8).

    Raises:
        NotFound, AlreadyReplaced, CodeRevoked.
    """
    code = await find(transaction, standing.organisation.id, code_id)
    _require_not_ended(code)
    return code


async def refresh(
    transaction: Transaction,
    standing: Standing,
    keyring: Keyring,
    code_id: str,
    user_id: str,
    pasted_code: str | None = None,
) -> str:
    """An account holder refreshes a code at once (rule 8); the new code's id.

    It stands on the authority on record. A waiting request to refresh it is thereby approved.

    Raises:
        OrganisationNotApproved, NotAccountHolder, NotFound, AlreadyReplaced, CodeRevoked,
        CodeMissing, CodeMalformed, CodeTaken.
        NoAuthority: the holder's authority was withdrawn; it must be confirmed anew first.
    """
    standing.require_approved()
    standing.require_account_holder(user_id)
    old = await require_refreshable(transaction, standing, code_id)
    confirmation_id = await authority.require_authority(
        transaction, standing.organisation.id, old.person.id
    )
    asked = await _close_refresh(transaction, standing, code_id, user_id, RequestState.APPROVED)
    new = NewCode(
        person=old.person,
        confirmation_id=confirmation_id,
        request_id=asked["id"] if asked else None,
        made_by=user_id,
        purpose=old.purpose,
        user_id=old.user_id,
        pasted=pasted_code,
    )
    return await _replace(transaction, standing, keyring, old, new)


async def refresh_for_request(
    transaction: Transaction, standing: Standing, keyring: Keyring, code_id: str, new: NewCode
) -> str:
    """The new code for an approved request to refresh; its holder is the old one's.

    Raises:
        NotFound, AlreadyReplaced, CodeRevoked, CodeMissing, CodeMalformed, CodeTaken.
    """
    old = await require_refreshable(transaction, standing, code_id)
    return await _replace(
        transaction,
        standing,
        keyring,
        old,
        NewCode(
            person=new.person,
            confirmation_id=new.confirmation_id,
            request_id=new.request_id,
            made_by=new.made_by,
            purpose=new.purpose,
            user_id=old.user_id,
            pasted=new.pasted,
        ),
    )


async def _replace(
    transaction: Transaction, standing: Standing, keyring: Keyring, old: Code, new: NewCode
) -> str:
    if not await _end(transaction, standing, old.id, CodeState.REPLACED):
        raise AlreadyReplaced
    return await _make(transaction, standing, keyring, new, old.id, Action.CODE_REFRESHED)


async def _end(
    transaction: Transaction, standing: Standing, code_id: str, state: CodeState
) -> bool:
    row = await transaction.row(
        _END,
        of_organisation=standing.organisation.id,
        code_id=code_id,
        new_state=state,
        now=transaction.now,
    )
    return row is not None


async def _close_refresh(
    transaction: Transaction, standing: Standing, code_id: str, actor: str, state: RequestState
) -> Row | None:
    """A waiting request to refresh the code is decided by what happens to the code."""
    asked = await transaction.row(
        _CLOSE_REFRESH, of_code=code_id, now=transaction.now, actor=actor, new_state=state
    )
    if asked:
        action = (
            Action.REQUEST_APPROVED if state is RequestState.APPROVED else Action.REQUEST_DECLINED
        )
        await audit.record(
            transaction, standing.organisation.id, actor, action, request_id=asked["id"]
        )
        await outbox.mirror(transaction, asked["id"])
    return asked


async def revoke(transaction: Transaction, standing: Standing, code_id: str, user_id: str) -> None:
    """An account holder withdraws a code for good, and its holder is told.

    Raises:
        NotAccountHolder, NotFound, AlreadyReplaced, CodeRevoked.
    """
    standing.require_account_holder(user_id)
    code = await require_refreshable(transaction, standing, code_id)
    if not await _end(transaction, standing, code_id, CodeState.REVOKED):
        raise CodeRevoked
    await _close_refresh(transaction, standing, code_id, user_id, RequestState.DECLINED)
    await audit.record(
        transaction,
        standing.organisation.id,
        user_id,
        Action.CODE_REVOKED,
        code_id=code_id,
        person_id=code.person.id,
    )
    if code.user_id and code.user_id != user_id:
        await outbox.add(
            transaction,
            [
                outbox.notice(
                    transaction,
                    standing.organisation.id,
                    NoticeKind.CODE_REVOKED,
                    code.user_id,
                    code_id=code_id,
                )
            ],
        )
