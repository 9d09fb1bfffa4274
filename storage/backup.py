"""Back up an SQLite ledger and its key, also while a bot runs on it.

The copy is made by `VACUUM INTO`: one snapshot of all that has been committed, for which no writer
waits, and that never begins anew because others write meanwhile (as the online backup does). What
was deleted is not in it. It counts when it was found whole, and its codes were opened.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from storage import archive, key_file, whole_file
from storage.addresses import beside, file_url, sqlite_address
from storage.archive import BackupTrouble
from storage.database import DatabaseFailed, DatabaseUnavailable
from storage.keys import Keyring
from storage.migrate import revision
from storage.needed_keys import has_secrets, open_all
from storage.opening import open_to_look
from storage.patience import LOCK_WAIT_SECONDS


class NoDatabase(BackupTrouble):
    """There is nothing to back up: the database is not there, or has not been set up."""


class FileTaken(BackupTrouble):
    """There is a backup in that place already."""


class FileForSomethingElse(BackupTrouble):
    """What is in that place is no backup, or the place is the database's own."""


class CodesUnreadable(BackupTrouble):
    """The keys do not open every code in the copy: it would be worth nothing."""


async def back_up(
    database: Path, target: Path, set_keys: tuple[str, ...], now: datetime, *, replace: bool
) -> None:
    """Put database and key into one file that only we may read, whole or not at all.

    Keys that are set, and so are not in a file beside the database, are not in the backup either.

    Raises:
        NoDatabase, FileTaken, FileForSomethingElse, CodesUnreadable, DatabaseUnavailable.
        OSError: the file cannot be written.
    """
    _require_database(database)
    _require_place(target, database, replace=replace)
    with workshop(target.parent) as folder:
        copy = folder / archive.DATABASE
        _copy(database, copy)
        require_sound(copy)
        keys = set_keys or _copy_key(database, folder)
        found = await _revision_with_codes_open(copy, keys)
        archive.pack(folder, found, now, folder / "backup.tar")
        (folder / "backup.tar").replace(target)
    sync(target.parent)


def _require_database(database: Path) -> None:
    if not database.exists():
        raise NoDatabase


def _require_place(target: Path, database: Path, *, replace: bool) -> None:
    taken = {each.resolve() for each in (database, *beside(database), key_file.beside(database))}
    if target.resolve() in taken:
        raise FileForSomethingElse
    if not target.exists():
        return
    if not (target.is_file() and archive.is_backup(target)):
        raise FileForSomethingElse
    if not replace:
        raise FileTaken


@contextmanager
def workshop(beside_target: Path) -> Iterator[Path]:
    """A folder that only we may read, on the same disk, and that is gone at the end.

    Raises:
        OSError: it cannot be made there.
    """
    with TemporaryDirectory(prefix=".godkjenningsbot-", dir=beside_target) as folder:
        yield Path(folder)


def _copy(database: Path, copy: Path) -> None:
    copy.touch(0o600)
    address = sqlite_address(database, "mode=rw")
    with (
        _failing_by_name(),
        closing(sqlite3.connect(address, uri=True, timeout=LOCK_WAIT_SECONDS)) as connection,
    ):
        connection.execute("VACUUM INTO ?", [str(copy)])


@contextmanager
def _failing_by_name() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise DatabaseUnavailable(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseFailed(str(error)) from error


def require_sound(database: Path) -> None:
    """
    Raises:
        DatabaseFailed: SQLite finds something wrong with it.
    """
    address = sqlite_address(database, "mode=ro&immutable=1")
    with _failing_by_name(), closing(sqlite3.connect(address, uri=True)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok" or connection.execute("PRAGMA foreign_key_check").fetchone():
            raise DatabaseFailed(found)


def _copy_key(database: Path, folder: Path) -> tuple[str, ...]:
    keys = key_file.read(key_file.beside(database))
    if keys:
        whole_file.write(folder / archive.KEY, keys)
    return keys


async def _revision_with_codes_open(copy: Path, keys: tuple[str, ...]) -> str:
    ledger = await open_to_look(file_url(copy))
    try:
        found = await revision(ledger)
        if found is None:
            raise NoDatabase
        async with ledger.reading() as transaction:
            if await has_secrets(transaction) and not (
                keys and await open_all(transaction, Keyring(keys))
            ):
                raise CodesUnreadable
    finally:
        await ledger.close()
    return found


def sync(path: Path) -> None:
    """Have the disk keep a file, or what the files in a folder are called.

    Raises:
        OSError: the disk does not.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
