"""What fails of the calls to Slack's Web API, overheard for whoever counts it.

slack_sdk shows every answer to its retry handlers. This one tries nothing again: it stands first,
and so hears also what another one tries again.
"""

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from bot.observing import Observer
from handlers.slack_errors import Kind, kind_of_answer, name_in


class Overheard(AsyncRetryHandler):
    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self._observer = observer

    async def can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None:
            self._observer.slack_failed(Kind.PASSING, 0)
        elif not _is_granted(response):
            kind = kind_of_answer(name_in(response.body), response.status_code)
            self._observer.slack_failed(kind, response.status_code)
        return False


def _is_granted(response: HttpResponse) -> bool:
    body = response.body
    return response.status_code == 200 and isinstance(body, dict) and body.get("ok") is True
