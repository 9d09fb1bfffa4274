"""Codes for people outside Slack: an account holder sends each on, once."""

from storage import audit, codes, mirroring, outbox, requests
from storage.desk import DecidingDesk
from storage.outbox import NewNotice
from storage.records import Action, Code, NoticeKind
from storage.refusals import AlreadySent
from storage.schema import codes as _codes
from storage.sql import bindparam, update

CODE_SENT = NoticeKind("code_sent")

_SEND = (
    update(_codes)
    .where(
        _codes.c.organisation_id == bindparam("of_organisation"),
        _codes.c.id == bindparam("code_id"),
        _codes.c.sent_at.is_(None),
    )
    .values(sent_at=bindparam("now"), sent_by=bindparam("actor"))
    .returning(_codes.c.id)
)


async def note_sent(desk: DecidingDesk, code_id: str, user_id: str) -> None:
    """An account holder says that they have sent a code to its person: every copy shows it, and
    whoever asked for the code is told. Said twice by the same person it is said once.

    Raises:
        NotAccountHolder, NotFound, AlreadyReplaced, CodeRevoked.
        AlreadySent: another account holder was first.
    """
    desk.standing.require_account_holder(user_id)
    code = await codes.require_refreshable(desk, code_id)
    if not await desk.row(_SEND, code_id=code_id, now=desk.now, actor=user_id):
        if code.sent_by != user_id:
            raise AlreadySent(code)
        return
    await audit.record(desk, user_id, Action.CODE_SENT, code_id=code_id, person_id=code.person.id)
    await mirroring.mirror_of_code(desk, code_id)
    await _tell_asker(desk, code)


async def _tell_asker(desk: DecidingDesk, code: Code) -> None:
    """Not an account holder, who has a copy that shows it."""
    if code.request_id is None:
        return
    asker = (await requests.find(desk, code.request_id)).asked_by
    if not desk.standing.is_account_holder(asker):
        await outbox.tell(desk, NewNotice(CODE_SENT, asker, code_id=code.id))
