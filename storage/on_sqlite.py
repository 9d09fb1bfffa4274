"""The ledger in an SQLite file."""

import asyncio
import errno
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from storage.addresses import beside, sqlite_address
from storage.database import (
    Clock,
    Database,
    DatabaseBusy,
    DatabaseFailed,
    DatabaseNotOpened,
    DatabaseUnavailable,
    Reading,
    Transaction,
)
from storage.files import Files
from storage.patience import Wait, longest_wait, seconds_left
from storage.space import pages_to_give_back
from storage.sql import Select, Statement, TextClause
from storage.sqlite_connection import Connection, Run, RunMany, connect
from storage.statements import Row, Statements

STEP_SECONDS = 0.05
"""How long SQLite waits by itself for another process to let go, before it is asked anew."""

PAUSE_SECONDS = 0.005

_REASONS = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_IOERR: "disk_error",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_BUSY: "busy",
}
_WHY = {
    errno.EACCES: "not_permitted",
    errno.EPERM: "not_permitted",
    errno.EROFS: "read_only",
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.ENOENT: "not_there",
    errno.ELOOP: "not_there",
    errno.ENOTDIR: "no_folder",
    errno.EISDIR: "no_file",
}
"""Why a file cannot be opened, as the system has it."""


class _SqliteTransaction(Transaction):
    """What gives nothing back is run with what is asked next, and last of all before the commit."""

    others_write_meanwhile = False

    def __init__(
        self,
        connection: Connection,
        statements: Statements,
        clock: Clock,
        savepoint: str | None = None,
    ) -> None:
        super().__init__(statements, clock)
        self._connection = connection
        self.savepoint = savepoint
        """Behind which it writes, where others have written before it; None until it is set."""

        self._to_run: list[Run | RunMany] = [(f"SAVEPOINT {savepoint}", ())] if savepoint else []
        self.has_begun = False
        """Whether anything of it has been run."""

    async def _keep_to(self, organisation_id: str | None) -> None:
        """SQLite cannot: here each statement alone says whose it is."""

    async def _fetched(self, statement: Statement, values: Row) -> list[Row]:
        prepared = self._statements.prepare(statement, values)
        found = await self._in_one_turn((prepared.sql, prepared.bind(values)))
        return [prepared.load(row) for row in found]

    async def _run(self, sql: str, parameters: list[Any]) -> None:
        self._to_run.append((sql, parameters))

    async def _run_many(self, sql: str, rows: list[list[Any]]) -> None:
        self._to_run.append((sql, rows, None))

    async def _in_one_turn(self, last: Run | None) -> list[Any]:
        first, self._to_run = self._to_run, []
        self.has_begun = True
        return await self._connection.in_one_turn(first, last)

    async def conclude(self) -> None:
        await super().conclude()
        if self._to_run:
            await self._in_one_turn(None)

    async def lock(self, statement: Select[Any] | TextClause, **values: Any) -> None:
        """The one writer has locked everything."""


@cache
def _statements() -> Statements:
    """Prepared once, however often a database is opened."""
    return Statements("sqlite")


MOST_TOGETHER = 32
"""Transactions that share a commit: whoever was first waits for the last."""


class _Group:
    """Transactions that share a commit, and so one wait for the disk."""

    def __init__(self) -> None:
        self.count = 0
        """Those who have written."""

        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.committed.add_done_callback(_heard)
        self.closing: asyncio.Task[None] | None = None
        """Commits it when all have written who wait now."""

    @property
    def savepoint(self) -> str | None:
        """Behind which the next one writes. Each has its own name: one that was never set would
        else be taken for that of the one before."""
        return f"behind_{self.count}" if self.count else None


def _heard(committed: asyncio.Future[None]) -> None:
    """An error is told to whoever waits for it; where nobody does any more, it is nobody's."""
    if not committed.cancelled():
        committed.exception()


class SqliteDatabase(Database):
    """One connection writes and one reads: SQLite has one writer, for which no reader waits.

    Whoever waits for the one writer shares the commit of those before:

        one writes ──► nobody waits ──► commit
             └──► others wait ──► each writes behind a savepoint ──► one commit for all of them

    Each stands or falls alone, and is through when it has been committed.
    """

    def __init__(
        self,
        writer: Connection,
        reader: Connection,
        files: Files,
        opened: AsyncExitStack,
        clock: Clock,
    ) -> None:
        super().__init__(clock)
        self._writer = writer
        self._reader = reader
        self._files = files
        self._opened = opened
        self._writing = asyncio.Lock()
        self._waiting = 0
        """How many wait for it."""

        self._group: _Group | None = None
        """What has been written and is not committed yet."""

        self._statements = _statements()

    @classmethod
    async def open(cls, path: Path, clock: Clock) -> "SqliteDatabase":
        _make_for_us_alone(path)
        file = _file_number(path)
        address = sqlite_address(path, "mode=rw")
        _require_readable(path, address)
        async with AsyncExitStack() as opened:
            try:
                writer = await connect(address, opened)
                await writer.execute("PRAGMA secure_delete = ON")  # what is forgotten is not there
                await writer.execute("PRAGMA journal_mode = WAL")
                await writer.execute("PRAGMA synchronous = FULL")
                await writer.execute(f"PRAGMA busy_timeout = {int(STEP_SECONDS * 1000)}")
                reader = await connect(address, opened)
                await reader.execute("PRAGMA query_only = ON")
                await reader.execute_fetchall("SELECT 1 FROM sqlite_schema")  # now its log is there
                if _file_number(path) != file:
                    # One connection at the old file and one at the new would share one log.
                    raise DatabaseNotOpened(path, "replaced")
            except sqlite3.Error as error:
                raise not_opened(path, error) from error
            return cls(writer, reader, Files(path), opened.pop_all(), clock)

    @classmethod
    async def look(cls, path: Path, clock: Clock) -> "SqliteDatabase":
        """As it is: nothing is made, changed or left behind where it lies."""
        address = address_to_look(path)
        _require_readable(path, address)
        async with AsyncExitStack() as opened:
            reader = await connect(address, opened)
            return cls(reader, reader, Files(path), opened.pop_all(), clock)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """
        Raises:
            DatabaseBusy: the queue in this process, or another process, takes longer than there is
                patience for.
            DatabaseFailed: it could not be written, or the file has been taken away: what was
                written to it is nowhere, and must not be acknowledged.
        """
        async with _failing_by_name():
            async with self._held():
                group = await self._joined()
                transaction = _SqliteTransaction(
                    self._writer, self._statements, self.clock, group.savepoint
                )
                try:
                    yield transaction
                    await transaction.conclude()
                except BaseException:
                    await self._leave(group, transaction)
                    raise
                await self._stay(group)
            await asyncio.shield(group.committed)
        self._require_files()  # after the commit: then they were there for as long as it mattered
        self._committed(transaction)

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        """While it lasts, nobody else writes; what others have written may not be committed yet."""
        self._waiting += 1
        async with _held(self._writing, self._waiting_for(Wait.QUEUE), self._waits_no_longer):
            yield

    @asynccontextmanager
    async def _held_alone(self) -> AsyncIterator[None]:
        """And all that others have written is committed."""
        async with self._held():
            await self._commit_what_is_written()
            yield

    async def _commit_what_is_written(self) -> None:
        if self._group is not None:
            await self._commit(self._group)

    def _waits_no_longer(self) -> None:
        self._waiting -= 1

    async def _joined(self) -> _Group:
        """Those whose commit this one shares; itself alone where nobody was before it."""
        if self._group is not None:
            return self._group
        try:
            with self._waiting_for(Wait.LOCK):
                await self._begin()
        except BaseException:
            await self._writer.rollback()
            raise
        self._group = _Group()
        return self._group

    async def _leave(self, group: _Group, transaction: _SqliteTransaction) -> None:
        """Nothing of it stays, and all that the others have written does."""
        if group.count and await self._has_taken_back(transaction):
            await self._commit_unless_others_wait(group)
            return
        self._group = None
        await self._writer.rollback()
        if group.count:
            group.committed.set_exception(DatabaseFailed("what was written was taken back"))

    async def _has_taken_back(self, transaction: _SqliteTransaction) -> bool:
        """Whether what it has written is gone, and nothing else."""
        if not self._writer.in_transaction:  # of some errors SQLite itself takes all back
            return False
        if transaction.has_begun:
            try:
                await self._writer.execute_fetchall(f"ROLLBACK TO {transaction.savepoint}")
            except sqlite3.Error:
                return False
        return True

    async def _stay(self, group: _Group) -> None:
        group.count += 1
        await self._commit_unless_others_wait(group)

    async def _commit_unless_others_wait(self, group: _Group) -> None:
        """Where others wait, it is their turn first, and then it is committed: also where they go
        away."""
        if not self._waiting or group.count >= MOST_TOGETHER:
            await self._commit(group)
        elif group.closing is None:
            group.closing = asyncio.create_task(self._commit_in_turn(group))

    async def _commit_in_turn(self, group: _Group) -> None:
        """It raises nothing: whoever has written hears of it."""
        async with self._writing:
            if self._group is group:
                with suppress(sqlite3.Error):
                    await self._commit(group)

    async def _commit(self, group: _Group) -> None:
        """
        Raises:
            sqlite3.Error: it could not be; and all hear so who have written.
        """
        self._group = None
        committing = asyncio.create_task(self._committed_or_not(group))
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            await asyncio.wait([committing])  # what it does is done, and others wait for it
            raise

    async def _committed_or_not(self, group: _Group) -> None:
        try:
            await self._writer.commit()
        except sqlite3.Error as error:
            await self._writer.rollback()
            group.committed.set_exception(error)
            raise
        group.committed.set_result(None)

    def _require_files(self) -> None:
        if not self._files.are_the_same():
            raise DatabaseFailed("its file was deleted or replaced", "file_gone")

    async def _begin(self) -> None:
        """In short steps: a statement that waits inside SQLite cannot be called off."""
        ends_at = monotonic() + longest_wait()
        while not await self._has_begun():
            if monotonic() >= ends_at:
                raise DatabaseBusy
            await asyncio.sleep(PAUSE_SECONDS)

    async def _has_begun(self) -> bool:
        try:
            await self._writer.execute_fetchall("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            return False
        return True

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        self._require_files()
        async with _failing_by_name():
            yield _SqliteTransaction(self._reader, self._statements, self.clock)

    async def give_back_space(self) -> None:
        """A little at a time; another time when another process writes."""
        async with _failing_by_name():
            ((free,),) = await self._reader.execute_fetchall("PRAGMA freelist_count")
            pages = pages_to_give_back(free)
            if pages:
                async with self._held_alone():
                    await self._free(pages)

    async def _free(self, pages: int) -> None:
        """As a script: a page goes with each step of the statement, `execute` takes one step."""
        try:
            await self._writer.executescript(f"PRAGMA incremental_vacuum({pages})")
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise

    async def close(self) -> None:
        async with self._writing:
            await self._commit_what_is_written()
            await self._opened.aclose()


def address_to_look(path: Path) -> str:
    """A reader makes a log where there is none, and cannot take it away again. Without a log nobody
    else is at it."""
    has_log = any(each.exists() for each in beside(path))
    return sqlite_address(path, "mode=ro" if has_log else "mode=ro&immutable=1")


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process holds the database."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


@asynccontextmanager
async def _failing_by_name() -> AsyncIterator[None]:
    """
    Raises:
        DatabaseFailed: SQLite cannot go on, whatever is asked of it. What it refuses for the sake
            of the rules in the tables, or does not understand, goes on as it is.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        is_a_rule = isinstance(error, sqlite3.IntegrityError)
        if is_a_rule or error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_ERROR:
            raise
        raise DatabaseFailed(str(error), _reason(error)) from error


def not_opened(path: Path, error: BaseException | None) -> DatabaseUnavailable:
    """What is to be raised when SQLite, or the system, will not open a file."""
    if isinstance(error, sqlite3.Error) and _reason(error) != "failed":
        is_another = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_NOTADB
        return DatabaseFailed(f"{path}: {error}", _reason(error), path if is_another else None)
    if isinstance(error, OSError):
        return DatabaseNotOpened(path, _WHY.get(error.errno or 0, ""))
    return DatabaseNotOpened(path, _why_not(path))


def _why_not(path: Path) -> str:
    """SQLite itself does not say."""
    if path.is_dir():
        return "no_file"
    if not path.parent.is_dir():
        return "no_folder"
    if not path.exists():
        return "not_there"
    return "" if os.access(path, os.R_OK | os.W_OK) else "not_permitted"


def _reason(error: sqlite3.Error) -> str:
    return _REASONS.get(error.sqlite_errorcode & 0xFF, "failed")


@asynccontextmanager
async def _held(
    lock: asyncio.Lock, waiting: AbstractContextManager[None], waits_no_longer: Callable[[], None]
) -> AsyncIterator[None]:
    """
    Raises:
        DatabaseBusy: it is not free in time.
    """
    try:
        with waiting:
            async with asyncio.timeout(seconds_left()):
                await lock.acquire()
    except TimeoutError:
        raise DatabaseBusy from None
    finally:
        waits_no_longer()
    try:
        yield
    finally:
        lock.release()


def _make_for_us_alone(path: Path) -> None:
    """Names and addresses are nobody else's to read.

    A file that is there is never opened here: to close it again would take away the locks that
    SQLite holds on it in this very process, and so ruin the database.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise not_opened(path, error) from error


def _file_number(path: Path) -> int:
    """Which file has this name now."""
    try:
        return path.stat().st_ino
    except OSError as error:  # as a link to nothing has
        raise not_opened(path, error) from error


def _require_readable(path: Path, address: str) -> None:
    """Found out before aiosqlite begins: its thread outlives a connection that cannot open."""
    connection = None
    try:
        connection = sqlite3.connect(address, uri=True, timeout=longest_wait())
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise not_opened(path, error) from error
    finally:
        if connection is not None:
            connection.close()
