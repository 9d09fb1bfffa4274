"""What a notice is about, read from the ledger at the moment it is sent."""

from dataclasses import dataclass
from datetime import datetime

from storage import authority, codes, members, questions, requests
from storage.desk import Desk, Ledger
from storage.members import Member
from storage.records import (
    REPLIES,
    Code,
    CodeRequest,
    Confirmation,
    ForwardedQuestion,
    Notice,
    NoticeKind,
    Person,
)
from storage.refusals import NotFound
from storage.standing import Standing

LISTED = 10
"""How many waiting requests a reminder lists."""


@dataclass(frozen=True, slots=True)
class Subject:
    notice: Notice
    now: datetime
    standing: Standing
    request: CodeRequest | None
    confirmation: Confirmation | None
    code: Code | None
    waiting: tuple[CodeRequest, ...] = ()
    waiting_count: int = 0
    member: Member | None = None
    """The asker, of a reply."""

    forwarded: ForwardedQuestion | None = None

    @property
    def person(self) -> Person | None:
        about = self.request or self.code
        return about.person if about else None

    @property
    def is_for_account_holder(self) -> bool:
        recipient = self.notice.recipient
        return recipient is not None and self.standing.is_account_holder(recipient)


async def load(ledger: Ledger, notice: Notice) -> Subject:
    async with ledger.looking_at(notice.organisation_id) as desk:
        code = await codes.find(desk, notice.code_id) if notice.code_id else None
        request_id = notice.request_id or (code.request_id if code else None)
        request = await requests.find(desk, request_id) if request_id else None
        confirmation = (
            await authority.latest_confirmation(desk, request.person.id) if request else None
        )
        waiting: tuple[CodeRequest, ...] = ()
        count = 0
        if notice.kind is NoticeKind.REQUESTS_WAITING:
            count = await requests.count_pending(desk)
            waiting = tuple(await requests.pending(desk, most=LISTED))
        member = None
        if notice.kind in REPLIES and notice.recipient:
            member = await members.look_up(desk, notice.recipient)
        forwarded = await _forwarded(desk, notice)
        return Subject(
            notice,
            desk.now,
            desk.standing,
            request,
            confirmation,
            code,
            waiting,
            count,
            member,
            forwarded,
        )


async def _forwarded(desk: Desk, notice: Notice) -> ForwardedQuestion | None:
    """What was sent on, unless it is forgotten."""
    if notice.forwarded_id is None:
        return None
    try:
        return await questions.find_forwarded(desk, notice.forwarded_id)
    except NotFound:
        return None
