"""A file that only we may read, which is there whole or as it was before."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path


def write(path: Path, lines: Sequence[str]) -> None:
    """These lines instead of what is there.

    Raises:
        OSError: they cannot be written there.
    """
    with written_beside(path, lines) as new:
        new.replace(path)


@contextlib.contextmanager
def written_beside(path: Path, lines: Sequence[str]) -> Iterator[Path]:
    """In a file beside it that is on the disk then, and gone at the end."""
    handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
