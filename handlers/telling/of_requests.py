"""Notices about requests: to whoever asked, and to the account holders."""

from typing import Any

from handlers.telling.entry import Entry, Subject
from storage import authority, codes, requests
from storage.background import Background, background
from storage.decisions import REQUEST_DECLINED, REQUEST_LAPSED
from storage.desk import Desk
from storage.outbox import REQUESTS_WAITING
from storage.records import (
    Code,
    CodeRequest,
    Notice,
    NoticeKind,
    OrganisationState,
    Person,
    RequestState,
)
from storage.requests import (
    REQUEST_ASKED,
    REQUEST_SENT,
    REQUEST_UNATTENDED,
)
from templates import request_notices
from templates.message import Message
from templates.words import Words

REQUEST_APPROVED = NoticeKind("request_approved")


class OfRequest(Subject, frozen=True):
    request: CodeRequest

    @property
    def person(self) -> Person:
        return self.request.person


class OfRequestToDecide(OfRequest, frozen=True):
    background: Background
    """What is known of the person."""


class OfSentRequest(OfRequest, frozen=True):
    is_one_of_several: bool
    """Whether something else waits that is about the same person."""


class OfApproval(OfRequest, frozen=True):
    code: Code
    has_authority: bool
    """Whether the person may represent the organisation still."""


class OfWaiting(Subject, frozen=True):
    waiting: tuple[CodeRequest, ...]
    """The first few, the oldest first."""

    total: int


async def _request(desk: Desk, notice: Notice) -> OfRequest:
    request = await _find(desk, notice)
    return OfRequest(notice, desk.now, desk.standing, request)


async def _find(desk: Desk, notice: Notice) -> CodeRequest:
    return await requests.find(desk, notice.request_id or "")


async def _request_to_decide(desk: Desk, notice: Notice) -> OfRequestToDecide:
    request = await _find(desk, notice)
    known = await background(desk, request)
    return OfRequestToDecide(notice, desk.now, desk.standing, request, known)


async def _sent_request(desk: Desk, notice: Notice) -> OfSentRequest:
    request = await _find(desk, notice)
    others = await requests.waiting_for(desk, request.person, besides=request.id, most=1)
    return OfSentRequest(notice, desk.now, desk.standing, request, bool(others))


async def _approval(desk: Desk, notice: Notice) -> OfApproval:
    request = await _find(desk, notice)
    code = await codes.find(desk, notice.code_id or "")
    has_authority = await authority.has_authority(desk, code.person.id)
    return OfApproval(notice, desk.now, desk.standing, request, code, has_authority)


async def _waiting(desk: Desk, notice: Notice) -> OfWaiting:
    total = await requests.count_pending(desk)
    waiting = await requests.pending(desk, most=request_notices.MOST_LISTED)
    return OfWaiting(notice, desk.now, desk.standing, tuple(waiting), total)


def _has_copy_or_is_pending(subject: OfRequest) -> bool:
    """A copy that was posted is kept up to date; one that never was is not posted too late."""
    return subject.has_copy or subject.request.state is RequestState.PENDING


def _is_to_be_decided(subject: OfRequest) -> bool:
    """Not by somebody who has ceased to be an account holder before it was posted."""
    may = subject.has_copy or subject.is_for_account_holder
    return may and _has_copy_or_is_pending(subject)


def _something_waits(subject: OfWaiting) -> bool:
    approved = subject.standing.organisation.state is OrganisationState.APPROVED
    return bool(subject.waiting) and subject.is_for_account_holder and approved


def _nothing_waits(subject: OfWaiting) -> bool:
    """For this reader."""
    return not _something_waits(subject)


def _is_unattended(subject: OfRequest) -> bool:
    return subject.request.state is RequestState.PENDING and not subject.standing.holders


def _sent(words: Words, subject: OfSentRequest) -> Message:
    return request_notices.request_sent(
        words,
        subject.request,
        subject.situation,
        is_one_of_several=subject.is_one_of_several,
    )


def _asked(words: Words, subject: OfRequestToDecide) -> Message:
    return request_notices.request_asked(
        words, subject.request, subject.background, subject.situation
    )


def _approved(words: Words, subject: OfApproval) -> Message:
    code = subject.code
    return request_notices.request_approved(
        words,
        subject.request,
        code,
        subject.situation,
        told=code.user_id,
        has_authority=subject.has_authority,
    )


def _declined(words: Words, subject: OfRequest) -> Message:
    return request_notices.request_declined(words, subject.request, subject.situation)


def _unattended(words: Words, subject: OfRequest) -> Message:
    return request_notices.request_unattended(words, subject.request, subject.situation)


def _lapsed(words: Words, subject: OfRequest) -> Message:
    return request_notices.request_lapsed(words, subject.request, subject.situation)


def _wait(words: Words, subject: OfWaiting) -> Message:
    return request_notices.requests_waiting(words, subject.waiting, subject.total)


ENTRIES: tuple[Entry[Any], ...] = (
    Entry(kind=REQUEST_SENT, about=_sent_request, holds=_has_copy_or_is_pending, compose=_sent),
    Entry(
        kind=REQUEST_ASKED,
        about=_request_to_decide,
        is_overtaken_by_next=True,
        holds=_is_to_be_decided,
        compose=_asked,
    ),
    Entry(
        kind=REQUEST_UNATTENDED,
        about=_request,
        is_overtaken_by_next=True,
        holds=_is_unattended,
        compose=_unattended,
    ),
    Entry(kind=REQUEST_APPROVED, about=_approval, compose=_approved),
    Entry(kind=REQUEST_DECLINED, about=_request, compose=_declined),
    Entry(kind=REQUEST_LAPSED, about=_request, compose=_lapsed),
    Entry(
        kind=REQUESTS_WAITING,
        about=_waiting,
        is_overtaken_by_next=True,
        goes=_nothing_waits,
        holds=_something_waits,
        compose=_wait,
    ),
)
