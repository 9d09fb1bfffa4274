"""Ledgers in a folder, with a key beside them and codes under it; and what a folder holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage import key_file, whole_file
from storage.addresses import file_url
from storage.keys import Keyring, new_key
from storage.migrate import opened
from storage.needed_keys import open_all
from storage.opening import open_to_look
from storage.organisations import list_all
from tests.unit.storage.cast import Office

LEDGER = "godkjenningsbot.sqlite3"


@asynccontextmanager
async def office_in(folder: Path, name: str = "Røde Kors") -> AsyncIterator[Office]:
    """A ledger with one code, while it is open."""
    key = _key_in(folder)
    async with opened(file_url(folder / LEDGER)) as database:
        office = await Office.begin(database, name=name)
        office.takes_keys(Keyring([key]))
        await office.code()
        yield office


def _key_in(folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    key = new_key()
    whole_file.write(folder / f"{LEDGER}.key", [key])
    return key


async def ledger_in(folder: Path, name: str = "Røde Kors") -> Path:
    """The same, closed; where it is."""
    async with office_in(folder, name):
        return folder / LEDGER


async def whose(database: Path) -> str | None:
    """The organisation in a ledger all of whose codes are opened by the keys beside it."""
    keys = key_file.read(key_file.beside(database))
    ledger = await open_to_look(file_url(database))
    try:
        async with ledger.reading() as transaction:
            if not keys or not await open_all(transaction, Keyring(keys)):
                return None
            return (await list_all(transaction))[0].name
    finally:
        await ledger.close()


def held(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder, by name. What SQLite shares in memory does not count."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith("-shm")
    }


def crashed(folder: Path, copy: Path) -> Path:
    """A ledger as it is left by a bot that is killed: with a log that has not been brought home."""
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert (copy / f"{LEDGER}-wal").stat().st_size
    return copy / LEDGER
