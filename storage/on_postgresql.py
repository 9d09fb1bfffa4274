"""The ledger on a PostgreSQL server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from storage import row_security
from storage.database import (
    Clock,
    Database,
    DatabaseBusy,
    DatabaseFailed,
    DatabaseUnavailable,
    Listener,
    Reading,
    Transaction,
)
from storage.notifying import Telephone
from storage.patience import (
    LOCK_WAIT_SECONDS,
    Wait,
    Waited,
    longest_wait,
    seconds_left,
    waiting_for,
)
from storage.sql import Select, Statement, TextClause
from storage.statements import Row, Statements

if TYPE_CHECKING:
    import asyncpg

LETTING_GO_SECONDS = 2.0
"""How long PostgreSQL is waited for when nothing is wanted of it any more."""

_REASONS = {
    "25006": "read_only",
    "42501": "not_permitted",
    "53100": "disk_full",
    "XX001": "damaged",
    "XX002": "damaged",
}
_FAILING = ("08", "53", "57", "58", "XX")
"""The classes of errors that are the server's own: it has no room, is shut down, or in trouble."""


class _PostgresTransaction(Transaction):
    def __init__(
        self,
        connection: "asyncpg.pool.PoolConnectionProxy",
        statements: Statements,
        clock: Clock,
        waited: Waited,
        *,
        writes: bool,
    ) -> None:
        super().__init__(statements, clock)
        self._connection = connection
        self._waited = waited
        self._writes = writes

    async def _keep_to(self, organisation_id: str | None) -> None:
        """Until the transaction ends; where there is none, until the connection goes back to the
        pool, which sets all as it was."""
        whose = row_security.OF_ALL if organisation_id is None else organisation_id
        await self._connection.fetchval(row_security.KEEP_TO, whose, self._writes)

    async def _fetched(self, statement: Statement, values: Row) -> list[Row]:
        prepared = self._statements.prepare(statement, values)
        found = await self._connection.fetch(prepared.sql, *prepared.bind(values))
        return [prepared.load(tuple(row)) for row in found]

    async def _run(self, sql: str, parameters: list[Any]) -> None:
        await self._connection.fetch(sql, *parameters)

    async def _run_many(self, sql: str, rows: list[list[Any]]) -> None:
        await self._connection.executemany(sql, rows)

    async def lock(self, statement: Select[Any] | TextClause, **values: Any) -> None:
        with waiting_for(Wait.LOCK, self._waited):
            await self.run(statement, **values)
        self.now = self._clock()


@cache
def _statements() -> Statements:
    return Statements("postgresql")


class PostgresDatabase(Database):
    """A pool of connections; every transaction is READ COMMITTED."""

    def __init__(self, url: str, pool: "asyncpg.Pool", clock: Clock) -> None:
        super().__init__(clock)
        self._pool = pool
        self._statements = _statements()
        self._telephone = Telephone(url, pool)

    @classmethod
    async def open(cls, url: str, clock: Clock) -> "PostgresDatabase":
        import asyncpg

        try:
            async with asyncio.timeout(longest_wait()):
                pool = await asyncpg.create_pool(
                    url,
                    min_size=1,
                    max_size=10,
                    command_timeout=LOCK_WAIT_SECONDS,
                    server_settings=row_security.SEES_ALL,
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
            transaction = self._on(connection, writes=True)
            yield transaction
            await transaction.conclude()
        self._committed(transaction)
        if transaction.makes_due:
            self._telephone.call_others()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        async with self._connected() as connection:
            yield self._on(connection, writes=False)

    def _on(
        self, connection: "asyncpg.pool.PoolConnectionProxy", *, writes: bool
    ) -> _PostgresTransaction:
        return _PostgresTransaction(
            connection, self._statements, self.clock, self._waited, writes=writes
        )

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
    is_its_own = state.startswith(_FAILING) or state in _REASONS
    return is_its_own or isinstance(error, TimeoutError)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no_answer"
    return _REASONS.get(str(getattr(error, "sqlstate", "")), "failed")


def _cut(connection: "asyncpg.pool.PoolConnectionProxy", is_late: asyncio.Event) -> None:
    is_late.set()
    connection.terminate()
