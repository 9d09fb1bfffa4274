"""Logs: structured events with a stable name and ids. No bodies, names, addresses or codes.

    log = logging.getLogger(__name__)
    log.warning("notice_failed", extra={"notice": notice.id, "attempt": 3})

What libraries say may hold whole requests: of theirs only the library and the place are kept.
An exception is logged by its type and where it came from, never by its text, which may carry
what was typed. As a last line, whatever looks like a code, an address, a partner's key or a
webhook's secret is struck out.
"""

import json
import logging
import re
import sys
import time
import traceback
from typing import Any

OURS = ("bot", "handlers", "storage", "templates")
_SECRET = re.compile(
    r"[^\s@\"'<>]+@[^\s@\"'<>]+"  # a code, an address
    r"|gkb(?:test)?_[0-9A-Za-z]{5,}"  # a partner's key; by its first four people tell them apart
    r"|whsec_[0-9A-Za-z+/=_-]*"  # what webhooks are signed with
)
QUIET_SECONDS = 60.0
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(log_format: str) -> None:
    """Send every log line to standard error, as `console` or `json`.

    The bot's own from INFO; a library's only its errors, whatever level it is turned to.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format == "json" else _Console())
    logging.basicConfig(handlers=[handler], level=logging.ERROR, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)


class Seldom:
    """Warns of each kind of trouble at most once a minute: what anybody can cause as often as they
    like must not fill the log."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._warned_at: dict[tuple[str, str], float] = {}

    def warn(self, event: str, reason: str, **more: object) -> None:
        now = time.monotonic()
        if now - self._warned_at.get((event, reason), -QUIET_SECONDS) >= QUIET_SECONDS:
            self._warned_at[event, reason] = now
            self._log.warning(event, extra={"reason": reason, **more})


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """The event and what belongs to it, with nothing that may not be logged."""
    found: dict[str, Any] = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
        "level": record.levelname.lower(),
    }
    if record.name.split(".")[0] in OURS:
        extra = {k: v for k, v in vars(record).items() if k not in _OF_EVERY_RECORD}
        found |= {"event": record.msg, **extra}
    else:
        where = f"{record.module}:{record.lineno}"
        found |= {"event": "library_message", "library": record.name, "where": where}
    if record.exc_info and record.exc_info[1]:
        found |= _exception(record.exc_info[1])
    return {key: _struck(value) for key, value in found.items()}


def _exception(error: BaseException) -> dict[str, str]:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = (f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    return {"exception": type(error).__name__, "at": " < ".join(places)}


def _struck(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _SECRET.sub("[…]", str(value))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields(record), ensure_ascii=False)


class _Console(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        found = fields(record)
        start = f"{found.pop('timestamp')} {found.pop('level'):<7} {found.pop('event')}"
        return " ".join([start, *(f"{key}={value}" for key, value in found.items())])
