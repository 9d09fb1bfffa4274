"""Logs: structured events with a stable name and ids. No bodies, names, addresses or codes.

The libraries' own debug logging holds whole requests, so it stays off whatever is asked.
An exception is logged by its type and where it came from, never by its text, which may
carry what was typed. As a last line, whatever looks like a code or an address is struck out.
"""

import logging
import re
import sys
import traceback

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET = re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+")
_QUIET = (
    "slack_sdk",
    "slack_bolt",
    "aiosqlite",
    "asyncio",
    "aiohttp",
    "uvicorn",
    "alembic",
    "sqlalchemy",
    "asyncpg",
)


def configure(log_format: str) -> None:
    """Send every log line to standard error, as `console` or `json`."""
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place_of_exception,
        _strike_out,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_only_the_library, *shared], processors=[_without_record, renderer]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _only_the_library(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A library's message may hold anything: keep which library it was and where."""
    record: logging.LogRecord = event["_record"]
    event["event"] = "library_message"
    event["library"] = record.name
    event["where"] = f"{record.module}:{record.lineno}"
    event.pop("positional_args", None)
    if record.exc_info:
        event["exc_info"] = record.exc_info
    return event


def _without_record(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, method, event)


def _place_of_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info is True else None
    if isinstance(info, tuple):
        error = info[1]
    if error is not None:
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        event["at"] = " < ".join(
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames)
        )
    return event


def _strike_out(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {
        key: _SECRET.sub("[…]", value) if isinstance(value, str) else value
        for key, value in event.items()
    }
