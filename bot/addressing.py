"""Whom a notice goes to, when that was not known as it was written.

A person is known by address and name; who that is in Slack is looked up here, before an
account holder decides, and shown to them. An address that nobody in Slack has may still be the
asker's own (a private one): then the asker asks under their own name.
"""

from bot.subjects import Subject
from handlers.directory import Directory
from storage import authority, codes, outbox
from storage.database import Database, Transaction
from storage.records import NoticeKind
from storage.statements import Row


async def look_up_person(subject: Subject, database: Database, directory: Directory) -> bool:
    """Find out who the person is in Slack, unless that is known; True when it was not.

    Raises:
        SlackApiError, aiohttp.ClientError, TimeoutError: Slack did not tell.
    """
    person = subject.person
    if person is None or person.looked_up_at is not None:
        return False
    user_id = await _user_id(subject, directory)
    async with database.transaction() as transaction:
        await authority.note_lookup(transaction, person.id, user_id)
    return True


async def _user_id(subject: Subject, directory: Directory) -> str | None:
    assert subject.person is not None
    member = await directory.member_with_email(subject.person.email)
    if member is not None:
        return member.user_id
    if subject.request is None:
        return None
    asker = await directory.member(subject.request.asked_by)
    is_asker = asker is not None and _same_name(asker.name, subject.person.name)
    return asker.user_id if asker and is_asker else None


def _same_name(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()


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
    code = subject.code
    if code is None or code.user_id or not code.person.user_id:
        return code.user_id if code else None
    await codes.hand_over(transaction, code.id, code.person.user_id)
    return code.person.user_id


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
