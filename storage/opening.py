"""A database opened, whichever it is."""

from storage.addresses import UnknownDatabase, postgres_url, sqlite_path
from storage.database import Clock, Database, utc_now
from storage.on_postgresql import PostgresDatabase
from storage.on_sqlite import SqliteDatabase


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
