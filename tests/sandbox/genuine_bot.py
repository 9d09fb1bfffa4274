"""A small bot made with slack-bolt alone, for the sandbox to be tried against."""

import contextlib
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.trial.sandbox import WebServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.trial.sandbox import Sandbox

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(text: str, action_id: str, **rest: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **rest}


def text_input(label: str, block_id: str, **element: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "value", **element}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


def section(text: str, **rest: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **rest}


def modal(title: str, *blocks: Json, **rest: Any) -> Json:
    view = {"type": "modal", "title": plain(title), "blocks": list(blocks), **rest}
    return view if "submit" in rest else {**view, "submit": plain("Send")}


def bare_app(slack: "Sandbox", session: ClientSession) -> AsyncApp:
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
    return AsyncApp(client=client, signing_secret=slack.signing_secret)


@contextlib.asynccontextmanager
async def serving(app: Any) -> "AsyncIterator[str]":
    """The address of an ASGI application on a free port."""
    server = WebServer()
    await server.start(app)
    try:
        yield server.url
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def over_http(slack: "Sandbox") -> "AsyncIterator[AsyncApp]":
    """The bot behind a request URL that Slack has verified."""
    async with ClientSession() as session:
        app = bare_app(slack, session)
        handler = AsyncSlackRequestHandler(app, path="/slack/events")
        async with serving(handler) as url:
            await slack.connect_http(f"{url}/slack/events")
            yield app


@contextlib.asynccontextmanager
async def over_socket_mode(slack: "Sandbox") -> "AsyncIterator[AsyncApp]":
    async with ClientSession() as session:
        app = bare_app(slack, session)
        handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=1)
        handler.client.web_client = AsyncWebClient(slack.app_token, base_url=slack.api_url)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await slack.socket_mode.connected()
        try:
            yield app
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]
