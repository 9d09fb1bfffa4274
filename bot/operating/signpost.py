"""What is answered where there is nothing: the right way, for whoever sends Slack's requests to the
wrong place."""

import logging
from enum import Enum

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


class Way(Enum):
    """How Slack's requests come to this process, if they do."""

    HTTP = "http"
    SOCKET_MODE = "socket_mode"
    NONE = "none"
    """It answers partners alone."""


class Signpost:
    """The answer to a request that is for nothing there is."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._seldom = Seldom(log)

    async def __call__(self, request: Request, error: Exception) -> Response:
        is_slacks = _is_slacks(request)
        if is_slacks:
            self._warn()
        if self._way is Way.HTTP:
            return PlainTextResponse(_right_way(), 404)
        if not is_slacks:
            return PlainTextResponse(_("Her er det ingenting.") + "\n", 404)
        told = _in_socket_mode() if self._way is Way.SOCKET_MODE else _elsewhere()
        return PlainTextResponse(told, 404)

    def _warn(self) -> None:
        match self._way:
            case Way.HTTP:
                self._seldom.warn("slack_sends_elsewhere", "wrong_path", right=SLACK_PATH)
            case Way.SOCKET_MODE:
                check = "socket_mode_enabled, SLACK_APP_TOKEN"
                self._seldom.warn("slack_sends_over_http", "socket_mode", check=check)
            case Way.NONE:
                self._seldom.warn("slack_sends_elsewhere", "partners_alone")


def _is_slacks(request: Request) -> bool:
    """Whether Slack has sent it, or somebody who tries out where Slack is to send."""
    return "x-slack-signature" in request.headers or "slack" in request.scope["path"].casefold()


def _right_way() -> str:
    text = _(
        "Her er det ingenting. Slack skal sende til {path}, med POST. Rett adressen i Slack-appen, "
        "alle stedene som app.yaml nevner."
    )
    return text.format(path=SLACK_PATH) + "\n"


def _elsewhere() -> str:
    return (
        _("Her får bare partnere svar. Slack skal sende til boten, som er startet med «run».")
        + "\n"
    )


def _in_socket_mode() -> str:
    return (
        _(
            "Boten bruker Socket Mode og tar ikke imot noe fra Slack her. Slå på Socket Mode i "
            "Slack-appen. Skal den bruke HTTP, så ta bort SLACK_APP_TOKEN og sett "
            "SLACK_SIGNING_SECRET."
        )
        + "\n"
    )
