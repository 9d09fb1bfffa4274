"""The time of this world, which can be moved on, and the bot's own clock, which may be wrong."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

VARIABLE = "CHAOS_CLOCK"
"""Where the bot is told in which file it finds how far its clock is from the machine's."""


@dataclass(frozen=True, slots=True)
class Leap:
    """Time that passed without anybody living through it."""

    at: datetime
    by: timedelta


class WorldClock:
    """What time it is for Slack and for everybody; `leaps` tells what was left out."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ahead = timedelta()
        self._wrong_by = timedelta()
        self.leaps: list[Leap] = []
        self._write()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def leap(self, by: timedelta) -> None:
        """So much time passes at once, for everybody."""
        self.leaps.append(Leap(self(), by))
        self._ahead += by
        self._write()

    def set_wrong(self, by: timedelta) -> None:
        """The bot's own clock is so much ahead of the world's from now on, or behind it."""
        self._wrong_by = by
        self._write()

    def _write(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(str((self._ahead + self._wrong_by).total_seconds()))
        new.replace(self._file)


def bots_clock() -> datetime:
    """The time as the bot's machine has it."""
    ahead = float(Path(os.environ[VARIABLE]).read_text())
    return datetime.now(UTC) + timedelta(seconds=ahead)
