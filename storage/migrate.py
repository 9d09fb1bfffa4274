"""Bring a database to the ledger's current schema with Alembic, at start."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from storage import row_security
from storage.addresses import beside, postgres_url, sqlite_path
from storage.database import Clock, Database, DatabaseNotOpened, DatabaseUnavailable, utc_now
from storage.on_sqlite import address_to_look, not_opened
from storage.opening import open_database
from storage.patience import LOCK_WAIT_SECONDS
from storage.shape import Difference, difference
from storage.space import make_it_give_space_back
from storage.sql import Column, MetaData, String, Table, select

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection


class UnknownRevision(DatabaseUnavailable):
    """The database was made by another, perhaps a newer, version of the bot."""


class ForeignDatabase(DatabaseUnavailable):
    """It holds somebody else's tables, and none of ours."""


class DifferentShape(DatabaseUnavailable):
    """The tables are not what they ought to be, and no migration knows of it."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(", ".join((*difference.missing, *difference.unknown)))
        self.difference = difference


CURRENT = "0019"
"""The newest revision in `migrations/versions`; a test holds the two together."""

MIGRATION_WAIT_SECONDS = 30
"""How long a migration waits for others that are at the database, or migrate it themselves."""

VERSIONS = Path(__file__).parent / "migrations" / "versions"
_NAMES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
_VERSIONS = "SELECT * FROM alembic_version"
_version = Table("alembic_version", MetaData(), Column("version_num", String(32)))
_VERSION = select(_version.c.version_num)


async def is_current(database: Database) -> bool:
    """Whether the schema is the one that this code expects."""
    return await revision(database) == CURRENT


async def revision(database: Database) -> str | None:
    """The revision that the database is at; None when it has not been set up."""
    try:
        async with database.reading() as transaction:
            row = await transaction.row(_VERSION)
    except Exception as error:
        if _is_not_set_up(error):
            return None
        raise
    return row["version_num"] if row else None


def _is_not_set_up(error: Exception) -> bool:
    """Whether there is no such table, and nothing else is amiss."""
    return type(error).__name__ == "UndefinedTableError" or str(error).startswith("no such table")


@asynccontextmanager
async def opened(url: str, clock: Clock = utc_now) -> AsyncIterator[Database]:
    """The database at this address, brought to the current schema, while it lasts.

    Raises:
        DatabaseUnavailable: it cannot be opened or reached.
        ForeignDatabase, UnknownRevision: it was made by something else, or by another version of
            the bot; nothing in it is changed.
        DifferentShape: its tables are not what they ought to be.
    """
    path = sqlite_path(url)
    if path is not None:
        require_ours(path)
    database = await _open_current(url, clock) or await _open_migrated(url, clock)
    try:
        await require_shape(database)
        yield database
    finally:
        await database.close()


async def require_shape(database: Database) -> None:
    """
    Raises:
        DifferentShape: its tables are not what they ought to be.
    """
    found = await difference(database)
    if found:
        raise DifferentShape(found)


def require_ours(path: Path) -> None:
    """Before anything in the file is changed: how it is kept is, when it is opened.

    Raises:
        ForeignDatabase, UnknownRevision: it is not ours, or not of a version that we know.
        DatabaseUnavailable: it cannot be read.
    """
    import sqlite3

    if not path.exists():
        return
    if not path.is_file():
        raise DatabaseNotOpened(path, "no_file")
    if not path.stat().st_size or any(each.exists() for each in beside(path)[2:]):
        return  # or it is to be mended first, by whoever opens it to write
    try:
        with closing(sqlite3.connect(address_to_look(path), uri=True)) as connection:
            names = {name for (name,) in connection.execute(_NAMES) if name[:7] != "sqlite_"}
            versions = set(connection.execute(_VERSIONS)) if _version.name in names else set()
    except sqlite3.DatabaseError as error:
        raise not_opened(path, error) from error
    if names and _version.name not in names:
        raise ForeignDatabase(ForeignDatabase.__doc__)
    if not {str(number) for (number,) in versions} <= known_revisions():
        raise UnknownRevision(UnknownRevision.__doc__)


def known_revisions() -> frozenset[str]:
    """By the names of the files, without the migrations themselves."""
    return frozenset(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


async def _open_current(url: str, clock: Clock) -> Database | None:
    database = await open_database(url, clock)
    keep = False
    try:
        keep = await is_current(database)
    finally:
        if not keep:
            await database.close()
    return database if keep else None


async def _open_migrated(url: str, clock: Clock) -> Database:
    await migrate(url)
    return await open_database(url, clock)


async def migrate(url: str) -> None:
    """Run every migration that is missing. Several processes may start at once.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    await with_connection(url, _upgrade)
    path = sqlite_path(url)
    if path is not None:
        await asyncio.to_thread(make_it_give_space_back, path)


def _upgrade(connection: "Connection") -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    from storage.mending import mend_older_states

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        if _is_known(config, connection):
            mend_older_states(connection)
        command.upgrade(config, "head")
    except CommandError as error:
        raise UnknownRevision(UnknownRevision.__doc__) from error


def _is_known(config: "Config", connection: "Connection") -> bool:
    """Whether it is a ledger, and of a version that we know: others have a table of people too."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    found = MigrationContext.configure(connection).get_current_revision()
    known = ScriptDirectory.from_config(config).walk_revisions()
    return found in {script.revision for script in known}


async def with_connection(url: str, work: "Callable[[Connection], None]") -> None:
    """Let SQLAlchemy's own connection work on the schema, in one transaction."""
    path = sqlite_path(url)
    if path is not None:
        await asyncio.to_thread(_on_sqlite, path, work)
        return
    address = postgres_url(url)
    assert address is not None
    await _on_postgres(address, work)


def _on_sqlite(path: Path, work: "Callable[[Connection], None]") -> None:
    import sqlite3

    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=MIGRATION_WAIT_SECONDS, isolation_level=None)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: "Connection") -> None:
        # The driver's own BEGIN would come too late to make the schema's changes one transaction.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            work(connection)
    except DBAPIError as error:
        raise not_opened(path, error.orig) from None
    except SQLAlchemyError:
        raise DatabaseNotOpened(path) from None


async def _on_postgres(address: str, work: "Callable[[Connection], None]") -> None:
    import asyncpg
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    async def connect() -> "asyncpg.Connection":
        return await asyncpg.connect(
            address, timeout=LOCK_WAIT_SECONDS, server_settings=row_security.SEES_ALL
        )

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{MIGRATION_WAIT_SECONDS}s'"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(7283461)"))
            await connection.run_sync(work)
    except (OSError, ValueError, OverflowError, SQLAlchemyError, asyncpg.PostgresError) as error:
        raise DatabaseUnavailable(type(error).__name__) from None
    finally:
        await engine.dispose()
