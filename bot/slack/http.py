"""Slack's requests over HTTP.

Two defects of Bolt's own way in are avoided here: the signature is checked over the raw bytes
before anything is parsed, and a command whose text holds the word `payload` stays a command.
"""

import json
import logging
import time
from typing import Any

from slack_sdk.signature import Clock, SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.slack.background import Background
from bot.slack.bolt import SlackApp

log = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000
"""Bytes. Slack's largest payloads are some hundred thousand."""

QUIET_SECONDS = 60.0


class MalformedRequest(ValueError):  # noqa: N818
    """The signature was right but the body is none of Slack's."""


def parse_body(raw: str, content_type: str) -> dict[str, Any]:
    """The payload in a request of Slack's: JSON, JSON in a form field, or a form.

    Raises:
        MalformedRequest: it is none of these.
    """
    if "application/json" in content_type:
        return _object(raw)
    fields = _form(raw)
    if "command" in fields:
        return fields
    if "payload" in fields:
        return _object(fields["payload"])
    return fields


def _form(raw: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in raw.split("&") if pair)
    return {_unquoted(name): _unquoted(value) for name, _, value in pairs}


def _unquoted(text: str) -> str:
    """Percent-decoded, every %XX read as Python reads \\xXX: a sent form is mostly these, and
    `urllib` takes ten times as long over them.

    Raises:
        MalformedRequest: it is not percent-encoded UTF-8.
    """
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace("%", "\\x")
    try:
        return escaped.encode("ascii").decode("unicode_escape").encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise MalformedRequest from None


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedRequest from None
    if not isinstance(value, dict):
        raise MalformedRequest
    return value


class SlackEvents:
    """`POST /slack/events`: everything Slack sends over HTTP."""

    def __init__(
        self,
        app: SlackApp,
        signing_secret: str,
        background: Background,
        clock: Clock | None = None,
    ) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret, clock=clock or Clock())
        self._background = background
        self._told_at = -QUIET_SECONDS
        self._is_closed = False

    def take_nothing_new(self) -> None:
        """Refuse what comes from now on: Slack brings it again."""
        self._is_closed = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method == "GET" and request.query_params.get("ssl_check") == "1":
            await Response()(scope, receive, send)  # Slack looks at the certificate
            return
        if request.method != "POST":
            await Response(status_code=405, headers={"allow": "POST"})(scope, receive, send)
            return
        try:
            raw = await _read(request)
        except ClientDisconnect:
            return
        if raw is None:
            await Response(status_code=413)(scope, receive, send)
            return
        await self._take(request, raw, scope, receive, send)

    async def _take(
        self, request: Request, raw: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        text = self._verified(request, raw)
        if text is None:
            self._tell_of_refusal()
            await Response(status_code=401)(scope, receive, send)
            return
        try:
            body = parse_body(text, request.headers.get("content-type", ""))
        except MalformedRequest:
            await Response(status_code=400)(scope, receive, send)
            return
        if self._is_closed:
            await Response(status_code=503)(scope, receive, send)
            return
        with self._background.in_hand():
            answer = await self._app.take(body, _slack_headers(request))
            headers = {name: values[0] for name, values in answer.headers.items()}
            await Response(answer.body, answer.status, headers)(scope, receive, send)
            if answer.later is not None:
                self._background.start(answer.later())

    def _tell_of_refusal(self) -> None:
        """At most once a minute: anybody can send anything here."""
        now = time.monotonic()
        if now - self._told_at > QUIET_SECONDS:
            self._told_at = now
            log.warning("signature_refused", extra={"check": "SLACK_SIGNING_SECRET"})

    def _verified(self, request: Request, raw: bytes) -> str | None:
        """The body as text when Slack signed these very bytes, lately."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        try:
            text = raw.decode("utf-8")
            genuine = signature.isascii() and self._verifier.is_valid(text, timestamp, signature)
        except (ValueError, OverflowError):
            return None
        return text if genuine else None


async def _read(request: Request) -> bytes | None:
    """The whole body, or None when it is larger than anything of Slack's."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _slack_headers(request: Request) -> dict[str, list[str]]:
    return {
        name: [text] for name, text in request.headers.items() if name.startswith("x-slack-retry")
    }
