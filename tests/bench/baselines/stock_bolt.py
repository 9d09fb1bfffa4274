"""Bolt on its defaults, with as many listeners as the bot has routes.

Bolt tries them one by one: the one that is measured stands in the middle.
"""

from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from handlers.routes import ROUTES
from templates import ids
from tests.bench.baselines.bolt import answer_help, asgi, bolt
from tests.bench.baselines.serving import run, serve


def with_routes(app: AsyncApp, measured: str, register: Callable[[AsyncApp], None]) -> AsyncApp:
    others = [route for route in ROUTES if route[1] != measured]
    middle = len(others) // 2
    for kind, call_id, _ in others[:middle]:
        _add(app, kind, call_id)
    register(app)
    for kind, call_id, _ in others[middle:]:
        _add(app, kind, call_id)
    return app


def _add(app: AsyncApp, kind: str, call_id: str) -> None:
    adders: dict[str, Callable[..., Any]] = {
        "command": app.command,
        "shortcut": app.shortcut,
        "action": app.action,
        "submission": app.view,
        "event": app.event,
    }

    @adders[kind](call_id)  # type: ignore[untyped-decorator]
    async def listener(ack: AsyncAck) -> None:
        await ack()


if __name__ == "__main__":
    run(serve(asgi(with_routes(bolt(), ids.COMMAND, answer_help))))
