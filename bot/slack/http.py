"""Slack's requests over HTTP.

A defect of Bolt's own way in is avoided here: the signature is checked over the raw bytes before
anything is parsed. What the headers alone give away is refused before the body is read.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.logs import Seldom
from bot.slack.background import Background
from bot.slack.body import MalformedRequest, parse_body
from bot.slack.bolt import SlackApp
from bot.slack.signature import NotSigned, Signature
from bot.words import _

log = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000
"""Bytes. Slack's largest payloads are some hundred thousand."""

CONTENT_TYPES = ("application/json", "application/x-www-form-urlencoded")


class Refused(Exception):  # noqa: N818
    """A request that goes no further, with the answer to it."""

    def __init__(self, status: int, text: str = "", **headers: str) -> None:
        super().__init__(status)
        self.answer = PlainTextResponse(text, status, headers)


class SlackEvents:
    """`POST /slack/events`: everything Slack sends over HTTP."""

    def __init__(
        self,
        app: SlackApp,
        signing_secret: str,
        background: Background,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._secret = signing_secret
        self._background = background
        self._now = now
        self._seldom = Seldom(log)
        self._is_closed = False

    def take_nothing_new(self) -> None:
        """Refuse what comes from now on: Slack brings it again."""
        self._is_closed = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method == "GET" and request.query_params.get("ssl_check") == "1":
            await Response()(scope, receive, send)  # Slack looks at the certificate
            return
        try:
            body = self._parsed(request, await self._signed(request))
        except ClientDisconnect:
            return
        except Refused as refused:
            await refused.answer(scope, receive, send)
            return
        with self._background.in_hand():
            answer = await self._app.take(body, _slack_headers(request))
            headers = {name: values[0] for name, values in answer.headers.items()}
            await Response(answer.body, answer.status, headers)(scope, receive, send)
            if answer.later is not None:
                self._background.start(answer.later())

    async def _signed(self, request: Request) -> bytes:
        """The body, when Slack signed these very bytes, lately.

        Raises:
            Refused: it did not, or it is larger than anything of Slack's.
            ClientDisconnect: whoever sent it has gone before all of it was here.
        """
        signature = self._signature(request)
        is_fresh = signature.is_fresh(self._now())
        raw = await _read(request, signature, keeps=is_fresh)
        if not signature.is_genuine():
            self._seldom.warn("signature_refused", "wrong_secret", check="SLACK_SIGNING_SECRET")
            raise Refused(401)
        if not is_fresh:
            self._seldom.warn(
                "signature_refused",
                "clock_is_off",
                seconds_ahead=round(signature.seconds_since(self._now())),
                check="the clock of this machine",
            )
            raise Refused(401)
        return raw

    def _signature(self, request: Request) -> Signature:
        """
        Raises:
            Refused: by its headers alone it is none of Slack's.
        """
        if request.method != "POST":
            text = _("Adressen er riktig. Boten tar imot det Slack sender hit, med POST.")
            raise Refused(405, text + "\n", allow="POST")
        try:
            signature = Signature(self._secret, request.headers)
        except NotSigned:
            self._seldom.warn("signature_refused", "no_signature", check="X-Slack-Signature")
            raise Refused(401) from None
        if _announced(request) > LARGEST_BODY:
            raise Refused(413)
        return signature

    def _parsed(self, request: Request, raw: bytes) -> dict[str, Any]:
        """
        Raises:
            Refused: it is none of Slack's forms, or the bot takes nothing any more.
        """
        if self._is_closed:
            raise Refused(503)
        content_type = request.headers.get("content-type", "").casefold()
        if not content_type.startswith(CONTENT_TYPES):
            self._seldom.warn("request_refused", "content_type", expected=", ".join(CONTENT_TYPES))
            raise Refused(415, ", ".join(CONTENT_TYPES) + "\n")
        try:
            return parse_body(raw.decode(), content_type)
        except (MalformedRequest, UnicodeDecodeError):
            raise Refused(400) from None


async def _read(request: Request, signature: Signature, *, keeps: bool) -> bytes:
    """The whole body; or nothing of it, when the signature alone is of interest.

    Raises:
        Refused: it is larger than anything of Slack's.
        ClientDisconnect: whoever sent it has gone before.
    """
    kept, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise Refused(413)
        signature.read(chunk)
        if keeps:
            kept += chunk
    return bytes(kept)


def _announced(request: Request) -> int:
    """How many bytes the body is said to have."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() else 0


def _slack_headers(request: Request) -> dict[str, list[str]]:
    return {
        name: [text] for name, text in request.headers.items() if name.startswith("x-slack-retry")
    }
