"""What every way of reaching the bot has in common."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .records import Json

Kind = Literal["command", "interactive", "event"]


@dataclass(frozen=True)
class Retry:
    """Which repeat of an event this is, and why it is repeated."""

    number: int
    reason: str


@dataclass(frozen=True)
class BotAnswer:
    """What the bot answered, however it came back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Json | None:
        try:
            parsed = json.loads(self.body)
        except ValueError:
            return None
        return parsed if isinstance(parsed, dict) else None

    def text(self) -> str:
        return self.body.decode(errors="replace")


class NotReached(Exception):  # noqa: N818 - what happened, in Slack's words
    """The bot gave no answer: `http_timeout`, `connection_failed` or `no_connection`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transport(Protocol):
    async def send(
        self, kind: Kind, payload: Json, timeout: float, retry: Retry | None = None
    ) -> BotAnswer:
        """The bot's answer within `timeout` seconds; NotReached otherwise."""

    async def close(self) -> None: ...
