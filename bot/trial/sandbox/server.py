"""A Slack workspace on this machine: `async with Sandbox() as slack`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from .carrier import RETRY_DELAYS, Carrier
from .clock import Clock, system_clock
from .happenings import Happenings
from .http_delivery import HttpDelivery, encoded, signed_headers
from .payloads import event_callback
from .person import Human
from .records import InstalledBot
from .socket_mode import SocketModeServer
from .street import Street
from .transport import BotAnswer, Kind, Retry
from .workspace import PlayedWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from .records import Channel, Json


class Sandbox(Happenings):
    """The whole stand-in: the workspace, its servers, and the people in it.

    A workspace `beside` another one is reached at the same address, as a `neighbour` is, and what
    changes in either is told of together.
    `acknowledgement_timeout` and `retry_delays` are Slack's own unless given; `patience` is how
    long people wait for something to appear on their screens.
    """

    def __init__(
        self,
        team_id: str = "T0ORG",
        name: str = "Organisasjonen",
        clock: Clock = system_clock,
        scopes: "Iterable[str] | None" = None,
        acknowledgement_timeout: float = 3.0,
        retry_delays: "Sequence[float]" = RETRY_DELAYS,
        echoes_own_messages: bool = True,
        patience: float = 5.0,
        installation: InstalledBot | None = None,
        beside: "Sandbox | None" = None,
    ) -> None:
        installation = installation or InstalledBot()
        if scopes is not None:
            installation.scopes = set(scopes)
        self.workspace = PlayedWorkspace(team_id, name, clock, installation)
        if beside:
            self.workspace.changes = beside.workspace.changes
        self.carrier = Carrier(self.workspace, acknowledgement_timeout, retry_delays)
        self.patience = patience
        self._beside = beside
        self.socket_mode: SocketModeServer = (
            beside.socket_mode
            if beside
            else SocketModeServer(
                installation.app_id, self._take_ticket, self.workspace.changes.announce, patience
            )
        )
        self._street: Street | None = None
        if echoes_own_messages:
            self.workspace.event_listeners.append(self.carrier.send_event)

    # Addresses and secrets the bot is given

    @property
    def api_url(self) -> str:
        return f"{self.workspace.base_url}/api/"

    @property
    def authorize_url(self) -> str:
        return f"{self.workspace.base_url}/oauth/v2/authorize"

    @property
    def bot_token(self) -> str:
        return self.workspace.installation.bot_token

    @property
    def app_token(self) -> str:
        return self.workspace.installation.app_token

    @property
    def signing_secret(self) -> str:
        return self.workspace.installation.signing_secret

    @property
    def mention(self) -> str:
        """What somebody writes to call the bot by its name."""
        return f"<@{self.workspace.installation.bot_user_id}>"

    # Coming and going

    async def __aenter__(self) -> Self:
        self._street = self._beside._street if self._beside else Street()
        assert self._street is not None
        self._street.add(self.workspace)
        if self._beside is None:
            await self._street.start()
            await self.socket_mode.start()
        self.workspace.socket_url = self.socket_mode.url
        self.carrier.transport = self.socket_mode
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        await self.carrier.stop()
        if self._street is not None:
            self._street.leave(self.workspace)
        if self._beside is None:
            await self.socket_mode.close()
            if self._street is not None:
                await self._street.stop()

    def neighbour(self, team_id: str, name: str, *, is_installed: bool = True) -> "Sandbox":
        """Another workspace of the same Slack, for the same app, which may have to be let in."""
        bot = self.workspace.installation
        number = team_id.removeprefix("T")
        there = replace(
            bot,
            bot_id=f"B{number}",
            bot_user_id=f"U{number}",
            bot_token=f"xoxb-{number}",
            scopes=set(bot.scopes),
            uninstalled=not is_installed,
            tokens_revoked=False,
            earlier_tokens={},
        )
        return Sandbox(
            team_id,
            name,
            self.workspace.clock,
            acknowledgement_timeout=self.carrier.timeout,
            retry_delays=self.carrier.retry_delays,
            patience=self.patience,
            installation=there,
            beside=self,
        )

    def _take_ticket(self, ticket: str) -> bool:
        known = ticket in self.workspace.socket_tickets
        self.workspace.socket_tickets.discard(ticket)
        return known

    async def connect_http(self, url: str, verify: bool = True) -> None:
        """Deliver to this request URL from now on, after the handshake Slack makes with it."""
        bot = self.workspace.installation
        delivery = HttpDelivery(url, bot.signing_secret)
        if isinstance(self.carrier.transport, HttpDelivery):
            await self.carrier.transport.close()
        self.carrier.transport = delivery
        if verify:
            await delivery.verify_url(bot.verification_token, self.carrier.timeout)

    # People

    def person(
        self,
        first_name: str,
        last_name: str = "",
        email: str | None = None,
        **profile: Any,
    ) -> Human:
        """A member of this workspace."""
        user = self.workspace.add_user(first_name, last_name, email=email, **profile)
        return Human(self.workspace, self.carrier, user, self.patience)

    def stranger(self, first_name: str, team_id: str, **profile: Any) -> Human:
        """Somebody of another workspace, met through a shared channel."""
        return self.person(first_name, team_id=team_id, **profile)

    def channel(
        self, name: str, *members: Human, with_bot: bool = True, host_id: str = ""
    ) -> "Channel":
        """`host_id`: of another workspace that hosts it, shared over Slack Connect."""
        records = [member.record for member in members]
        return self.workspace.add_channel(name, records, with_bot, host_id=host_id)

    # Deliveries by hand

    async def deliver(
        self,
        kind: Kind,
        payload: "Json",
        retry: Retry | None = None,
        signing_secret: str | None = None,
        timestamp: int | None = None,
        headers: "dict[str, str] | None" = None,
    ) -> BotAnswer:
        """Send this very payload and give back the answer, with nothing shown or recorded.

        With another `signing_secret`, an old `timestamp` or changed `headers` it is forged.
        """
        transport = self.carrier.transport
        if not isinstance(transport, HttpDelivery):
            return await self.socket_mode.send(kind, payload, self.carrier.timeout, retry)
        content_type, body = encoded(kind, payload)
        secret = signing_secret or self.signing_secret
        sent = signed_headers(secret, content_type, body, timestamp, retry)
        return await transport.post(body, {**sent, **(headers or {})}, self.carrier.timeout)

    def event(self, event: "Json") -> "Json":
        """The envelope Slack puts around an event, for `deliver`."""
        return event_callback(self.workspace, event)

    async def settles(self) -> None:
        """Wait until every event, repeats included, has been delivered or given up."""
        await self.carrier.settle()
