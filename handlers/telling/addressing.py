"""Whom a notice goes to, when that was not known as it was written.

A person is known by address and name; which member of the workspace has that address is looked
up here, before an account holder decides, and shown to them. A name says nothing about who
somebody is: everybody may change their own in Slack.
"""

from handlers.directory import Directory
from handlers.telling.subjects import Subject
from storage import authority, codes, outbox
from storage.desk import AskingDesk, Ledger
from storage.outbox import NewNotice
from storage.records import NoticeKind

EXPIRY = frozenset(kind for kind in NoticeKind if kind.startswith("code_expire"))


async def look_up_person(subject: Subject, ledger: Ledger, directory: Directory) -> bool:
    """Find out who the person is in Slack, unless that is known; True when it was not.

    Raises:
        SlackApiError, aiohttp.ClientError, TimeoutError: Slack did not tell.
    """
    person = subject.person
    if person is None or person.looked_up_at is not None:
        return False
    member = await directory.member_with_email(person.email)
    found = (member.user_id, member.name) if member else (None, None)
    async with ledger.asking_at(person.organisation_id) as desk:
        await authority.note_lookup(desk, person.id, *found)
    return True


def has_lost_its_reader(subject: Subject) -> bool:
    """Whether what was for a code's holder has nobody to go to: they have left, and the account
    holders look after it now."""
    notice, code = subject.notice, subject.code
    for_holder = notice.kind is NoticeKind.CODE_READY or notice.kind in EXPIRY
    if notice.ts or code is None or not for_holder or subject.is_for_account_holder:
        return False
    return code.user_id is None


async def address(subject: Subject, ledger: Ledger) -> None:
    """Put notices to the right people in the place of one without a recipient."""
    async with ledger.asking_at(subject.notice.organisation_id) as desk:
        holder = await _holder(desk, subject)
        if subject.notice.kind is NoticeKind.CODE_READY:
            new = _code_is_ready(desk, subject, holder)
        else:
            recipients = (holder,) if holder else desk.standing.holders
            new = [_about(subject, subject.notice.kind, user) for user in recipients]
        await outbox.replace(desk, subject.notice, *new)


async def _holder(desk: AskingDesk, subject: Subject) -> str | None:
    """The code's holder, who becomes so now if the address turned out to be a member's."""
    if subject.code is None:
        return None
    return await codes.hand_over(desk, subject.code.id)


def _code_is_ready(desk: AskingDesk, subject: Subject, holder: str | None) -> list[NewNotice]:
    """To the holder, or to those who send it on; and a word to whoever asked, if somebody else."""
    standing, request = desk.standing, subject.request
    if holder:
        new = [_about(subject, NoticeKind.CODE_READY, holder)]
        knows = request is None or request.asked_by == holder
    else:
        new = [_about(subject, NoticeKind.CODE_TO_SEND, user) for user in standing.holders]
        knows = request is None or standing.is_account_holder(request.asked_by)
    if request is not None and not knows:
        new.append(_about(subject, NoticeKind.REQUEST_APPROVED, request.asked_by))
    return new


def _about(subject: Subject, kind: NoticeKind, recipient: str) -> NewNotice:
    request_id = subject.request.id if subject.request else None
    return NewNotice(kind, recipient, request_id=request_id, code_id=subject.notice.code_id)
