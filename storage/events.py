"""Which of Slack's events have been taken: an event that is sent again changes nothing."""

from datetime import timedelta

from sqlalchemy import bindparam, delete

from storage.database import Transaction
from storage.schema import events
from storage.statements import insert_new

KEPT_FOR = timedelta(days=2)
"""Slack sends an event that was not acknowledged again for about an hour."""

_TAKE = insert_new(events, "id", returning=[events.c.id])
_FORGET = delete(events).where(events.c.forget_at <= bindparam("now"))


async def take(transaction: Transaction, event_id: str) -> bool:
    """Whether this is the first time the event comes; a second time there is nothing to do."""
    row = await transaction.row(_TAKE, id=event_id, forget_at=transaction.now + KEPT_FOR)
    return row is not None


async def forget_due(transaction: Transaction) -> None:
    await transaction.run(_FORGET, now=transaction.now)
