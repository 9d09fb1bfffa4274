"""What the room keeps between two runs, in one folder: the ledger, its key, what was said."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEDGER = "bot.sqlite3"
_OF_THE_LEDGER = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", f"{LEDGER}.key")
_SAID = "room.json"


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.path / LEDGER}"

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

    def read(self) -> dict[str, Any]:
        """What was kept; nothing where there is nothing, or nothing that can be read."""
        try:
            kept = json.loads((self.path / _SAID).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def write(self, kept: dict[str, Any]) -> None:
        """Whole or not at all."""
        new = self.path / f"{_SAID}.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        new.replace(self.path / _SAID)
