"""The real bot, counting what its database is asked for a request of Slack's:
`python -m tests.bench.counted run`.

When it ends it leaves in the file that COUNTED names how many statements each request took to find
out in whose name it is answered, and in all.
"""

import json
import os
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import asyncpg
from asyncpg.connection import LoggedQuery

from bot.__main__ import main
from bot.installing.awake import AwakeRegistry
from bot.slack.bolt import SlackApp

Method = Callable[..., Coroutine[Any, Any, Any]]


@dataclass
class Asked:
    """Statements for one request."""

    to_authorise: int = 0
    in_all: int = 0


_all: list[Asked] = []
_here: ContextVar[Asked | None] = ContextVar("asked", default=None)
_is_authorising: ContextVar[bool] = ContextVar("is_authorising", default=False)


def _count(query: LoggedQuery) -> None:
    """Called in the context of whoever asked. That a connection is cleaned before it goes back to
    its pool is no question."""
    asked = _here.get()
    if asked is None or "UNLISTEN" in query.query:
        return
    asked.in_all += 1
    asked.to_authorise += _is_authorising.get()


def _taking(take: Method) -> Method:
    @wraps(take)
    async def taken(*arguments: Any) -> Any:
        asked = Asked()
        _all.append(asked)
        token = _here.set(asked)
        try:
            return await take(*arguments)
        finally:
            _here.reset(token)

    return taken


def _authorising(called_by: Method) -> Method:
    @wraps(called_by)
    async def found(*arguments: Any) -> Any:
        token = _is_authorising.set(True)
        try:
            return await called_by(*arguments)
        finally:
            _is_authorising.reset(token)

    return found


def count() -> None:
    create_pool = asyncpg.create_pool

    async def listened_to(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(_count)

    def counting(*arguments: Any, **named: Any) -> Any:
        return create_pool(*arguments, init=listened_to, **named)

    asyncpg.create_pool = counting
    SlackApp.take = _taking(SlackApp.take)  # type: ignore[method-assign]
    AwakeRegistry.called_by = _authorising(AwakeRegistry.called_by)  # type: ignore[method-assign]


if __name__ == "__main__":
    count()
    try:
        main()
    finally:
        Path(os.environ["COUNTED"]).write_text(json.dumps([asdict(each) for each in _all]))
