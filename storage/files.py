"""The files of an SQLite database: whether they are still those that were opened.

A file that is deleted or replaced stays open for whoever has opened it: everything seems to work,
and all of it is gone at the next start.
"""

from pathlib import Path

from storage.addresses import beside

Identity = tuple[int, int] | None


class Files:
    """As they lie there now: the database, its log, and the index of that log."""

    def __init__(self, path: Path) -> None:
        wal, shm, _journal = beside(path)
        self._paths = [path, wal, shm]
        self._opened = self._found()

    def are_the_same(self) -> bool:
        return self._found() == self._opened

    def _found(self) -> list[Identity]:
        return [_identity(path) for path in self._paths]


def _identity(path: Path) -> Identity:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
