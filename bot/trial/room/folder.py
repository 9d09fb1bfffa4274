"""What the room keeps between two runs, in one folder: the ledger, its key, what was said."""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.trial.room.cast import Beginning

LEDGER = "bot.sqlite3"
_OF_THE_LEDGER = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", f"{LEDGER}.key")
_SAID = "room.json"
_LOCK = "room.lock"


class InUse(Exception):  # noqa: N818
    """The room is open in another process."""


class Unreadable(ValueError):  # noqa: N818
    """What was kept of the room is broken, or of another version."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The room as it was left, beside its ledger."""

    ahead: timedelta = timedelta()
    read_until: Mapping[str, str] = field(default_factory=dict)
    said: Sequence[dict[str, Any]] = ()
    """A snapshot of each workspace; none where nothing has been kept."""

    begins: Beginning = Beginning.REGISTERED
    """How the room was when it was opened for the first time."""


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.path / LEDGER}"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """For this process alone, as long as it lasts: two rooms in one folder would ruin both.

        Raises:
            InUse: another process has it.
            OSError: it cannot be made, or not written in.
        """
        self.make()
        with (self.path / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InUse from None
            yield

    def make(self) -> None:
        """For our eyes only: what is typed may be about real people.

        Raises:
            OSError: it cannot be made, or not written in.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def empty(self) -> None:
        """Take away what the room made, and nothing else that may lie in the folder."""
        for name in (*_OF_THE_LEDGER, _SAID, f"{_SAID}.new"):
            (self.path / name).unlink(missing_ok=True)

    def read(self) -> Kept:
        """What was kept; as it is at first where nothing was.

        Raises:
            Unreadable: there is something that is not ours, or is broken.
        """
        try:
            found = json.loads((self.path / _SAID).read_text(encoding="utf-8"))
            return Kept(
                ahead=timedelta(seconds=float(found["ahead_seconds"])),
                read_until={str(key): str(ts) for key, ts in found["read_until"].items()},
                said=[found["said"], *found.get("said_beside", ())],
                begins=Beginning(found.get("begins", Beginning.REGISTERED)),
            )
        except FileNotFoundError:
            return Kept()
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise Unreadable from error

    def write(self, kept: Kept) -> None:
        """Whole or not at all.

        Raises:
            OSError: it cannot be written, as when the disk is full.
        """
        new = self.path / f"{_SAID}.new"
        new.touch(mode=0o600)
        said, *said_beside = kept.said
        written = {
            "ahead_seconds": kept.ahead.total_seconds(),
            "read_until": kept.read_until,
            "said": said,
            "said_beside": said_beside,
            "begins": kept.begins,
        }
        new.write_text(json.dumps(written), encoding="utf-8")
        new.replace(self.path / _SAID)
