"""One way to a transaction, on SQLite and on PostgreSQL.

    database = await open_database("sqlite:///godkjenningsbot.sqlite3", clock)
    async with database.transaction() as transaction:
        ...        # rolls back unless the block ends without an exception
    async with database.reading() as transaction:
        ...

A transaction has one time, `transaction.now`: all its rows share it. One that makes something
due says so, and when it has committed, whoever listens to the database hears of it.
"""

import asyncio
import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from secrets import token_bytes
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import aiosqlite
from sqlalchemy import TextClause
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.selectable import Select, TextualSelect
from ulid import ULID

from storage.files import Files
from storage.notifying import Telephone
from storage.patience import Wait, Waited, seconds_left, waiting_for
from storage.space import pages_to_give_back
from storage.statements import Row, Statement, Statements

if TYPE_CHECKING:
    import asyncpg

Clock = Callable[[], datetime]
Listener = Callable[[], None]

LOCK_WAIT_SECONDS = 10.0
"""How long a statement waits for another process that holds the database, where nobody waits for
the answer (`patience`)."""

STEP_SECONDS = 0.05
"""How long SQLite waits by itself for another process to let go, before it is asked anew."""

PAUSE_SECONDS = 0.005

LETTING_GO_SECONDS = 2.0
"""How long PostgreSQL is waited for when nothing is wanted of it any more."""

_SQLITE_REASONS = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_IOERR: "disk_error",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_BUSY: "busy",
}
_POSTGRES_REASONS = {
    "25006": "read_only",
    "42501": "not_permitted",
    "53100": "disk_full",
    "XX001": "damaged",
    "XX002": "damaged",
}
_POSTGRES_FAILING = ("08", "53", "57", "58", "XX")
"""The classes of errors that are the server's own: it has no room, is shut down, or in trouble."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class DatabaseUnavailable(Exception):  # noqa: N818 - says what is, like the refusals
    """The database cannot be reached or opened; `reason` says why in a word."""

    reason = "unreachable"


class DatabaseFailed(DatabaseUnavailable):
    """The database does not do what it is there for: it is damaged, its disk is full, its server is
    gone."""

    def __init__(self, problem: str, reason: str = "failed") -> None:
        super().__init__(problem)
        self.reason = reason


class DatabaseBusy(DatabaseUnavailable):
    """Others hold the database for longer than this piece of work may wait (`patience`)."""

    reason = "busy"


class UnknownDatabase(ValueError):  # noqa: N818
    """The address is neither sqlite:///… nor postgresql://…"""


class Reading(ABC):
    """Statements that change nothing, at one time."""

    def __init__(self, statements: Statements, clock: Clock) -> None:
        self._statements = statements
        self._clock = clock
        self.now = clock()

    @abstractmethod
    async def _fetched(self, statement: Statement, values: Row) -> list[Row]:
        """Run a statement; the rows it gives."""

    async def rows(self, statement: Select[Any] | TextualSelect, **values: Any) -> list[Row]:
        return await self._fetched(statement, values)

    async def row(self, statement: Select[Any], **values: Any) -> Row | None:
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None


class Transaction(Reading):
    """Statements that stand or fall together, at one time."""

    makes_due = False
    """Whether something is to be told when this has been committed."""

    @abstractmethod
    async def lock(self, statement: Select[Any] | TextClause, **values: Any) -> None:
        """Wait until nobody else holds the rows of a `SELECT … FOR …`, or the tables of a `LOCK`,
        and take the time then."""

    def new_id(self) -> str:
        """A random id (ULID) that sorts by the millisecond it was made in, and tells no more."""
        milliseconds = int(self.now.timestamp() * 1000)
        return str(ULID(milliseconds.to_bytes(6, "big") + token_bytes(10)))

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """Run a statement; the rows it gives (none where it returns nothing)."""
        return await self._fetched(statement, values)

    async def run_many(self, statement: Statement, values: Iterable[Row]) -> None:
        """Run a statement once for each set of values, which all have the same names."""
        rows = list(values)
        if rows:
            prepared = self._statements.prepare(statement, rows[0])
            await self._run_many(prepared.sql, [prepared.bind(row) for row in rows])

    @abstractmethod
    async def _run_many(self, sql: str, rows: list[list[Any]]) -> None:
        """Run it for each row of parameters."""

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None

    async def run(self, statement: Statement, **values: Any) -> None:
        await self.rows(statement, **values)


def _told_to_nobody(what: Wait, seconds: float) -> None:
    """Where nobody counts."""


class Database(ABC):
    """A ledger's database, opened."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._listeners: list[Listener] = []
        self._waited: Waited = _told_to_nobody

    def tell_of_waits(self, waited: Waited) -> None:
        """From now on, each time that somebody has waited for the database."""
        self._waited = waited

    def _waiting_for(self, what: Wait) -> AbstractContextManager[None]:
        return waiting_for(what, self._waited)

    @asynccontextmanager
    async def heard_by(self, listener: Listener) -> AsyncIterator[None]:
        """While it lasts, the listener is called when something has been committed that makes a
        notice due: in this process at once, and on PostgreSQL in every other one too.

        A hint and no promise: what is due stands in the outbox, whoever has heard of it.
        """
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def _committed(self, transaction: Transaction) -> None:
        if transaction.makes_due:
            self._tell_listeners()

    def _tell_listeners(self) -> None:
        for listener in list(self._listeners):
            listener()

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """An async context manager with a transaction that commits durably at its end."""

    @abstractmethod
    def reading(self) -> AbstractAsyncContextManager[Reading]:
        """An async context manager with what only reads."""

    @abstractmethod
    async def give_back_space(self) -> None:
        """Give the disk back some of what is free."""

    @abstractmethod
    async def close(self) -> None:
        """Wait for what is under way and let go of the database."""


class _SqliteTransaction(Transaction):
    def __init__(
        self, connection: aiosqlite.Connection, statements: Statements, clock: Clock
    ) -> None:
        super().__init__(statements, clock)
        self._connection = connection

    async def _fetched(self, statement: Statement, values: Row) -> list[Row]:
        prepared = self._statements.prepare(statement, values)
        found = await self._connection.execute_fetchall(prepared.sql, prepared.bind(values))
        return [prepared.load(row) for row in found]

    async def _run_many(self, sql: str, rows: list[list[Any]]) -> None:
        await self._connection.executemany(sql, rows)

    async def lock(self, statement: Select[Any] | TextClause, **values: Any) -> None:
        """The one writer has locked everything."""


@cache
def _for_sqlite() -> Statements:
    """Prepared once, however often a database is opened."""
    return Statements(sqlite.dialect())


class SqliteDatabase(Database):
    """One connection writes and one reads: SQLite has one writer, for which no reader waits."""

    def __init__(
        self,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection,
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
        self._statements = _for_sqlite()

    @classmethod
    async def open(cls, path: Path, clock: Clock) -> "SqliteDatabase":
        _make_for_us_alone(path)
        file = _file_number(path)
        address = sqlite_address(path, "mode=rw")
        _require_readable(path, address)
        async with AsyncExitStack() as opened:
            try:
                writer = await _connect(address, opened)
                await writer.execute("PRAGMA secure_delete = ON")  # what is forgotten is not there
                await writer.execute("PRAGMA journal_mode = WAL")
                await writer.execute("PRAGMA synchronous = FULL")
                await writer.execute(f"PRAGMA busy_timeout = {int(STEP_SECONDS * 1000)}")
                reader = await _connect(address, opened)
                await reader.execute("PRAGMA query_only = ON")
                await reader.execute_fetchall("SELECT 1 FROM sqlite_schema")  # now its log is there
                if _file_number(path) != file:
                    # One connection at the old file and one at the new would share one log.
                    raise DatabaseUnavailable(f"{path}: replaced in this moment")
            except sqlite3.Error as error:
                raise not_opened(path, error) from error
            return cls(writer, reader, Files(path), opened.pop_all(), clock)

    @classmethod
    async def look(cls, path: Path, clock: Clock) -> "SqliteDatabase":
        """As it is: nothing is made, changed or left behind where it lies."""
        # A reader makes a log where there is none, and cannot take it away again. Without a log
        # nobody else is at it.
        has_log = any(each.exists() for each in beside(path))
        address = sqlite_address(path, "mode=ro" if has_log else "mode=ro&immutable=1")
        _require_readable(path, address)
        async with AsyncExitStack() as opened:
            reader = await _connect(address, opened)
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
        async with _held(self._writing, self._waiting_for(Wait.QUEUE)), _failing_by_name():
            try:
                with self._waiting_for(Wait.LOCK):
                    await self._begin()
                transaction = _SqliteTransaction(self._writer, self._statements, self.clock)
                yield transaction
                await self._writer.commit()
            except BaseException:
                await self._writer.rollback()
                raise
        self._require_files()  # after the commit: then they were there for as long as it mattered
        self._committed(transaction)

    def _require_files(self) -> None:
        if not self._files.are_the_same():
            raise DatabaseFailed("its file was deleted or replaced", "file_gone")

    async def _begin(self) -> None:
        """In short steps: a statement that waits inside SQLite cannot be called off."""
        ends_at = monotonic() + _longest_wait()
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
                async with _held(self._writing, self._waiting_for(Wait.QUEUE)):
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
            await self._opened.aclose()


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
        raise DatabaseFailed(str(error), _sqlite_reason(error)) from error


def not_opened(path: Path, error: BaseException | None) -> DatabaseUnavailable:
    """What is to be raised when SQLite, or the system, will not open a file."""
    problem = f"{path}: {error}"
    if isinstance(error, sqlite3.Error) and _sqlite_reason(error) != "failed":
        return DatabaseFailed(problem, _sqlite_reason(error))
    return DatabaseUnavailable(problem)


def _sqlite_reason(error: sqlite3.Error) -> str:
    return _SQLITE_REASONS.get(error.sqlite_errorcode & 0xFF, "failed")


@asynccontextmanager
async def _held(lock: asyncio.Lock, waiting: AbstractContextManager[None]) -> AsyncIterator[None]:
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
    try:
        yield
    finally:
        lock.release()


async def _connect(address: str, opened: AsyncExitStack) -> aiosqlite.Connection:
    """A connection that is closed with the stack: its thread would outlive the program."""
    connection = await opened.enter_async_context(
        aiosqlite.connect(
            address,
            uri=True,
            timeout=_longest_wait(),
            isolation_level=None,
            cached_statements=256,
        )
    )
    await connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _longest_wait() -> float:
    """In seconds."""
    left = seconds_left()
    return LOCK_WAIT_SECONDS if left is None else left


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
        raise DatabaseUnavailable(f"{path}: {error.strerror}") from error


def _file_number(path: Path) -> int:
    """Which file has this name now."""
    return path.stat().st_ino


def _require_readable(path: Path, address: str) -> None:
    """Found out before aiosqlite begins: its thread outlives a connection that cannot open."""
    connection = None
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_longest_wait())
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise not_opened(path, error) from error
    finally:
        if connection is not None:
            connection.close()


class _PostgresTransaction(Transaction):
    def __init__(
        self,
        connection: "asyncpg.pool.PoolConnectionProxy",
        statements: Statements,
        clock: Clock,
        waited: Waited,
    ) -> None:
        super().__init__(statements, clock)
        self._connection = connection
        self._waited = waited

    async def _fetched(self, statement: Statement, values: Row) -> list[Row]:
        prepared = self._statements.prepare(statement, values)
        found = await self._connection.fetch(prepared.sql, *prepared.bind(values))
        return [prepared.load(tuple(row)) for row in found]

    async def _run_many(self, sql: str, rows: list[list[Any]]) -> None:
        await self._connection.executemany(sql, rows)

    async def lock(self, statement: Select[Any] | TextClause, **values: Any) -> None:
        with waiting_for(Wait.LOCK, self._waited):
            await self.run(statement, **values)
        self.now = self._clock()


@cache
def _for_postgres() -> Statements:
    from sqlalchemy.dialects.postgresql import asyncpg as dialect

    return Statements(dialect.dialect())  # type: ignore[no-untyped-call]


class PostgresDatabase(Database):
    """A pool of connections; every transaction is READ COMMITTED."""

    def __init__(self, url: str, pool: "asyncpg.Pool", clock: Clock) -> None:
        super().__init__(clock)
        self._pool = pool
        self._statements = _for_postgres()
        self._telephone = Telephone(url, pool)

    @classmethod
    async def open(cls, url: str, clock: Clock) -> "PostgresDatabase":
        import asyncpg

        try:
            async with asyncio.timeout(_longest_wait()):
                pool = await asyncpg.create_pool(
                    url, min_size=1, max_size=10, command_timeout=LOCK_WAIT_SECONDS
                )
        except (
            *(OSError, ValueError, OverflowError),
            *(asyncpg.PostgresError, asyncpg.InterfaceError),
        ) as error:
            # By its kind alone: the text may hold a part of the address, and so of the password.
            raise DatabaseUnavailable(type(error).__name__) from None
        return cls(url, pool, clock)

    @asynccontextmanager
    async def heard_by(self, listener: Listener) -> AsyncIterator[None]:
        async with super().heard_by(listener), self._telephone.answered_by(self._tell_listeners):
            yield

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """
        Raises:
            DatabaseBusy: there is no connection, or no answer, in the time there is patience for.
        """
        async with self._connected() as connection, connection.transaction():
            transaction = self._on(connection)
            yield transaction
        self._committed(transaction)
        if transaction.makes_due:
            self._telephone.call_others()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        async with self._connected() as connection:
            yield self._on(connection)

    def _on(self, connection: "asyncpg.pool.PoolConnectionProxy") -> _PostgresTransaction:
        return _PostgresTransaction(connection, self._statements, self.clock, self._waited)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator["asyncpg.pool.PoolConnectionProxy"]:
        """A connection, which is cut when time is out: a server that does not answer does not
        answer a cancelled statement either.
        """
        left = seconds_left()
        from asyncpg import InterfaceError, PostgresError

        try:
            with self._waiting_for(Wait.CONNECTION):
                connection = await self._pool.acquire(timeout=left)
        except TimeoutError:
            raise DatabaseBusy from None
        except (OSError, PostgresError, InterfaceError) as error:
            raise DatabaseFailed(type(error).__name__) from None
        is_late = asyncio.Event()
        timer = left is not None and asyncio.get_running_loop().call_later(
            seconds_left() or 0.0, _cut, connection, is_late
        )
        try:
            yield connection
        except Exception as error:
            if is_late.is_set():
                raise DatabaseBusy from None
            if connection.is_closed() or _is_failing(error):
                raise DatabaseFailed(type(error).__name__, _reason(error)) from error
            raise
        finally:
            await self._let_go(connection)
            if timer:
                timer.cancel()

    async def _let_go(self, connection: "asyncpg.pool.PoolConnectionProxy") -> None:
        """A connection that does not come back well is closed, and what it has done is done."""
        from asyncpg import InterfaceError, PostgresError

        with suppress(OSError, PostgresError, InterfaceError):
            await self._pool.release(connection, timeout=LETTING_GO_SECONDS)

    async def give_back_space(self) -> None:
        """PostgreSQL looks after this by itself."""

    async def close(self) -> None:
        try:
            async with asyncio.timeout(LETTING_GO_SECONDS):
                await self._telephone.hang_up()
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def _is_failing(error: Exception) -> bool:
    """Whether it is the server that fails, and not what was asked of it."""
    state = str(getattr(error, "sqlstate", ""))
    is_its_own = state.startswith(_POSTGRES_FAILING) or state in _POSTGRES_REASONS
    return is_its_own or isinstance(error, TimeoutError)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no_answer"
    return _POSTGRES_REASONS.get(str(getattr(error, "sqlstate", "")), "failed")


def _cut(connection: "asyncpg.pool.PoolConnectionProxy", is_late: asyncio.Event) -> None:
    is_late.set()
    connection.terminate()


def sqlite_address(path: Path, how: str) -> str:
    """A file as SQLite's own addresses name it."""
    return f"{path.absolute().as_uri()}?{how}"


def beside(path: Path) -> list[Path]:
    """The files that SQLite may keep beside a database and reads as a part of it."""
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]


def sqlite_path(url: str) -> Path | None:
    """The file that an address names, or None when the address is not SQLite's.

    `sqlite:///relative/path`, `sqlite:////absolute/path`; a driver's name after `+` is
    passed over, as people paste it from elsewhere.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UnknownDatabase("the address is malformed") from None
    if parts.scheme.split("+")[0] != "sqlite":
        return None
    if parts.netloc or not parts.path.strip("/") or parts.path == "/:memory:":
        raise UnknownDatabase("an SQLite address looks like sqlite:///godkjenningsbot.sqlite3")
    return Path(unquote(parts.path[1:]))


def file_url(path: Path) -> str:
    """The address that names a file, as `sqlite_path` reads it."""
    return f"sqlite:///{quote(str(path))}"


def postgres_url(url: str) -> str | None:
    """The address as the driver takes it, or None when it is not PostgreSQL's."""
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in ("postgresql", "postgres"):
        return None
    return f"postgresql://{rest}"


async def open_database(url: str, clock: Clock = utc_now) -> Database:
    """Open the database that `url` names.

    Raises:
        UnknownDatabase: the address is neither SQLite's nor PostgreSQL's.
        DatabaseUnavailable: it cannot be opened or reached.
    """
    path = sqlite_path(url)
    if path is not None:
        return await SqliteDatabase.open(path, clock)
    address = postgres_url(url)
    if address is not None:
        return await PostgresDatabase.open(address, clock)
    raise UnknownDatabase(url.partition(":")[0])


async def open_to_look(url: str, clock: Clock = utc_now) -> Database:
    """The same, for whoever only reads: nothing is made, changed or left behind.

    Raises:
        UnknownDatabase, DatabaseUnavailable: as above; or it is not there.
    """
    path = sqlite_path(url)
    return await (SqliteDatabase.look(path, clock) if path else open_database(url, clock))
