"""The pages' addresses: the front, away to Slack, and back."""

import logging
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.installing.flow import Flow, PublicApp
from bot.operating.signpost import BACK, FRONT, INSTALL, STYLE
from handlers.slack_errors import NETWORK, name_of
from storage.database import DatabaseUnavailable
from storage.desk import Ledger
from storage.installing import LIFETIME, TooManyUnderWay
from templates import pages
from templates.pages import Outcome, Ways
from templates.words import Words

log = logging.getLogger(__name__)

OPEN_PATH = "/app_redirect"

GUARDED = {**pages.GUARDED, "cache-control": "no-store"}
"""What stands on these pages is of one person's way, and is kept nowhere."""

STATUSES = {
    Outcome.DENIED: 200,
    Outcome.TOO_LATE: 400,
    Outcome.OTHER_BROWSER: 400,
    Outcome.NOT_TAKEN: 400,
    Outcome.NO_ANSWER: 503,
}


class Site:
    """`heard` is called with the id of each installation that there is from now on."""

    def __init__(
        self,
        app: PublicApp,
        ledger: Ledger,
        client: AsyncWebClient,
        words: Words,
        heard: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._heard = heard
        self._words = words
        self._ways = Ways(f"{app.public_url}{FRONT}", f"{app.public_url}{INSTALL}")
        self._flow = Flow(app, ledger, client, installed=self._installed, failed=self._failed)

    @property
    def routes(self) -> list[Route]:
        return [
            Route(FRONT, self._front),
            Route(STYLE, self._style),
            Route(INSTALL, self._away),
            Route(BACK, self._back),
        ]

    async def _front(self, request: Request) -> Response:
        page = pages.front_page(self._words, self._ways, self._app.scopes)
        return HTMLResponse(page, headers=GUARDED)

    async def _style(self, request: Request) -> Response:
        return Response(pages.STYLE, media_type="text/css", headers=GUARDED)

    async def _away(self, request: Request) -> Response:
        try:
            return _answer(await self._flow.handle_installation(_asked(request)))
        except (DatabaseUnavailable, TooManyUnderWay) as error:
            return self._unanswered(error)

    async def _back(self, request: Request) -> Response:
        try:
            return _answer(await self._flow.handle_callback(_asked(request)))
        except (*NETWORK, DatabaseUnavailable) as error:
            return self._unanswered(error)

    def _unanswered(self, error: Exception) -> Response:
        log.warning("not_installed", extra={"error": name_of(error)})
        return _answer(self._failed(Outcome.NO_ANSWER))

    async def _installed(self, installation: Installation) -> BoltResponse:
        which = (installation.is_enterprise_install and installation.enterprise_id) or ""
        which = which or installation.team_id or ""
        log.info("installed", extra={"team": which})
        self._heard(which)
        name = installation.team_name or installation.enterprise_name or ""
        page = pages.installed_page(
            self._words, self._ways, team_name=name, open_url=self._open_url(installation)
        )
        return self._page(200, page)

    def _open_url(self, installation: Installation) -> str:
        """Where Slack leads on to the bot, in the workspace."""
        which = f"app={installation.app_id}&team={installation.team_id}"
        return urljoin(self._app.authorize_url, f"{OPEN_PATH}?{which}")

    def _failed(self, outcome: Outcome) -> BoltResponse:
        page = pages.failed_page(self._words, self._ways, outcome, LIFETIME)
        return self._page(STATUSES[outcome], page)

    def _page(self, status: int, page: str) -> BoltResponse:
        """The cookie stays until it runs out: whoever loads the page anew is then told that they
        have been here, and not that they use another browser."""
        headers: dict[str, str | Sequence[str]]
        headers = {**GUARDED, "content-type": "text/html; charset=utf-8"}
        return BoltResponse(status=status, body=page, headers=headers)


def _asked(request: Request) -> AsyncBoltRequest:
    return AsyncBoltRequest(
        body="", query=request.url.query, headers=dict(request.headers), mode="http"
    )


def _answer(told: BoltResponse) -> Response:
    headers = {name: values[0] for name, values in told.headers.items()}
    return Response(told.body, told.status, {**GUARDED, **headers})
