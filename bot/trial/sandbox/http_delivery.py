"""Reaching the bot at a request URL: signed, and typed exactly as Slack does."""

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from .transport import BotAnswer, Kind, NotReached, Retry

if TYPE_CHECKING:
    from .records import Json

_FORM = "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    signed = b":".join([b"v0", timestamp.encode(), body])
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def encoded(kind: Kind, payload: "Json") -> tuple[str, bytes]:
    """Content type and body, which differ with what is sent."""
    if kind == "event":
        return "application/json", json.dumps(payload).encode()
    if kind == "command":
        return _FORM, urlencode(payload).encode()
    return _FORM, urlencode({"payload": json.dumps(payload)}).encode()


def signed_headers(
    secret: str,
    content_type: str,
    body: bytes,
    timestamp: int | None = None,
    retry: Retry | None = None,
) -> dict[str, str]:
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    headers = {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "Accept": "*/*",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(secret, stamp, body),
    }
    if retry is not None:
        headers["X-Slack-Retry-Num"] = str(retry.number)
        headers["X-Slack-Retry-Reason"] = retry.reason
    return headers


class HttpDelivery:
    def __init__(self, url: str, signing_secret: str) -> None:
        self.url = url
        self.signing_secret = signing_secret
        # A connection each: one kept alive could be closed by the bot just as it is used again.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._session = aiohttp.ClientSession(connector=connector)

    async def send(
        self, kind: Kind, payload: "Json", timeout: float, retry: Retry | None = None
    ) -> BotAnswer:
        content_type, body = encoded(kind, payload)
        headers = signed_headers(self.signing_secret, content_type, body, retry=retry)
        return await self.post(body, headers, timeout)

    async def post(self, body: bytes, headers: dict[str, str], timeout: float) -> BotAnswer:
        """Send these very bytes with these very headers."""
        limit = aiohttp.ClientTimeout(total=timeout)
        try:
            async with self._session.post(
                self.url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                return BotAnswer(response.status, await response.read(), dict(response.headers))
        except TimeoutError as error:
            raise NotReached("http_timeout") from error
        except aiohttp.ClientError as error:
            raise NotReached("connection_failed") from error

    async def verify_url(self, token: str, timeout: float) -> None:
        """The handshake Slack makes when the request URL is entered."""
        challenge = hashlib.sha256(self.url.encode()).hexdigest()
        payload = {"type": "url_verification", "token": token, "challenge": challenge}
        answer = await self.send("event", payload, timeout)
        echoed = (answer.json() or {}).get("challenge", answer.text())
        if answer.status != 200 or echoed != challenge:
            raise NotReached("challenge_failed")

    async def close(self) -> None:
        await self._session.close()
