"""What a database is here: read past the bot, and put into trouble from outside."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

Row = dict[str, Any]
Trouble = Callable[[float], Awaitable[None]]
"""Lasts so many seconds, and is over when it returns, however it ends."""


class Database(Protocol):
    @property
    def url(self) -> str: ...

    @property
    def skipped(self) -> Mapping[str, str]:
        """Troubles that cannot be made here, and why."""

    def troubles(self) -> Mapping[str, Trouble]: ...

    async def rows(self, query: str) -> list[Row]:
        """Read past the bot."""
