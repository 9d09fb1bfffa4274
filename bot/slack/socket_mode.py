"""Socket Mode: the same requests over a WebSocket that the bot opens.

slack_sdk's client keeps the connection: it renews it when Slack asks and when it breaks.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.living import Life, Unwell
from bot.slack.background import Background
from bot.slack.bolt import SlackApp
from handlers.slack_errors import error_name

log = logging.getLogger(__name__)

SILENT = logging.getLogger("slack_bolt.socket_mode")
"""The client's own, which tells of each vain attempt to connect, with all that led to it."""
SILENT.setLevel(logging.CRITICAL)

LOOK_SECONDS = 2.0
PING_SECONDS = 5.0
"""How often the client asks whether the connection is still there, and tries for a new one."""


class ClientDied(ConnectionError):  # noqa: N818
    """Slack's client for Socket Mode hands on nothing any more."""


class _Client(SocketModeClient):
    """Which keeps in mind why Slack gives it no address to connect to."""

    refusal = ""
    """The error that Slack names; empty when it has named none."""

    async def issue_new_wss_url(self) -> str:
        """
        Raises:
            SlackApiError: Slack gives none.
        """
        try:
            url = await super().issue_new_wss_url()
        except SlackApiError as error:
            self._keep(error_name(error))
            raise
        self._keep("")
        return url

    def _keep(self, refusal: str) -> None:
        """Told in the log once, however often it is said."""
        if refusal and not self.refusal:
            log.error("slack_refuses_socket_mode", extra={"error": refusal})
        elif self.refusal and not refusal:
            log.info("slack_takes_socket_mode_again")
        self.refusal = refusal


class SocketMode:
    """The connection, and what comes over it."""

    def __init__(
        self, app: SlackApp, app_token: str, client: AsyncWebClient, background: Background
    ) -> None:
        self._app = app
        self._background = background
        self._client = _Client(
            app_token, web_client=client, logger=SILENT, ping_interval=PING_SECONDS
        )
        self._client.socket_mode_request_listeners.append(self._receive)

    @asynccontextmanager
    async def opened(self, life: Life) -> AsyncIterator[None]:
        """Connected, while it lasts; tries again by itself until it succeeds."""
        try:
            async with life.lives("socket_mode", self._look_after_client):
                await self._client.connect()  # type: ignore[no-untyped-call]
                yield
        finally:
            await self._client.close()  # type: ignore[no-untyped-call]

    async def _look_after_client(self) -> None:
        """The client looks after its connection, and nobody after the client.

        An address to connect to is good once, and it would try a failed one for ever: without one
        it asks Slack for another. When what hands on its messages has died, nothing arrives any
        more, connected or not.

        Raises:
            ClientDied: it does not hand on what Slack sends.
        """
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._client.message_processor.done():
                raise ClientDied
            if not await self._client.is_connected():
                self._client.wss_uri = None

    async def is_connected(self) -> bool:
        """
        Raises:
            Unwell: Slack does not let it be, and has said why.
        """
        if await self._client.is_connected():
            return True
        if self._client.refusal:
            raise Unwell(self._client.refusal)
        return False

    def take_nothing_new(self) -> None:
        """Leave what comes from now on unacknowledged: Slack gives it to another connection."""
        self._client.socket_mode_request_listeners.clear()

    async def _receive(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        # A task for each, so that a slow one holds up nobody.
        self._background.start(self._take(request))

    async def _take(self, request: SocketModeRequest) -> None:
        answer = await self._app.take(request.payload, _retry_headers(request))
        if answer.is_acknowledgement:
            response = SocketModeResponse(envelope_id=request.envelope_id, payload=answer.payload)
            await self._client.send_socket_mode_response(response)
        if answer.later is not None:
            await answer.later()


def _retry_headers(request: SocketModeRequest) -> dict[str, list[str]]:
    if not request.retry_attempt:
        return {}
    return {
        "x-slack-retry-num": [str(request.retry_attempt)],
        "x-slack-retry-reason": [request.retry_reason or ""],
    }
