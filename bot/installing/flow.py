"""To Slack and back, by Bolt's own flow: with what somebody is sent away kept in the ledger, and
what Slack grants."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.operating.signpost import BACK, INSTALL
from bot.slack.installation_store import LedgerStore
from handlers.house import QUIET
from storage import installing
from storage.desk import Ledger
from templates.pages import Outcome

AUTHORIZE_PATH = "/oauth/v2/authorize"

Failed = Callable[[Outcome], BoltResponse]
Installed = Callable[[Installation], Awaitable[BoltResponse]]

_OUTCOMES = {
    "access_denied": Outcome.DENIED,
    "invalid_state": Outcome.TOO_LATE,
    "invalid_browser": Outcome.OTHER_BROWSER,
}
"""Of Bolt's reasons, and Slack's. Of all others nothing was taken."""


@dataclass(frozen=True, slots=True)
class PublicApp:
    """The app that is installed, as Slack knows it."""

    client_id: str
    client_secret: str = field(repr=False)
    public_url: str
    """Where it is reached from outside, without a slash at the end."""

    scopes: Sequence[str]
    authorize_url: str
    """Where Slack asks."""


class LedgerStates(AsyncOAuthStateStore):
    """What somebody is sent away with, and comes back with once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        async with self._ledger.database.transaction() as transaction:
            return await installing.begin(transaction)

    async def async_consume(self, state: str) -> bool:
        async with self._ledger.database.transaction() as transaction:
            return await installing.end(transaction, state)


class Flow(AsyncOAuthFlow):
    """Bolt's, whose address to Slack is put together so that nothing in it can be slipped in."""

    def __init__(
        self,
        app: PublicApp,
        ledger: Ledger,
        client: AsyncWebClient,
        *,
        installed: Installed,
        failed: Failed,
    ) -> None:
        async def succeed(args: AsyncSuccessArgs) -> BoltResponse:
            return await installed(args.installation)

        async def fail(args: AsyncFailureArgs) -> BoltResponse:
            return failed(_OUTCOMES.get(args.reason, Outcome.NOT_TAKEN))

        self._app = app
        super().__init__(
            client=client,
            logger=QUIET,
            settings=AsyncOAuthSettings(
                client_id=app.client_id,
                client_secret=app.client_secret,
                scopes=list(app.scopes),
                user_scopes=[],
                redirect_uri=f"{app.public_url}{BACK}",
                install_path=INSTALL,
                redirect_uri_path=BACK,
                install_page_rendering_enabled=False,
                installation_store=LedgerStore(ledger),
                state_store=LedgerStates(ledger),
                state_expiration_seconds=int(installing.LIFETIME.total_seconds()),
                callback_options=AsyncCallbackOptions(success=succeed, failure=fail),
                logger=QUIET,
            ),
        )

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        asked = {
            "client_id": self._app.client_id,
            "scope": ",".join(self._app.scopes),
            "redirect_uri": f"{self._app.public_url}{BACK}",
            "state": state,
        }
        return f"{self._app.authorize_url}?{urlencode(asked)}"
