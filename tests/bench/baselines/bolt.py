"""Bolt: bare, as fast as its own settings make it, or stock, as it comes."""

import json
import os
from typing import Any

from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.types import ASGIApp


def bolt(*, process_before_response: bool = False) -> AsyncApp:
    """One token, as Bolt handles it fastest: `auth.test` is asked once and kept."""
    token = os.environ["SLACK_BOT_TOKEN"]
    return AsyncApp(
        client=AsyncWebClient(token, base_url=os.environ["SLACK_API_URL"]),
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
        process_before_response=process_before_response,
    )


def asgi(app: AsyncApp) -> ASGIApp:
    handler: Any = AsyncSlackRequestHandler(app)
    return handler  # type: ignore[no-any-return]


def answer_help(app: AsyncApp) -> None:
    """`/godkjenningskode`, acknowledged with the bot's own help message, made beforehand."""
    message: dict[str, Any] = json.loads(os.environ["HELP_MESSAGE"])

    @app.command("/godkjenningskode")
    async def command(ack: AsyncAck) -> None:
        await ack(message)
