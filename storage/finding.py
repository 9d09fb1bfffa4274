"""A code that somebody has found where it ought not to be."""

from storage import outbox
from storage.desk import Ledger
from storage.outbox import NewNotice
from storage.recognising import look_up
from storage.records import CodeStatus, NoticeKind
from storage.standing import standing_of

CODE_FOUND = NoticeKind("code_found")
CODE_EXPOSED = NoticeKind("code_exposed")


async def report(ledger: Ledger, text: str) -> None:
    """Whoever has the code is told, or those who look after it; once, however often it is found. Of
    one that is not good, or not there, nobody is."""
    async with ledger.database.transaction() as transaction:
        (code,) = await look_up(transaction, ledger.keys, [text])
        if code is None or code.status is not CodeStatus.VALID:
            return
        standing = await standing_of(transaction, code.organisation_id)
        readers = (code.user_id,) if code.user_id else standing.holders or (None,)
        told = [NewNotice(CODE_FOUND, reader, code_id=code.id) for reader in readers]
        await outbox.tell_each(transaction, [(code.organisation_id, each) for each in told])
