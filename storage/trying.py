"""Whether a database is whole and would take what is written to it, tried so that nothing in it is
changed."""

import asyncio
import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

from storage.addresses import sqlite_address, sqlite_path
from storage.database import Database, DatabaseFailed
from storage.on_sqlite import address_to_look, not_opened
from storage.patience import waiting_at_most
from storage.pulse import WAIT_SECONDS, WEIGHT, write

_CHECK = "PRAGMA quick_check(1)"
_REASONS = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
}


async def require_writable(url: str, database: Database) -> None:
    """
    Raises:
        DatabaseUnavailable: it would not.
    """
    path = sqlite_path(url)
    if path is not None:
        await asyncio.to_thread(_try_file, path)
        return
    with waiting_at_most(WAIT_SECONDS):
        await write(database)


async def require_whole(url: str) -> None:
    """All of it is read: damage in the middle of a file is met by nobody who asks for the rest.

    Raises:
        DatabaseUnavailable: SQLite finds something wrong with it, or cannot read it.
    """
    path = sqlite_path(url)
    if path is not None:
        await asyncio.to_thread(_read_all, path)


def _read_all(path: Path) -> None:
    address = address_to_look(path)
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS)) as connection:
            (found,) = connection.execute(_CHECK).fetchone()
    except sqlite3.Error as error:
        raise not_opened(path, error) from None
    if found != "ok":
        raise DatabaseFailed(found, "damaged")


def _try_file(path: Path) -> None:
    try:
        if not os.access(
            path, os.W_OK
        ):  # opening it would let go of SQLite's locks in this process
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with TemporaryFile(dir=path.parent) as beside_it:
            beside_it.write(bytes(WEIGHT))
            beside_it.flush()
            os.fsync(beside_it.fileno())
    except OSError as error:
        raise DatabaseFailed(
            str(error.strerror), _REASONS.get(error.errno or 0, "failed")
        ) from None
    _try_lock(path)


def _try_lock(path: Path) -> None:
    """Take it, and let it go again. Where there is a log, the database that is open to look keeps
    SQLite from tidying it away after that; where there is none, SQLite leaves none."""
    address = sqlite_address(path, "mode=rw")
    try:
        with closing(
            sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise not_opened(path, error) from None
