"""Whom a notice goes to, when that was not known as it was written.

A person is known by address and name; which member of the workspace has that address is looked
up here, before an account holder decides, and shown to them. A name says nothing about who
somebody is: everybody may change their own in Slack.
"""

from handlers.directory import Directory
from handlers.telling.subjects import Subject
from storage import authority, codes, outbox
from storage.database import Database, Transaction
from storage.records import NoticeKind
from storage.statements import Row

EXPIRY = frozenset(kind for kind in NoticeKind if kind.startswith("code_expire"))


async def look_up_person(subject: Subject, database: Database, directory: Directory) -> bool:
    """Find out who the person is in Slack, unless that is known; True when it was not.

    Raises:
        SlackApiError, aiohttp.ClientError, TimeoutError: Slack did not tell.
    """
    person = subject.person
    if person is None or person.looked_up_at is not None:
        return False
    member = await directory.member_with_email(person.email)
    found = (member.user_id, member.name) if member else (None, None)
    async with database.transaction() as transaction:
        await authority.note_lookup(transaction, person.id, *found)
    return True


def has_lost_its_reader(subject: Subject) -> bool:
    """Whether what was for a code's holder has nobody to go to: they have left, and the account
    holders look after it now."""
    notice, code = subject.notice, subject.code
    for_holder = notice.kind is NoticeKind.CODE_READY or notice.kind in EXPIRY
    if notice.ts or code is None or not for_holder or subject.is_for_account_holder:
        return False
    return code.user_id is None


async def address(subject: Subject, database: Database) -> None:
    """Put notices to the right people in the place of one without a recipient."""
    async with database.transaction() as transaction:
        holder = await _holder(transaction, subject)
        if subject.notice.kind is NoticeKind.CODE_READY:
            rows = _code_is_ready(transaction, subject, holder)
        else:
            recipients = (holder,) if holder else subject.standing.holders
            rows = [_row(transaction, subject, subject.notice.kind, user) for user in recipients]
        await outbox.replace(transaction, subject.notice, rows)


async def _holder(transaction: Transaction, subject: Subject) -> str | None:
    """The code's holder, who becomes so now if the address turned out to be a member's."""
    if subject.code is None:
        return None
    return await codes.hand_over(transaction, subject.code.id)


def _code_is_ready(transaction: Transaction, subject: Subject, holder: str | None) -> list[Row]:
    """To the holder, or to those who send it on; and a word to whoever asked, if somebody else."""
    standing, request = subject.standing, subject.request
    if holder:
        rows = [_row(transaction, subject, NoticeKind.CODE_READY, holder)]
        knows = request is None or request.asked_by == holder
    else:
        rows = [
            _row(transaction, subject, NoticeKind.CODE_TO_SEND, user) for user in standing.holders
        ]
        knows = request is None or standing.is_account_holder(request.asked_by)
    if request is not None and not knows:
        rows.append(_row(transaction, subject, NoticeKind.REQUEST_APPROVED, request.asked_by))
    return rows


def _row(transaction: Transaction, subject: Subject, kind: NoticeKind, recipient: str) -> Row:
    return outbox.notice(
        transaction,
        subject.standing.organisation.id,
        kind,
        recipient,
        request_id=subject.request.id if subject.request else None,
        code_id=subject.notice.code_id,
    )
