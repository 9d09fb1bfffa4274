"""What is answered where there is nothing: the right way, for whoever sends Slack's requests to the
wrong place."""

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.logs import Seldom
from bot.words import _

log = logging.getLogger(__name__)

SLACK_PATH = "/slack/events"
PARTNERS_PATH = "/api"
FRONT, STYLE, INSTALL, BACK = "/", "/site.css", "/slack/install", "/slack/oauth_redirect"
PAGES = (FRONT, STYLE, INSTALL, BACK)
"""Of the site on which the bot is installed, where it is."""


class Signpost:
    """The answer to a request that is for nothing there is."""

    def __init__(self, *, uses_socket_mode: bool) -> None:
        self._uses_socket_mode = uses_socket_mode
        self._seldom = Seldom(log)

    async def __call__(self, request: Request, error: Exception) -> Response:
        if self._uses_socket_mode and _is_slacks(request):
            self._seldom.warn(
                "slack_sends_over_http", "socket_mode", check="socket_mode_enabled, SLACK_APP_TOKEN"
            )
            return PlainTextResponse(_in_socket_mode(), 404)
        if self._uses_socket_mode:
            return PlainTextResponse(_("Her er det ingenting.") + "\n", 404)
        if _is_slacks(request):
            self._seldom.warn("slack_sends_elsewhere", "wrong_path", right=SLACK_PATH)
        return PlainTextResponse(_right_way(), 404)


def _is_slacks(request: Request) -> bool:
    """Whether Slack has sent it, or somebody who tries out where Slack is to send."""
    return "x-slack-signature" in request.headers or "slack" in request.scope["path"].casefold()


def _right_way() -> str:
    text = _(
        "Her er det ingenting. Slack skal sende til {path}, med POST. Rett adressen i Slack-appen, "
        "alle stedene som app.yaml nevner."
    )
    return text.format(path=SLACK_PATH) + "\n"


def _in_socket_mode() -> str:
    return (
        _(
            "Boten bruker Socket Mode og tar ikke imot noe fra Slack her. Slå på Socket Mode i "
            "Slack-appen. Skal den bruke HTTP, så ta bort SLACK_APP_TOKEN og sett "
            "SLACK_SIGNING_SECRET."
        )
        + "\n"
    )
