"""The key of an SQLite ledger, where the settings name none: in a file beside the database."""

import contextlib
import os
from pathlib import Path

from storage import whole_file
from storage.addresses import KEY_END
from storage.keys import Keyring, new_key


def beside(database: Path) -> Path:
    return database.with_name(database.name + KEY_END)


def parse(text: str) -> tuple[str, ...]:
    """One key or several, with commas between or each on a line: the first makes new codes.

    Raises:
        BadKey: one is malformed, or there is none.
    """
    keys = tuple(text.replace(",", " ").split())
    Keyring(keys)
    return keys


def read(path: Path) -> tuple[str, ...]:
    """The keys in a file; none where there is no such file, or no keys are in it.

    Raises:
        OSError: it is there and cannot be read.
    """
    with contextlib.suppress(FileNotFoundError, ValueError):
        return parse(path.read_text(encoding="utf-8"))
    return ()


def make(path: Path) -> None:
    """A new key, but never over one that is there: a lost key is lost codes.

    Raises:
        OSError: it cannot be written there.
    """
    with whole_file.written_beside(path, [new_key()]) as new, contextlib.suppress(FileExistsError):
        os.link(new, path)
