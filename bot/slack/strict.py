"""What slack_sdk's retry handlers are told of each answer, and what is made of it here.

An answer that is none of Slack's, as a proxy's, becomes one error; slack_sdk 3.47 lets it through,
or stumbles over it in several ways. And nobody waits longer for Slack's pace than a click lives.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from handlers.slack_errors import OddAnswer, seconds_asked_for

LONGEST_WAIT_SECONDS = 1.0
"""What opens a modal can be used for three, and slack_sdk waits for up to a second more."""

_TELLS: Mapping[str, tuple[str, type]] = {
    "apps.connections.open": ("url", str),
    "auth.test": ("user_id", str),
    "chat.postMessage": ("ts", str),
    "conversations.history": ("messages", list),
    "conversations.open": ("channel", dict),
    "conversations.replies": ("messages", list),
    "files.completeUploadExternal": ("files", list),
    "files.getUploadURLExternal": ("upload_url", str),
    "users.info": ("user", dict),
    "users.lookupByEmail": ("user", dict),
    "views.open": ("view", dict),
    "views.publish": ("view", dict),
    "views.push": ("view", dict),
}
"""What Slack always tells when it says yes, and in what form."""


class Strict(AsyncRetryHandler):
    """Stands last: what others try again is not looked at before."""

    async def can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        """
        Raises:
            OddAnswer: it is none of Slack's.
        """
        if isinstance(error, ValueError | RecursionError):  # it cannot be read, or not to its end
            raise OddAnswer from None
        is_answer = error is None and response is not None and response.status_code == 200
        if is_answer and response is not None and not _is_upload(request.url):
            _require_slacks(request.url.rpartition("/")[2], response.body)
        return False


def _is_upload(url: str) -> bool:
    """Where a file is sent to, which is no method and answers in a word."""
    return urlsplit(url).path.startswith("/upload/")


def _require_slacks(method: str, body: object) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        raise OddAnswer
    name, form = _TELLS.get(method, ("ok", bool))
    if body["ok"] and not isinstance(body.get(name), form):
        raise OddAnswer


class ShortWaits(AsyncRateLimitErrorRetryHandler):
    """Tries again where Slack asks to wait for a moment alone."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        seconds = seconds_asked_for(response.headers)
        return seconds is not None and seconds <= LONGEST_WAIT_SECONDS
