"""Which of Slack's events have been taken: an event that is sent again changes nothing."""

from storage.database import Transaction
from storage.records import EVENT_LIFETIME
from storage.schema import events
from storage.sql import insert_new

_TAKE = insert_new(events, "id", returning=[events.c.id])


async def take(transaction: Transaction, event_id: str) -> bool:
    """Whether this is the first time the event comes; a second time there is nothing to do."""
    row = await transaction.row(_TAKE, id=event_id, forget_at=transaction.now + EVENT_LIFETIME)
    return row is not None
