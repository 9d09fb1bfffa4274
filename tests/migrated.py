"""SQLite ledgers whose tables are there at once: migrated one time, and copied from then on."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.migrate import migrate


@cache
def _ledger() -> bytes:
    """Made in a thread of its own: whoever asks may be in a loop already."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor() as thread:
        path = Path(folder, "ledger.sqlite3")
        thread.submit(lambda: asyncio.run(migrate(f"sqlite:///{path}"))).result()
        return path.read_bytes()


def migrated_at_once(path: Path) -> str:
    """Puts an empty ledger there; its address."""
    path.write_bytes(_ledger())
    return f"sqlite:///{path}"
