"""Whether the ledger takes what is written to it: found out by writing.

Reading tells nothing of a full disk, a lock that somebody holds, or a file that was taken away.
"""

import time
from collections.abc import Callable
from secrets import token_bytes

from storage.database import Database, DatabaseUnavailable
from storage.migrate import is_current
from storage.patience import waiting_at_most
from storage.schema import metadata, organisations, pulse
from storage.shape import difference
from storage.sql import delete, insert, select, text

WAIT_SECONDS = 1.4
"""How long the database has for it."""

KEEP_SECONDS = 0.5
"""How long an answer holds: however often it is asked, no more is written."""

LOOK_SECONDS = 30.0
"""How often it is looked whether the tables are what they ought to be."""

WEIGHT = 16_384
"""Bytes that are written and taken away again: as much as a request takes, so that the last free
bytes in a page are not taken for room."""

_WRITE = insert(pulse)
_TAKE_AWAY = delete(pulse)
_TABLES = text(f"LOCK TABLE {', '.join(metadata.tables)} IN ROW EXCLUSIVE MODE")
_FREE = select(organisations.c.id).limit(1).with_for_update(read=True, skip_locked=True)
_FIRST = select(organisations.c.id).limit(1).with_for_update(read=True)
"""What any row that is written needs of the tables, and of the organisation it belongs to. One that
is held by somebody says nothing of the others."""


class Pulse:
    """Of one database."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._holds_until = 0.0
        self._trouble = ""
        self._looks_at = 0.0
        self._is_changed = False

    async def trouble(self) -> str:
        """Why the ledger takes nothing, in a word; empty when all is well. Read each time, and
        written now and then."""
        try:
            with waiting_at_most(WAIT_SECONDS):
                if not await is_current(self._database):
                    return "other_version"
                return await self._written() or await self._changed()
        except DatabaseUnavailable as problem:
            return problem.reason

    async def _changed(self) -> str:
        """Whether somebody has taken away a table, or made one refuse: looked at now and then."""
        if self._monotonic() >= self._looks_at:
            self._looks_at = self._monotonic() + LOOK_SECONDS
            self._is_changed = bool(await difference(self._database))
        return "other_tables" if self._is_changed else ""

    async def _written(self) -> str:
        if self._monotonic() >= self._holds_until:
            self._trouble = ""
            try:
                await write(self._database)
            except DatabaseUnavailable as problem:
                self._trouble = problem.reason
            self._holds_until = self._monotonic() + KEEP_SECONDS
        return self._trouble


async def write(database: Database) -> None:
    """In two transactions: what is taken away in the same one is never written.

    Raises:
        DatabaseUnavailable: it cannot be written.
    """
    async with database.transaction() as transaction:
        await transaction.lock(_TABLES)
        if not await transaction.rows(_FREE):
            await transaction.lock(_FIRST)
        await transaction.run(_WRITE, id=transaction.new_id(), weight=token_bytes(WEIGHT))
    async with database.transaction() as transaction:
        await transaction.run(_TAKE_AWAY)
