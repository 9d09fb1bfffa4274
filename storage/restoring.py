"""Put an SQLite ledger and its key back as they were backed up.

Whatever happens meanwhile, the old ledger is there or the new one, with the keys for it, and never
a mixture: all is tried in a folder of its own first, and then takes its place by renaming.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from storage import archive, key_file, whole_file
from storage.addresses import beside, file_url, sqlite_address
from storage.archive import BackupOfAnotherVersion, BackupTrouble, NoBackup
from storage.backup import CodesUnreadable, require_sound, sync, workshop
from storage.database import Database, DatabaseFailed
from storage.keys import Keyring
from storage.migrate import UnknownRevision, opened
from storage.needed_keys import has_secrets, open_all

SHARED_FIRST, SHARED_SIZE = 0x40000002, 510
"""The bytes that SQLite locks in the file of a database (its file format, "the lock-byte page"):
in WAL mode each connection holds them for as long as it is open."""


class DatabaseInUse(BackupTrouble):
    """Somebody has the database open: a bot runs on it."""


class DatabaseThere(BackupTrouble):
    """There is a database in that place already."""


class Restored(Struct, frozen=True):
    made_at: datetime
    """When the backup was made: what came after it is not there."""

    aside: tuple[Path, ...]
    """Where the files lie that were there before."""


async def restore(
    backup: Path, database: Path, set_keys: tuple[str, ...], now: datetime, *, replace: bool
) -> Restored:
    """Put it where the database is to be, brought to the current schema. What was there is kept.

    Raises:
        NoBackup, BackupOfAnotherVersion: it cannot be restored from.
        CodesUnreadable: neither the keys that are set nor, where none are, those of the backup or
            beside the database, open its codes.
        DatabaseInUse, DatabaseThere: the place is not free.
        OSError: a file cannot be read or written.
    """
    place = _Place.of(database, now)
    with workshop(place.database.parent) as folder:
        manifest = archive.unpack(backup, folder)
        keys = await _tried(folder, place.key, set_keys)
        # Last: nobody is to make room for what cannot be restored.
        with _alone(place.database, replace=replace):
            place.take(folder / archive.DATABASE, keys)
    return Restored(manifest.made_at, place.filled_aside())


@contextmanager
def _alone(database: Path, *, replace: bool) -> Iterator[None]:
    """While it lasts nobody has the database open, and nobody can open it.

    Raises:
        DatabaseInUse, DatabaseThere: the place is not free.
    """
    if not database.exists():
        yield
        return
    with _locked(database):
        if not replace:
            raise DatabaseThere
    _fold(database)
    with _locked(database):
        yield


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    """As SQLite itself would; by the bytes, since the database may be damaged. Nothing in this
    process may open the file meanwhile: to close it would give up the lock.

    Raises:
        DatabaseInUse: somebody has it open.
    """
    handle = os.open(database, os.O_RDWR)
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)
        yield
    except BlockingIOError:
        raise DatabaseInUse from None
    finally:
        os.close(handle)


def _fold(database: Path) -> None:
    """Let SQLite bring home what stands in the log alone, as after a crash: the database is whole
    in one file then. One that is damaged stays as it is."""
    address = sqlite_address(database, "mode=rw")
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection,
    ):
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _tried(folder: Path, key: Path, set_keys: tuple[str, ...]) -> tuple[str, ...]:
    """Open all that was unpacked, as a bot would. The keys that are to stand beside the database;
    none when what stands there is to stay.

    Raises:
        NoBackup, BackupOfAnotherVersion, CodesUnreadable: as `restore`.
    """
    copy = folder / archive.DATABASE
    own = key_file.read(folder / archive.KEY)
    keys = set_keys or own or key_file.read(key)
    try:
        require_sound(copy)
        async with opened(file_url(copy)) as ledger:
            await _require_open(ledger, keys)
    except UnknownRevision as error:
        raise BackupOfAnotherVersion from error
    except DatabaseFailed as error:
        raise NoBackup from error
    sync(copy)
    return () if set_keys else own


async def _require_open(ledger: Database, keys: tuple[str, ...]) -> None:
    async with ledger.reading() as transaction:
        if not await has_secrets(transaction):
            return
        if not keys or not await open_all(transaction, Keyring(keys)):
            raise CodesUnreadable


class _Place(Struct, frozen=True):
    """Where the ledger is to be; and where what is there now is to be kept, all names beginning
    alike."""

    database: Path
    aside: Path
    key: Path
    """Beside the name that the settings know, also where that is a link: there the bot looks."""

    key_aside: Path

    @classmethod
    def of(cls, named: Path, now: datetime) -> "_Place":
        database, since = Path(os.path.realpath(named)), f"{now:%Y%m%d-%H%M%S}"
        return cls(
            database,
            database.with_name(f"{database.name}.{since}"),
            key_file.beside(named),
            key_file.beside(named.with_name(f"{named.name}.{since}")),
        )

    def filled_aside(self) -> tuple[Path, ...]:
        names = (self.aside, *beside(self.aside), self.key_aside)
        return tuple(path for path in names if path.exists())

    def take(self, new: Path, keys: tuple[str, ...]) -> None:
        """Between two steps either ledger is whole, with the keys for it: as long as it is not
        certain which one will be there, the keys of both are.

        Raises:
            DatabaseThere: somebody has made one there meanwhile.
        """
        old_keys = key_file.read(self.key)
        keys = keys or old_keys
        with ExitStack() as undo:
            self._keep(self.key, self.key_aside, undo)
            if keys != old_keys:
                whole_file.write(self.key, (*keys, *old_keys))
            was_there = self._keep(self.database, self.aside, undo)
            self._move_logs()
            _rename(new, self.database, over=was_there)
            undo.pop_all()
        if keys != old_keys:
            whole_file.write(self.key, keys)
        sync(self.key.parent)
        sync(self.database.parent)

    def _keep(self, path: Path, aside: Path, undo: ExitStack) -> bool:
        """By a second name; whether there is something to keep."""
        if not path.exists():
            return False
        os.link(path, aside)
        undo.callback(_put_back, aside, path)
        return True

    def _move_logs(self) -> None:
        """Of a database that is gone, or so damaged that they could not be brought home: one that
        stayed would undo what comes now."""
        for old, new in zip(beside(self.database), beside(self.aside), strict=True):
            if old.exists():
                old.rename(new)
        sync(self.database.parent)


def _put_back(aside: Path, path: Path) -> None:
    aside.replace(path)
    aside.unlink(missing_ok=True)  # two names of one file are not replaced


def _rename(new: Path, database: Path, *, over: bool) -> None:
    if over:
        new.replace(database)
        return
    try:
        os.link(new, database)
    except FileExistsError:
        raise DatabaseThere from None
