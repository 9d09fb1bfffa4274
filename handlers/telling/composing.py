"""What a notice says, or that it holds no more. One function for each kind."""

from collections.abc import Callable
from typing import Any

from handlers.questions import is_public
from handlers.situations import situation
from handlers.telling.replies import reply
from handlers.telling.subjects import Subject
from storage import codes
from storage.notice_times import latest_passed
from storage.records import (
    REPLIES,
    Code,
    CodeRequest,
    CodeState,
    NoticeKind,
    OrganisationState,
    RequestState,
    Topic,
)
from templates import code_notices, questions, request_notices
from templates.answers import is_personal
from templates.message import Message
from templates.words import Words

Compose = Callable[[Words, Subject], Message | None]


def compose(words: Words, subject: Subject) -> Message | None:
    """The message as it should read now; None when there is nothing to tell any more.

    Its first block carries the notice's id, by which its copy is found again in Slack.
    """
    message = _KINDS[subject.notice.kind](words, subject)
    if message is None:
        return None
    first, *rest = message.blocks
    blocks: list[dict[str, Any]] = [{**first, "block_id": subject.notice.id}, *rest]
    return Message(message.text, blocks)


def _request(subject: Subject) -> CodeRequest:
    assert subject.request is not None
    return subject.request


def _code(subject: Subject) -> Code:
    assert subject.code is not None
    return subject.code


def _has_copy_or_is_pending(subject: Subject) -> bool:
    """A copy that was posted is kept up to date; one that never was is not posted too late."""
    return bool(subject.notice.ts) or _request(subject).state is RequestState.PENDING


def _request_sent(words: Words, subject: Subject) -> Message | None:
    if not _has_copy_or_is_pending(subject):
        return None
    return request_notices.request_sent(words, _request(subject), subject.standing.holders)


def _request_asked(words: Words, subject: Subject) -> Message | None:
    if not _has_copy_or_is_pending(subject):
        return None
    if not subject.notice.ts and not subject.is_for_account_holder:
        return None
    return request_notices.request_asked(words, _request(subject), subject.confirmation)


def _request_approved(words: Words, subject: Subject) -> Message | None:
    code = _code(subject)
    return request_notices.request_approved(words, _request(subject), code, told=code.user_id)


def _request_declined(words: Words, subject: Subject) -> Message | None:
    return request_notices.request_declined(words, _request(subject))


def _request_lapsed(words: Words, subject: Subject) -> Message | None:
    return request_notices.request_lapsed(words, _request(subject))


def _requests_waiting(words: Words, subject: Subject) -> Message | None:
    approved = subject.standing.organisation.state is OrganisationState.APPROVED
    if not subject.waiting or not subject.is_for_account_holder or not approved:
        return None
    return request_notices.requests_waiting(words, subject.waiting, subject.waiting_count)


def _is_usable(code: Code) -> bool:
    return code.state in (CodeState.ACTIVE, CodeState.EXPIRED)


def _code_ready(words: Words, subject: Subject) -> Message | None:
    code = _code(subject)
    return code_notices.code_ready(words, code) if _is_usable(code) else None


def _code_to_send(words: Words, subject: Subject) -> Message | None:
    code = _code(subject)
    if not _is_usable(code) or not subject.is_for_account_holder:
        return None
    return code_notices.code_to_send(words, code, subject.standing.organisation.name)


def _is_for_holder(subject: Subject) -> bool:
    return subject.notice.recipient == _code(subject).user_id


def _code_expires(words: Words, subject: Subject) -> Message | None:
    code = _code(subject)
    if code.state_at(subject.now) is not CodeState.ACTIVE:
        return None
    if subject.notice.kind is not latest_passed(code.expires_at, subject.now):
        return None  # a later threshold has passed while this one waited: that one tells
    return code_notices.code_expires(words, code, subject.now, for_holder=_is_for_holder(subject))


def _code_expired(words: Words, subject: Subject) -> Message | None:
    code = _code(subject)
    if code.state is not CodeState.EXPIRED:
        return None
    return code_notices.code_expired(words, code, for_holder=_is_for_holder(subject))


def _code_revoked(words: Words, subject: Subject) -> Message | None:
    return code_notices.code_revoked(words, _code(subject))


def _code_exposed(words: Words, subject: Subject) -> Message | None:
    standing, code, recipient = subject.standing, subject.code, subject.notice.recipient
    assert recipient is not None
    may = code is not None and codes.may_refresh(standing, code, recipient)
    return code_notices.code_exposed(words, code, standing.holders, may_refresh=may)


def _reply(words: Words, subject: Subject) -> Message | None:
    """To the asker as they are; where others read too, nothing that is about anybody."""
    notice, member = subject.notice, subject.member
    assert member is not None
    topics = [Topic(name) for name in notice.topics.split(",")] if notice.topics else []
    in_public = is_public(notice.place)
    told_elsewhere = in_public and bool(topics) and is_personal(topics[0], member)
    return reply(
        words,
        notice.kind,
        topics,
        notice.question_id or "",
        situation(subject.standing, subject.now, None if in_public else member),
        can_send_on=subject.standing.has_other_holder_than(member.user_id),
        told_elsewhere=told_elsewhere,
    )


def _question_forwarded(words: Words, subject: Subject) -> Message | None:
    if subject.forwarded is None or not subject.is_for_account_holder:
        return None
    return questions.question_forwarded(words, subject.forwarded)


_KINDS: dict[NoticeKind, Compose] = {
    NoticeKind.REQUEST_SENT: _request_sent,
    NoticeKind.REQUEST_ASKED: _request_asked,
    NoticeKind.REQUEST_APPROVED: _request_approved,
    NoticeKind.REQUEST_DECLINED: _request_declined,
    NoticeKind.REQUEST_LAPSED: _request_lapsed,
    NoticeKind.REQUESTS_WAITING: _requests_waiting,
    NoticeKind.CODE_READY: _code_ready,
    NoticeKind.CODE_TO_SEND: _code_to_send,
    NoticeKind.CODE_EXPIRES_IN_14: _code_expires,
    NoticeKind.CODE_EXPIRES_IN_7: _code_expires,
    NoticeKind.CODE_EXPIRES_IN_1: _code_expires,
    NoticeKind.CODE_EXPIRED: _code_expired,
    NoticeKind.CODE_REVOKED: _code_revoked,
    NoticeKind.CODE_EXPOSED: _code_exposed,
    NoticeKind.QUESTION_FORWARDED: _question_forwarded,
    **dict.fromkeys(REPLIES, _reply),
}
