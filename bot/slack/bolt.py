"""Bolt, with the router as its last global middleware, and the way to and from it.

Signature and form are looked after in front of Bolt (`web`), so a request comes in as its
parsed body; Bolt calls that mode `socket_mode`, whichever way it came.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from handlers import ROUTES, Handler, route_table
from handlers.call import Call, Later, MalformedCall, Reply, parse
from handlers.refusals import OtherWorkspace, answer, in_words
from handlers.services import QUIET, Services
from templates.mishaps import Mishap, explain_mishap
from templates.refusals import told_message

log = logging.getLogger(__name__)


class OddAnswer(OSError):  # noqa: N818
    """What answers at Slack's address does not answer as Slack does."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What Slack says of the bot's token: `auth.test`, asked once at start."""

    team_id: str
    team_name: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    scopes: frozenset[str]

    @classmethod
    async def ask(cls, client: AsyncWebClient) -> "Installation":
        """
        Raises:
            SlackApiError, aiohttp.ClientError, TimeoutError: Slack did not tell.
            OddAnswer: what answers there is not Slack.
        """
        try:
            told = await client.auth_test()
            team_id, user_id = str(told["team_id"] or ""), str(told["user_id"] or "")
        except (AttributeError, KeyError, TypeError, ValueError):
            raise OddAnswer from None
        if not team_id or not user_id:
            raise OddAnswer
        scopes = {name.lower(): text for name, text in told.headers.items()}.get(
            "x-oauth-scopes", ""
        )
        return cls(
            team_id=team_id,
            team_name=told.get("team") or "",
            bot_id=told.get("bot_id") or "",
            bot_user_id=user_id,
            bot_token=client.token or "",
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement ready to be sent, and what starts when it has been."""

    status: int
    headers: Mapping[str, Sequence[str]]
    body: str
    later: Later | None

    @property
    def payload(self) -> dict[str, Any] | None:
        """The acknowledgement as Socket Mode carries it."""
        return cast("dict[str, Any]", json.loads(self.body)) if self.body else None


MALFORMED = Answer(200, {}, "", None)
"""Acknowledged all the same: Slack would only send it again."""


class Router(AsyncMiddleware):
    """Bolt's last global middleware: finds the handler by its literal id and runs it here.

    A middleware of this form gets the request as it is; for a plain function Bolt gathers some
    thirty arguments first.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._table = route_table(ROUTES)

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse:
        call: Call | None = req.context["call"]
        handler = self._table.get((call.kind, call.id)) if call else None
        if call is None or handler is None:
            log.warning("unrouted", extra={"kind": call and call.kind, "call": call and call.id})
            return BoltResponse(status=200, body="")
        reply = await self._handle(handler, call)
        if reply.later is not None:
            req.context["later"] = _guarded(reply.later, call, self._services)
        return BoltResponse(status=200, body=cast("Any", reply.body or ""))

    async def _handle(self, handler: Handler, call: Call) -> Reply:
        """The broad catch: whatever happens, the person is told something."""
        try:
            self._require_own_workspace(call)
            return await handler(call, self._services)
        except Exception as error:
            return await _answered(call, self._services, error)

    def _require_own_workspace(self, call: Call) -> None:
        own = self._services.team_id
        if call.team_id != own or call.user_team_id != own:
            raise OtherWorkspace


class SlackApp:
    """Takes a parsed request through Bolt to its handler."""

    def __init__(self, services: Services, installation: Installation) -> None:
        self._bolt = _bolt(services.client, installation)
        self._bolt.use(Router(services))

    async def take(
        self, body: dict[str, Any], headers: Mapping[str, Sequence[str]] | None = None
    ) -> Answer:
        try:
            call = parse(body)
        except MalformedCall:
            log.warning("malformed")
            return MALFORMED
        try:
            request = AsyncBoltRequest(
                body=body,
                headers=cast("Any", headers or {}),
                context={"call": call},
                mode="socket_mode",
            )
            response = await self._bolt.async_dispatch(request)
        except Exception:
            log.exception("payload_failed")
            return MALFORMED
        return Answer(
            response.status, response.headers, response.body or "", request.context.get("later")
        )


async def _answered(call: Call, services: Services, error: Exception) -> Reply:
    """The refusal in words; in general words when even finding those goes wrong."""
    try:
        return await answer(call, services, error)
    except Exception:
        log.exception("could_not_answer", extra={"call": call.id})
        return in_words(call, services, explain_mishap(services.words, Mishap.TROUBLE))


def _guarded(later: Later, call: Call, services: Services) -> Later:
    """After the acknowledgement a new modal tells of trouble, or else a direct message."""

    async def run() -> None:
        try:
            await later()
        except Exception as error:
            reply = await _answered(call, services, error)
            try:
                if reply.later is None:
                    raise
                await reply.later()
            except Exception as second:
                await _say_trouble(call, services, second)

    return run


async def _say_trouble(call: Call, services: Services, error: Exception) -> None:
    """The last resort: a click is never silent, unless Slack itself does not listen."""
    log.warning("could_not_open", exc_info=error, extra={"call": call.id})
    explanation = explain_mishap(services.words, Mishap.TROUBLE)
    message = told_message(services.words, explanation)
    try:
        await services.client.chat_postMessage(
            channel=call.user_id, text=message.text, blocks=message.blocks
        )
    except Exception as last:
        log.warning("could_not_tell", exc_info=last, extra={"call": call.id})


class _Known(AsyncAuthorize):
    """Who we are is known since the start: nothing to look up, nothing to gather."""

    def __init__(self, known: AuthorizeResult) -> None:
        self._known = known

    async def __call__(self, **_: Any) -> AuthorizeResult:
        return self._known


def _bolt(client: AsyncWebClient, installation: Installation) -> AsyncApp:
    known = AuthorizeResult(
        enterprise_id=None,
        team_id=installation.team_id,
        bot_token=installation.bot_token,
        bot_id=installation.bot_id,
        bot_user_id=installation.bot_user_id,
    )

    return AsyncApp(
        name="godkjenningsbot",
        client=client,
        authorize=cast("Any", _Known(known)),
        process_before_response=True,
        logger=QUIET,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
