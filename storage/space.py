"""What SQLite has free in its file, and how the disk gets it back.

A file that is to give space back is written anew for it once, after a migration: a new one in no
time; an old one while nobody else can write to it, and with three times its size free on the disk.
Where that cannot be done, all goes on as before: the file keeps its size, and what is free is used
again.
"""

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

log = logging.getLogger(__name__)

INCREMENTAL = 2

SPARE_PAGES = 256
"""Free pages that stay for what is to come: a megabyte."""

PAGES_AT_ONCE = 256
"""How many of the others go at a time, while nobody else can write."""

WAIT_SECONDS = 5.0
"""For another process that writes."""

ROOM = 3
"""How many times the file's size has to be free on the disk: it is written twice, into a file of
SQLite's own and into the log."""


def pages_to_give_back(free: int) -> int:
    return min(PAGES_AT_ONCE, max(0, free - SPARE_PAGES))


def make_it_give_space_back(path: Path) -> None:
    """Write the file anew, unless it gives space back already."""
    try:
        with closing(
            sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        ) as connection:
            if connection.execute("PRAGMA auto_vacuum").fetchone() == (INCREMENTAL,):
                return
            if shutil.disk_usage(path.parent).free < ROOM * path.stat().st_size:
                log.warning("space_not_given_back", extra={"reason": "disk_full"})
                return
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # from the next VACUUM on
            connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        log.warning("space_not_given_back", extra={"reason": error.sqlite_errorname})
