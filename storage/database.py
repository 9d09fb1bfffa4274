"""One way to a transaction, on SQLite and on PostgreSQL.

    database = await open_database("sqlite:///godkjenningsbot.sqlite3", clock)
    async with database.transaction() as transaction:
        ...        # rolls back unless the block ends without an exception
    async with database.reading() as transaction:
        ...

A transaction has one time, `transaction.now`: all its rows share it. One that makes something
due says so, and when it has committed, whoever listens to the database hears of it.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
)
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any

from ulid import ULID

from storage.patience import Wait, Waited, waiting_for
from storage.sql import CompoundSelect, Select, Statement, TextClause, TextualSelect
from storage.sql_text import is_insert
from storage.statements import Row, Statements

Clock = Callable[[], datetime]
Listener = Callable[[], None]
Onlooker = Callable[[frozenset[str] | None], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


class DatabaseUnavailable(Exception):  # noqa: N818 - says what is, like the refusals
    """The database cannot be reached or opened; `reason` says why in a word."""

    reason = "unreachable"


class DatabaseNotOpened(DatabaseUnavailable):
    """The file cannot be opened; `why` says it in a word, or is empty where nobody knows."""

    def __init__(self, path: Path, why: str = "") -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class DatabaseFailed(DatabaseUnavailable):
    """The database does not do what it is there for: it is damaged, its disk is full, its server is
    gone. `path`: of a file that is perhaps no database."""

    def __init__(self, problem: str, reason: str = "failed", path: Path | None = None) -> None:
        super().__init__(problem)
        self.reason = reason
        self.path = path


class DatabaseBusy(DatabaseUnavailable):
    """Others hold the database for longer than this piece of work may wait (`patience`)."""

    reason = "busy"


class Reading(ABC):
    """Statements that change nothing, at one time."""

    def __init__(self, statements: Statements, clock: Clock) -> None:
        self._statements = statements
        self._clock = clock
        self.now = clock()
        self._kept_to: str | None = None

    async def keep_to(self, organisation_id: str | None) -> None:
        """From now on it sees and changes what is this organisation's, and nothing of another's,
        whatever a statement says (`row_security`); None: what is anybody's, as at first."""
        if organisation_id != self._kept_to:
            await self._keep_to(organisation_id)
            self._kept_to = organisation_id

    @abstractmethod
    async def _keep_to(self, organisation_id: str | None) -> None:
        """As far as the database can."""

    @asynccontextmanager
    async def beyond(self) -> AsyncIterator[None]:
        """Meanwhile it sees what is anybody's: for what is asked of all on purpose."""
        kept_to = self._kept_to
        await self.keep_to(None)
        yield  # after an error it is rolled back, and takes no more statements
        await self.keep_to(kept_to)

    @abstractmethod
    async def _fetched(self, statement: Statement, values: Row) -> list[Row]:
        """Run a statement; the rows it gives."""

    async def rows(
        self, statement: Select[Any] | CompoundSelect[Any] | TextualSelect, **values: Any
    ) -> list[Row]:
        return await self._fetched(statement, values)

    async def row(self, statement: Select[Any], **values: Any) -> Row | None:
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None


class Transaction(Reading):
    """Statements that stand or fall together, at one time."""

    makes_due = False
    """Whether something is to be told when this has been committed."""

    others_write_meanwhile = True
    """Whether what has been read may be otherwise by now."""

    def __init__(self, statements: Statements, clock: Clock) -> None:
        super().__init__(statements, clock)
        self.concerns: set[str] = set()
        """The people whom it is about: what they see may have changed."""

        self.events: list[Row] = []
        """What the audit is to keep of it."""

        self.before_commit: list[Callable[[], Awaitable[None]]] = []
        """What is done last, when all else has gone well."""

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
        if rows and is_insert(statement):
            for sql, parameters in self._statements.in_few(statement, rows):
                await self._run(sql, parameters)
        elif rows:
            prepared = self._statements.prepare(statement, rows[0])
            await self._run_many(prepared.sql, [prepared.bind(row) for row in rows])

    @abstractmethod
    async def _run(self, sql: str, parameters: list[Any]) -> None:
        """Run what gives nothing back."""

    @abstractmethod
    async def _run_many(self, sql: str, rows: list[list[Any]]) -> None:
        """Run it for each row of parameters."""

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None

    async def run(self, statement: Statement, **values: Any) -> None:
        prepared = self._statements.prepare(statement, values)
        await self._run(prepared.sql, prepared.bind(values))

    async def conclude(self) -> None:
        """Do what is to be done last; then it is committed."""
        for work in self.before_commit:
            await work()


def _told_to_nobody(what: Wait, seconds: float) -> None:
    """Where nobody counts."""


class Database(ABC):
    """A ledger's database, opened."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._listeners: list[Listener] = []
        self._onlookers: list[Onlooker] = []
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

    @asynccontextmanager
    async def seen_by(self, onlooker: Onlooker) -> AsyncIterator[None]:
        """While it lasts, the onlooker is told about whom something was committed; None where
        another process did, which does not say."""
        self._onlookers.append(onlooker)
        try:
            yield
        finally:
            self._onlookers.remove(onlooker)

    def _committed(self, transaction: Transaction) -> None:
        concerns = frozenset(transaction.concerns)
        if transaction.makes_due:
            self._tell_listeners(concerns)
        elif concerns:
            self._tell_onlookers(concerns)

    def _tell_listeners(self, concerns: frozenset[str] | None = None) -> None:
        for listener in list(self._listeners):
            listener()
        self._tell_onlookers(concerns)

    def _tell_onlookers(self, concerns: frozenset[str] | None) -> None:
        for onlooker in list(self._onlookers):
            onlooker(concerns)

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
