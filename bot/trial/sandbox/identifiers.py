"""Ids, timestamps and tokens in the shapes Slack gives them."""

import itertools
import secrets
from datetime import datetime

_CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MICROSECONDS = 1_000_000


def random_text(length: int) -> str:
    return "".join(secrets.choice(_CAPITALS) for _ in range(length))


class Identifiers:
    """Hands out ids that never repeat within one workspace."""

    def __init__(self) -> None:
        self._counter = itertools.count(1)
        self._latest_ts = 0

    def new(self, prefix: str) -> str:
        return f"{prefix}{next(self._counter):04d}{random_text(6)}"

    def timestamp(self, now: datetime) -> str:
        """A message timestamp later than every other one, as Slack's order depends on it."""
        wanted = int(now.timestamp() * _MICROSECONDS)
        self._latest_ts = max(wanted, self._latest_ts + 1)
        seconds, micro = divmod(self._latest_ts, _MICROSECONDS)
        return f"{seconds}.{micro:06d}"

    def after(self, ts: str) -> None:
        """Let every timestamp from now on be later than this one."""
        seconds, _, micro = ts.partition(".")
        self._latest_ts = max(self._latest_ts, int(seconds) * _MICROSECONDS + int(micro or 0))

    def trigger(self) -> str:
        return f"{next(self._counter)}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"

    @staticmethod
    def view_hash(now: datetime) -> str:
        return f"{int(now.timestamp())}.{secrets.token_hex(4)}"
