"""Notices about codes: to their holders, or to those who look after them."""

from collections.abc import Callable
from typing import Any, TypeVar

from handlers.telling.entry import Entry, Subject, has_lost_account_holder, told_instead
from handlers.telling.of_requests import REQUEST_APPROVED
from storage import audit, authority, codes, meeting, requests, uses
from storage.authority import CODE_LEFT
from storage.desk import AskingDesk, Desk
from storage.finding import CODE_EXPOSED, CODE_FOUND
from storage.making import CODE_READY, CODE_REVOKED
from storage.notice_times import CODE_EXPIRED, CODE_EXPIRES, latest_passed
from storage.outbox import NewNotice
from storage.records import (
    Action,
    Code,
    CodeRequest,
    CodeState,
    Issuer,
    Notice,
    NoticeKind,
    Person,
    Use,
)
from storage.sending import CODE_SENT
from storage.using import FIRST_USE
from templates import code_notices
from templates.code_notices import Reader
from templates.message import Message
from templates.words import Words

CODE_TO_SEND = NoticeKind("code_to_send")


class OfCode(Subject, frozen=True):
    code: Code

    @property
    def person(self) -> Person:
        return self.code.person

    @property
    def is_for_holder(self) -> bool:
        return self.notice.recipient == self.code.user_id


About = TypeVar("About", bound=OfCode)


class OfNewCode(OfCode, frozen=True):
    request: CodeRequest | None
    """What it was made for, unless it was made or refreshed at once."""

    has_authority: bool
    """Whether its person may represent the organisation still."""


class OfEndingCode(OfCode, frozen=True):
    has_asked: bool
    """Whether a refresh has been asked for."""

    @property
    def reader(self) -> Reader:
        return Reader(self.situation, self.has_asked)


class OfRevokedCode(OfCode, frozen=True):
    revoked_by: str | None


class OfFirstUse(OfCode, frozen=True):
    use: Use


class OfWrittenCode(Subject, frozen=True):
    code: Code | None
    """None when the code that somebody wrote is not one of the organisation's."""

    has_asked: bool
    """Whether a refresh has been asked for."""

    @property
    def person(self) -> Person | None:
        return self.code.person if self.code else None


async def _code(desk: Desk, notice: Notice) -> OfCode:
    return OfCode(notice, desk.now, desk.standing, await _find(desk, notice))


async def _find(desk: Desk, notice: Notice) -> Code:
    return await codes.find(desk, notice.code_id or "")


async def _new_code(desk: Desk, notice: Notice) -> OfNewCode:
    code = await _find(desk, notice)
    request = None
    if request_id := notice.request_id or code.request_id:
        request = await requests.find(desk, request_id)
    has_authority = await authority.has_authority(desk, code.person.id)
    return OfNewCode(notice, desk.now, desk.standing, code, request, has_authority)


async def _ending_code(desk: Desk, notice: Notice) -> OfEndingCode:
    code = await _find(desk, notice)
    asked = await requests.refreshes_asked(desk)
    return OfEndingCode(notice, desk.now, desk.standing, code, code.id in asked)


async def _revoked_code(desk: Desk, notice: Notice) -> OfRevokedCode:
    code = await _find(desk, notice)
    by = await audit.done_by(desk, Action.CODE_REVOKED, code.id)
    return OfRevokedCode(notice, desk.now, desk.standing, code, by)


async def _first_use(desk: Desk, notice: Notice) -> OfFirstUse:
    code = await _find(desk, notice)
    use = await uses.first_of_code(desk, code.id)
    return OfFirstUse(notice, desk.now, desk.standing, code, use)


async def _written_code(desk: Desk, notice: Notice) -> OfWrittenCode:
    code = await _find(desk, notice) if notice.code_id else None
    asked = code is not None and code.id in await requests.refreshes_asked(desk)
    return OfWrittenCode(notice, desk.now, desk.standing, code, asked)


# To whom


def _has_lost_its_holder(subject: OfCode) -> bool:
    """What was for a code's holder has nobody to go to: they have left, and the account holders
    look after it now."""
    is_theirs = not subject.has_copy and not subject.is_for_account_holder
    return is_theirs and subject.code.user_id is None


async def _holder(desk: AskingDesk, subject: OfCode) -> str | None:
    """Whose the code is, now that its person has been looked up; None when it is nobody's."""
    person = subject.code.person
    if person.user_id:
        await meeting.hand_over(desk, person.id, person.user_id)
    return (await codes.find(desk, subject.code.id)).user_id


async def _to_who_looks_after_it(desk: AskingDesk, subject: OfCode) -> list[NewNotice]:
    """To the holder, who becomes so now if the address turned out to be a member's; else to the
    account holders."""
    holder = await _holder(desk, subject)
    recipients = (holder,) if holder else desk.standing.holders
    return [_instead(subject, subject.notice.kind, user) for user in recipients]


async def _to_holder_or_sender(desk: AskingDesk, subject: OfNewCode) -> list[NewNotice]:
    """To the holder, or to those who send it on; and a word to whoever asked, if somebody else."""
    if _is_over_or_unfounded(subject):
        return _to_asker(subject, subject.code.user_id)
    holder = await _holder(desk, subject)
    if holder:
        new = [_instead(subject, CODE_READY, holder)]
    else:
        holders = desk.standing.holders or (None,)
        new = [_instead(subject, CODE_TO_SEND, user) for user in holders]
    return [*new, *_to_asker(subject, holder)]


def _to_asker(subject: OfNewCode, holder: str | None) -> list[NewNotice]:
    """Who asked for somebody else hears what came of it, unless they send it on themselves."""
    request = subject.request
    if request is None or request.asked_by == holder:
        return []
    if holder is None and subject.standing.is_account_holder(request.asked_by):
        return []
    return [_instead(subject, REQUEST_APPROVED, request.asked_by)]


def _instead(subject: OfCode, kind: NoticeKind, recipient: str | None) -> NewNotice:
    request_id = subject.code.request_id
    return told_instead(subject.notice, kind, recipient, request_id=request_id)


async def _to_those_who_send_it(desk: AskingDesk, notice: Notice) -> list[NewNotice]:
    """A code that its holder cannot be told of is the account holders' to send."""
    holders = desk.standing.holders or (None,)
    return [
        told_instead(notice, CODE_TO_SEND, user) for user in holders if user != notice.recipient
    ]


async def _to_those_who_look_after_it(desk: AskingDesk, notice: Notice) -> list[NewNotice]:
    """What its holder cannot be told; what an account holder cannot be told, the others are."""
    code = await _find(desk, notice)
    if notice.recipient != code.user_id:
        return []
    others = [user for user in desk.standing.holders if user != notice.recipient]
    return [told_instead(notice, notice.kind, user) for user in others]


# Whether it holds


def _is_over(subject: OfCode) -> bool:
    """That it is there to be used: when it has run out, that is told instead."""
    return subject.code.state_at(subject.now) is not CodeState.ACTIVE


def _is_over_or_unfounded(subject: OfNewCode) -> bool:
    """Nor when its person has left meanwhile: then the account holders hear of that."""
    return _is_over(subject) or not subject.has_authority


def _concerns_nobody(subject: OfNewCode) -> bool:
    """Whoever asked for somebody else has not heard of it before it is told to its reader."""
    waits = subject.notice.recipient is None and _to_asker(subject, subject.code.user_id)
    return _is_over_or_unfounded(subject) and not waits


def _is_left_behind(subject: OfCode) -> bool:
    """Not when its holder is back, or is another."""
    if subject.has_copy:
        return True
    is_good = subject.code.state_at(subject.now) is CodeState.ACTIVE
    return is_good and subject.code.user_id is None and subject.is_for_account_holder


def _runs_out(subject: OfCode) -> bool:
    """Not when a later threshold has passed while this one waited: that one tells."""
    if subject.has_copy:
        return True
    code, now = subject.code, subject.now
    is_latest = subject.notice.kind == latest_passed(code.expires_at, now)
    return is_latest and code.state_at(now) is CodeState.ACTIVE


def _has_run_out(subject: OfCode) -> bool:
    return subject.has_copy or subject.code.state is CodeState.EXPIRED


def _is_nobodys_affair(subject: OfFirstUse) -> bool:
    """Of whoever has the code no more, nor looks after it: whose it is is told to nobody else."""
    return not subject.is_for_holder and not subject.is_for_account_holder


# How it reads


def _unless_ended(compose: Callable[[Words, About], Message]) -> Callable[[Words, About], Message]:
    """A copy of what was told of a code that has been replaced or withdrawn says so."""

    def composed(words: Words, subject: About) -> Message:
        if subject.code.has_ended:
            return code_notices.code_ended(words, subject.code)
        return compose(words, subject)

    return composed


def _ready(words: Words, subject: OfNewCode) -> Message:
    return code_notices.code_ready(words, subject.code, subject.situation, subject.request)


def _to_send(words: Words, subject: OfCode) -> Message:
    return code_notices.code_to_send(words, subject.code, subject.situation)


def _sent(words: Words, subject: OfCode) -> Message:
    return code_notices.code_sent(words, subject.code)


def _expires(words: Words, subject: OfEndingCode) -> Message:
    return code_notices.code_expires(words, subject.code, subject.reader)


def _found(words: Words, subject: OfEndingCode) -> Message:
    return code_notices.code_found(words, subject.code, subject.reader)


def _expired(words: Words, subject: OfEndingCode) -> Message:
    return code_notices.code_expired(words, subject.code, subject.reader)


def _left(words: Words, subject: OfCode) -> Message:
    techsoup = _is_of_techsoup(subject)
    return code_notices.code_left(words, subject.code, subject.now, techsoup=techsoup)


def _revoked(words: Words, subject: OfRevokedCode) -> Message:
    techsoup = _is_of_techsoup(subject)
    return code_notices.code_revoked(words, subject.code, subject.revoked_by, techsoup=techsoup)


def _used(words: Words, subject: OfFirstUse) -> Message:
    return code_notices.first_use(words, subject.code, subject.use, is_own=subject.is_for_holder)


def _is_of_techsoup(subject: OfCode) -> bool:
    return subject.standing.organisation.issuer is Issuer.TECHSOUP


def _exposed(words: Words, subject: OfWrittenCode) -> Message:
    reader = Reader(subject.situation, subject.has_asked)
    return code_notices.code_exposed(words, subject.code, reader)


def _expiring(kind: NoticeKind) -> Entry[OfEndingCode]:
    """Before a code runs out: one kind for each threshold, told alike."""
    return Entry(
        kind=kind,
        about=_ending_code,
        has_lost_its_reader=_has_lost_its_holder,
        address=_to_who_looks_after_it,
        holds=_runs_out,
        compose=_unless_ended(_expires),
        hand_on=_to_those_who_look_after_it,
    )


ENTRIES: tuple[Entry[Any], ...] = (
    Entry(
        kind=CODE_READY,
        about=_new_code,
        is_over=_concerns_nobody,
        has_lost_its_reader=_has_lost_its_holder,
        address=_to_holder_or_sender,
        compose=_ready,
        hand_on=_to_those_who_send_it,
    ),
    Entry(
        kind=CODE_TO_SEND,
        about=_new_code,
        is_over=_is_over_or_unfounded,
        has_lost_its_reader=has_lost_account_holder,
        compose=_unless_ended(_to_send),
    ),
    *(_expiring(kind) for kind in CODE_EXPIRES.values()),
    Entry(
        kind=CODE_EXPIRED,
        about=_ending_code,
        has_lost_its_reader=_has_lost_its_holder,
        address=_to_who_looks_after_it,
        holds=_has_run_out,
        compose=_unless_ended(_expired),
        hand_on=_to_those_who_look_after_it,
    ),
    Entry(
        kind=CODE_LEFT,
        about=_code,
        is_over=_is_over,
        has_lost_its_reader=has_lost_account_holder,
        holds=_is_left_behind,
        compose=_unless_ended(_left),
    ),
    Entry(kind=CODE_SENT, about=_code, compose=_sent),
    Entry(kind=FIRST_USE, about=_first_use, is_over=_is_nobodys_affair, compose=_used),
    Entry(kind=CODE_REVOKED, about=_revoked_code, compose=_revoked),
    Entry(
        kind=CODE_FOUND,
        about=_ending_code,
        is_over=_is_over,
        has_lost_its_reader=_has_lost_its_holder,
        address=_to_who_looks_after_it,
        compose=_unless_ended(_found),
        hand_on=_to_those_who_look_after_it,
    ),
    Entry(kind=CODE_EXPOSED, about=_written_code, compose=_exposed),
)
