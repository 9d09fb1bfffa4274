"""Who may use the page: a browser on this machine, with the page itself open. It has no log-in.

`Host` must name this machine, or another site's name could be made to lead here (DNS
rebinding). Whatever changes something, and every WebSocket, must come from the page itself
(`Origin`), or another site could act through the browser. What partners ask comes from programs,
with a key.
"""

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.trial.room import partners
from bot.words import _

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

_HEADERS = {
    # Nothing is loaded from another address, and nothing runs but the page's own script.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif not _is_allowed(scope):
            await _refuse(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send))


def _is_allowed(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if not _is_this_machine(host, scope):
        return False
    if partners.is_theirs(scope["path"]):
        return bool(scope["type"] == "http")
    changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
    return not changes or headers.get("origin") == f"http://{host}"


def _is_this_machine(host: str, scope: Scope) -> bool:
    _server, port = scope["server"]
    return host in {f"{name}:{port}" for name in LOOPBACK}


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    text = _("Prøverommet svarer bare nettleseren på denne maskinen, fra sin egen side.")
    await PlainTextResponse(text, 403)(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add(message)
        await send(message)

    return sending


def _add(message: MutableMapping[str, Any]) -> None:
    message.setdefault("headers", [])
    MutableHeaders(raw=message["headers"]).update(_HEADERS)
