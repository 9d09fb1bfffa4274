"""Codes are made, refreshed and revoked here; nowhere else does one come to be or to an end.

Every way to a code asks for a confirmation of authority on record (`RULES.md` rule 2).
"""

from datetime import UTC, date, datetime

from msgspec import Struct
from msgspec.structs import replace

from storage import audit, authority, mirroring, outbox, requests, webhooks
from storage.codes import require_refreshable
from storage.desk import DecidingDesk
from storage.keys import parse_code
from storage.notice_times import midnight, next_notice
from storage.outbox import NewNotice
from storage.records import (
    CODE_LIFETIME,
    OSLO,
    Action,
    Code,
    CodeState,
    Issuer,
    NoticeKind,
    Person,
    RequestState,
    small_letters,
)
from storage.refusals import (
    AlreadyReplaced,
    CodeDatedAhead,
    CodeMissing,
    CodeRevoked,
    CodeTaken,
    CodeTooOld,
    IssuerChanged,
)
from storage.schema import code_requests, codes
from storage.sql import bindparam, insert_new, null, one_of, select, update
from storage.statements import Row
from storage.webhooks import Event

CODE_READY = NoticeKind("code_ready")
CODE_REVOKED = NoticeKind("code_revoked")

_BY_DIGEST = select(codes.c.id).where(codes.c.digest == bindparam("digest"))
_MAKE = insert_new(codes, "digest", returning=[codes.c.id])
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
        code_requests.c.organisation_id == bindparam("of_organisation"),
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


class Pasted(Struct, frozen=True):
    """A code that TechSoup has made."""

    text: str
    made_on: date | None = None
    """In Oslo; nothing means today."""


class NewCode(Struct, frozen=True):
    """What a code is made of: whose word it stands on, whom it is for, who makes it."""

    person: Person
    confirmation_id: str
    request_id: str | None
    made_by: str
    purpose: str
    user_id: str | None
    pasted: Pasted | None


async def make(desk: DecidingDesk, new: NewCode) -> str:
    """Make a code that stands on a confirmation (rule 2), and let its holder know.

    Raises:
        CodeMissing, CodeMalformed, CodeTaken, CodeDatedAhead, CodeTooOld, IssuerChanged: the
            pasted code will not do.
    """
    return await _make(desk, new, None, Action.CODE_MADE)


async def _make(desk: DecidingDesk, new: NewCode, replaces_id: str | None, action: Action) -> str:
    code_id = desk.new_id()
    while not await _enter(desk, new, code_id, replaces_id):
        """Another code drew the same letters: draw again."""
    await audit.record(
        desk,
        new.made_by,
        action,
        request_id=new.request_id,
        code_id=code_id,
        person_id=new.person.id,
    )
    ready = NewNotice(CODE_READY, None, request_id=new.request_id, code_id=code_id)
    await outbox.tell(desk, ready)
    return code_id


async def _enter(desk: DecidingDesk, new: NewCode, code_id: str, replaces_id: str | None) -> bool:
    text = _text(desk, new.pasted)
    free = not await _is_taken(desk, text)
    sealed = desk.keyring.seal(text)
    expires_at = _lasts_until(desk.now, new.pasted)
    entered = free and await desk.row(
        _MAKE,
        id=code_id,
        person_id=new.person.id,
        confirmation_id=new.confirmation_id,
        request_id=new.request_id,
        user_id=new.user_id,
        secret=sealed.secret,
        digest=sealed.digest,
        folded=sealed.folded,
        key_name=sealed.key_name,
        hint=sealed.hint,
        purpose=new.purpose,
        state=CodeState.ACTIVE,
        made_at=desk.now,
        made_by=new.made_by,
        expires_at=expires_at,
        replaces_id=replaces_id,
        next_notice_at=next_notice(expires_at, desk.now),
        found_by=small_letters(f"{new.person.name} {new.person.email} {new.purpose}"),
    )
    if not entered and desk.organisation.issuer is Issuer.TECHSOUP:
        raise CodeTaken
    return bool(entered)


def _lasts_until(now: datetime, pasted: Pasted | None) -> datetime:
    """Sixty days from when it was made (rule 3). Of an earlier day nobody knows the hour: reckoned
    from its beginning, nobody relies on the code for too long.

    Raises:
        CodeDatedAhead, CodeTooOld: the day will not do.
    """
    today = now.astimezone(OSLO).date()
    made_on = pasted.made_on if pasted and pasted.made_on else today
    if made_on > today:
        raise CodeDatedAhead
    made_at = now if made_on == today else midnight(made_on)
    lasts_until = made_at.astimezone(UTC) + CODE_LIFETIME
    if lasts_until <= now:
        raise CodeTooOld
    return lasts_until


def _text(desk: DecidingDesk, pasted: Pasted | None) -> str:
    if (pasted is None) is (desk.organisation.issuer is Issuer.TECHSOUP):
        raise IssuerChanged
    if pasted is None:
        return desk.keyring.draw_code(desk.organisation.short_name)
    if not pasted.text:
        raise CodeMissing
    return parse_code(pasted.text)


async def _is_taken(desk: DecidingDesk, text: str) -> bool:
    """Whether any organisation has this code: a code is unique among all."""
    async with desk.transaction.beyond():
        for digest in desk.keyring.digests(text):
            if await desk.transaction.row(_BY_DIGEST, digest=digest):
                return True
    return False


async def refresh(
    desk: DecidingDesk, code_id: str, user_id: str, pasted: Pasted | None = None
) -> str:
    """An account holder refreshes a code at once (rule 8); the new code's id.

    It stands on the authority on record. A waiting request to refresh it is thereby approved.

    Raises:
        OrganisationNotApproved, NotAccountHolder, NotFound, AlreadyReplaced, CodeRevoked,
        CodeMissing, CodeMalformed, CodeTaken, CodeDatedAhead, CodeTooOld.
        NoAuthority: the holder's authority was withdrawn; it must be confirmed anew first.
    """
    desk.standing.require_approved()
    desk.standing.require_account_holder(user_id)
    old = await require_refreshable(desk, code_id)
    confirmation_id = await authority.require_authority(desk, old.person.id)
    asked = await _close_refresh(desk, code_id, user_id, RequestState.APPROVED)
    new = NewCode(
        person=old.person,
        confirmation_id=confirmation_id,
        request_id=asked["id"] if asked else None,
        made_by=user_id,
        purpose=old.purpose,
        user_id=old.user_id,
        pasted=pasted,
    )
    return await _replace(desk, old, new)


async def refresh_for_request(desk: DecidingDesk, code_id: str, new: NewCode) -> str:
    """The new code for an approved request to refresh; its holder is the old one's.

    Raises:
        NotFound, AlreadyReplaced, CodeRevoked, and those of `make`.
    """
    old = await require_refreshable(desk, code_id)
    return await _replace(desk, old, replace(new, user_id=old.user_id))


async def _replace(desk: DecidingDesk, old: Code, new: NewCode) -> str:
    if not await _end(desk, old, CodeState.REPLACED):
        raise AlreadyReplaced
    return await _make(desk, new, old.id, Action.CODE_REFRESHED)


async def _end(desk: DecidingDesk, code: Code, state: CodeState) -> bool:
    row = await desk.row(
        _END,
        code_id=code.id,
        new_state=state,
        now=desk.now,
    )
    if row is None:
        return False
    event = Event.CODE_REVOKED if state is CodeState.REVOKED else Event.CODE_REPLACED
    await webhooks.code_ended(desk.transaction, event, [code.id])
    await mirroring.mirror_of_code(desk, code.id)
    await requests.shown_beside(desk, code.person)
    return True


async def _close_refresh(
    desk: DecidingDesk, code_id: str, actor: str, state: RequestState
) -> Row | None:
    """A waiting request to refresh the code is decided by what happens to the code."""
    asked = await desk.row(
        _CLOSE_REFRESH, of_code=code_id, now=desk.now, actor=actor, new_state=state
    )
    if asked:
        action = (
            Action.REQUEST_APPROVED if state is RequestState.APPROVED else Action.REQUEST_DECLINED
        )
        await audit.record(desk, actor, action, request_id=asked["id"])
        await requests.changed(desk, await requests.find(desk, asked["id"]))
    return asked


async def revoke(desk: DecidingDesk, code_id: str, user_id: str) -> None:
    """An account holder withdraws a code for good, and its holder is told.

    Raises:
        NotAccountHolder, NotFound, AlreadyReplaced, CodeRevoked.
    """
    desk.standing.require_account_holder(user_id)
    code = await require_refreshable(desk, code_id)
    if not await _end(desk, code, CodeState.REVOKED):
        raise CodeRevoked
    await _close_refresh(desk, code_id, user_id, RequestState.DECLINED)
    await audit.record(
        desk,
        user_id,
        Action.CODE_REVOKED,
        code_id=code_id,
        person_id=code.person.id,
    )
    if code.user_id and code.user_id != user_id:
        await outbox.tell(desk, NewNotice(CODE_REVOKED, code.user_id, code_id=code_id))
