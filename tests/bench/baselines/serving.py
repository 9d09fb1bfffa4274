"""What the baselines have in common: the same uvicorn as the bot's, and Slack's secrets."""

import os
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp


async def serve(app: ASGIApp) -> None:
    config = uvicorn.Config(
        app,
        port=int(os.environ["PORT"]),
        loop="none",  # it is running already
        http="httptools",
        access_log=False,
        log_config=None,
        lifespan="off",
        server_header=False,
        backlog=2048,
    )
    await uvicorn.Server(config).serve()


def run(main: Any) -> None:
    """Run a coroutine as the bot's command line does."""
    uvloop.run(main)
