"""Account holders who were told long ago that they are: what a test is about begins after that."""

from collections.abc import Callable, Sequence
from datetime import datetime

from storage.database import Database, utc_now
from storage.desk import Ledger
from storage.migrate import opened
from storage.organisations import follow_settings, list_all
from storage.records import Issuer
from storage.schema import outbox
from storage.sql import delete

_FORGET = delete(outbox).where(outbox.c.kind == "holder_added")


async def welcomed(database: Database) -> None:
    """Nobody has still to be told."""
    async with database.transaction() as transaction:
        await transaction.run(_FORGET)


async def welcomed_long_ago(
    url: str,
    team: str,
    holders: Sequence[str],
    issuer: Issuer = Issuer.BOT,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """In a ledger in which nobody has been before."""
    async with opened(url, clock) as database:
        async with database.reading() as reading:
            is_new = not await list_all(reading)
        if is_new:
            await follow_settings(Ledger(database), team, "Røde Kors", issuer, holders)
            await welcomed(database)
