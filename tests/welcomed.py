"""Account holders who were told long ago that they are: what a test is about begins after that."""

from sqlalchemy import delete

from storage.database import Database
from storage.schema import outbox

_FORGET = delete(outbox).where(outbox.c.kind == "holder_added")


async def welcomed(database: Database) -> None:
    """Nobody has still to be told."""
    async with database.transaction() as transaction:
        await transaction.run(_FORGET)
