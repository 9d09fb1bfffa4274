"""uvicorn's HTTP protocol, within bounds.

Of its own, uvicorn bounds the head of a request with its other parser alone, which takes five times
as long over one, and no time but that between two requests; and past `limit_concurrency` it turns
the genuine away with the others.
"""

import asyncio
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.operating.connections import Connections, Waiting

LARGEST_HEAD = 64 * 1024
"""Bytes of a request that are not its body."""

MOST_HEADERS = 100
"""Each takes far more memory than it has bytes."""

MOST_IN_A_ROW = 16
"""Requests that are sent before the first of them is answered. Slack waits for each answer."""


class TooLarge(ValueError):  # noqa: N818
    """More than a request of Slack's has; the parser carries it to where requests are refused."""


def bounded(connections: Connections) -> type[asyncio.Protocol]:
    """What makes a protocol of each connection, as uvicorn takes it."""
    return cast("type[asyncio.Protocol]", partial(BoundedProtocol, connections))


class BoundedProtocol(HttpToolsProtocol):
    waiting = Waiting.FOR_REQUEST
    held = 0

    def __init__(self, connections: Connections, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connections = connections
        self._has_head = False
        self._is_whole = False
        self._beside_body = 0
        self._in_head = 0
        self._is_head_too_large = False

    def drop(self) -> None:
        """At once: to take leave of somebody one would have to wait for them."""
        self.transport.abort()
        if self.cycle is not None:
            self.cycle.body = bytearray()  # many may be dropped before any of their tasks ends

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._connections.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._beside_body += len(data)
        super().data_received(data)
        if self._is_whole or self.transport.is_closing():
            return
        if self._beside_body > LARGEST_HEAD:
            self._is_head_too_large = True
            self.send_400_response("")
        elif not self._is_answered():
            self._connections.hold(self, len(data))

    # What the parser finds

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._has_head, self._is_whole, self._in_head = False, False, 0
        if self.waiting is not Waiting.FOR_REQUEST:
            self._connections.waits(self, Waiting.FOR_REQUEST)

    def on_url(self, url: bytes) -> None:
        self._count_in_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_in_head(len(name) + len(value))
        super().on_header(name, value)

    def _count_in_head(self, size: int) -> None:
        """A head that comes all at once is never seen unfinished.

        Raises:
            TooLarge: it is.
        """
        self._in_head += size
        if self._in_head > LARGEST_HEAD or len(self.headers) >= MOST_HEADERS:
            self._is_head_too_large = True
            raise TooLarge

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._has_head = True
        if len(self.pipeline) > MOST_IN_A_ROW:
            raise TooLarge

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_whole, self._beside_body = True, 0
        self._waits_on()

    # What is answered

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_whole:
            self._waits_on()
        elif self._is_answered():
            self._connections.free(self)  # the rest of it is read, for a while, and thrown away

    def _is_answered(self) -> bool:
        """The request that came last: it may be before all of it is here."""
        return self._has_head and self.cycle.response_complete

    def _waits_on(self) -> None:
        answered = self._is_answered()
        self._connections.waits(self, Waiting.FOR_NEXT if answered else Waiting.FOR_ANSWER)

    def send_400_response(self, msg: str) -> None:
        if not self._is_head_too_large:
            super().send_400_response(msg)
            return
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
            b"content-length: 0\r\nconnection: close\r\n\r\n"
        )
        self.transport.close()
