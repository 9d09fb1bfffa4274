"""Codes are made, refreshed and revoked here; nowhere else does one come to be or to an end.

Every way to a code asks for a confirmation of authority on record (`RULES.md` rule 2).
"""

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, null, select, update
from sqlalchemy.dialects import postgresql

from storage import audit, authority, outbox
from storage.codes import require_refreshable
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
from storage.refusals import AlreadyReplaced, CodeMissing, CodeRevoked, CodeTaken
from storage.schema import code_requests, codes
from storage.statements import Row, one_of

_BY_DIGEST = select(codes.c.id).where(codes.c.digest == bindparam("digest"))
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
        replace(new, user_id=old.user_id),
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
