"""Bolt, with the router as its last global middleware, and the way to and from it.

Signature and form are looked after in front of Bolt (`http`), so a request comes in as its
parsed body; Bolt calls that mode `socket_mode`, whichever way it came.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, cast

from msgspec import Struct
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.observing import UNOBSERVED, Observer
from bot.slack.slack_time import SlackTime
from handlers import choosing
from handlers.call import Call, Later, MalformedCall, Reply, parse
from handlers.directory import ASKED_ANEW, NotYet, Urgency
from handlers.house import QUIET, Registry, Workspace
from handlers.membership import require_member
from handlers.messages import ephemeral, say_alone, tell_directly
from handlers.refusals import ClockIsWrong, answer, in_words, is_refusal
from handlers.routes import ROUTES, Handler, route_table
from handlers.slack_errors import SLACK_FAILED
from handlers.views import NotShown, NotShownNow, saying_which
from storage.patience import waiting_at_most
from storage.refusals import SeveralOrganisations
from templates.mishaps import Mishap, explain_mishap
from templates.told import told_message
from templates.words import Words

log = logging.getLogger(__name__)


class Answer(Struct, frozen=True):
    """An acknowledgement ready to be sent, and what starts when it has been."""

    status: int
    headers: Mapping[str, Sequence[str]]
    body: str
    later: Later | None

    @property
    def is_acknowledgement(self) -> bool:
        return self.status != NOT_TAKEN

    @property
    def payload(self) -> dict[str, Any] | None:
        """The acknowledgement as Socket Mode carries it."""
        return cast("dict[str, Any]", json.loads(self.body)) if self.body else None


MALFORMED = Answer(200, {}, "", None)
"""Acknowledged all the same: Slack would only send it again."""

NOT_TAKEN = 503
"""The status of what is not acknowledged: Slack sends an event again."""

LAST_RETRY = 3
"""Slack sends an event again at once, after a minute and after five; and then no more."""

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each time that Slack is asked whether somebody is still here."""

CLOCK_SECONDS = 0.5
"""How long a request may wait for Slack to tell the time, when ours is in doubt."""

DATABASE_SECONDS = 2.0
"""How long all of a request waits for the database, of the three seconds that Slack waits."""


class Router(AsyncMiddleware):
    """Bolt's last global middleware: finds the handler by its literal id and runs it here.

    A middleware of this form gets the request as it is; for a plain function Bolt gathers some
    thirty arguments first.
    """

    def __init__(self, slack_time: SlackTime) -> None:
        self._slack_time = slack_time
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
        workspace: Workspace | None = req.context["workspace"]
        if call is None or handler is None or workspace is None:
            log.warning("unrouted", extra={"kind": call and call.kind, "call": call and call.id})
            return BoltResponse(status=200, body="")
        try:
            is_first = not _retries(req)
            done = await _handled(handler, call, workspace, self._slack_time, is_first=is_first)
        except NotTaken:
            if _retries(req) >= LAST_RETRY and call.is_written_to_us:
                req.context["later"] = _telling(call, workspace, Mishap.NOT_TAKEN)
            return BoltResponse(status=NOT_TAKEN, body="")
        if done.reply.later is not None:
            req.context["later"] = _guarded(done, handler)
        return BoltResponse(status=200, body=cast("Any", done.reply.body or ""))


class NotTaken(Exception):  # noqa: N818
    """For a reason of ours an event has had no effect: it is to come again."""


def _retries(request: AsyncBoltRequest) -> int:
    """How often the event has been sent before."""
    number = next(iter(request.headers.get("x-slack-retry-num", ())), "0")
    return int(number) if re.fullmatch(r"[0-9]{1,3}", number) else 0


class _Done(Struct, frozen=True):
    """What was done, and at which organisation."""

    reply: Reply
    call: Call
    workspace: Workspace


async def _handled(
    handler: Handler,
    call: Call,
    workspace: Workspace,
    slack_time: SlackTime,
    *,
    is_first: bool,
) -> _Done:
    """The broad catch: whatever happens, the person is told something.

    Raises:
        NotTaken: nobody can be told, as of an event; Slack sends those again.
    """
    with waiting_at_most(DATABASE_SECONDS):
        try:
            await require_member(call, workspace, is_first=is_first)
            await _require_right_time(call, slack_time)
            try:
                if not _is_sent_for_one(call):
                    return _Done(await handler(call, workspace), call, workspace)
            except SeveralOrganisations:
                pass
            workspace = await _meant(call, workspace)
            return await _done_at(handler, call, workspace)
        except Exception as error:
            reply = await _answered(call, workspace, error)
            if call.kind == "event" and not is_refusal(error):
                raise NotTaken from error
            return _Done(reply, call, workspace)


def _is_sent_for_one(call: Call) -> bool:
    """A form that says of which of several organisations it is, though there may be one by now."""
    return call.kind == "submission" and bool(call.mark)


async def _meant(call: Call, workspace: Workspace) -> Workspace:
    """The workspace at the organisation that is meant; as it is where it has to be asked first."""
    found = await choosing.known(call, workspace)
    if found.meant is None and choosing.may_be_asked(call):
        return workspace
    return choosing.at(workspace, found, found.likeliest)


async def _done_at(handler: Handler, call: Call, workspace: Workspace) -> _Done:
    """Nothing was done before: it was not known where."""
    if not workspace.organisation_id:
        found = await choosing.known(call, workspace)
        return _Done(choosing.ask_which(call, workspace, found), call, workspace)
    reply = await handler(call, workspace)
    return _Done(saying_which(workspace, reply), call, workspace)


async def _require_right_time(call: Call, slack_time: SlackTime) -> None:
    """What somebody decides while the clock is wrong would last too long or too short.

    Raises:
        ClockIsWrong: and this is to decide something.
    """
    if call.kind in ("submission", "action") and await slack_time.is_wrong(CLOCK_SECONDS):
        raise ClockIsWrong


class SlackApp:
    """Takes a parsed request through Bolt to its handler."""

    def __init__(
        self,
        registry: Registry,
        words: Words,
        slack_time: SlackTime,
        observer: Observer = UNOBSERVED,
    ) -> None:
        self._observer = observer
        self._registry = registry
        self._bolt = _bolt()
        self._words = words
        self._bolt.use(Router(slack_time))

    async def take(
        self, body: dict[str, Any], headers: Mapping[str, Sequence[str]] | None = None
    ) -> Answer:
        began = monotonic()
        try:
            call = parse(body)
        except MalformedCall:
            log.warning("malformed")
            return MALFORMED
        answer = await self._dispatched(call, body, headers)
        kind = call.kind if call else ""
        if answer.is_acknowledgement:
            self._observer.acknowledged(kind, monotonic() - began)
        else:
            self._observer.not_acknowledged(kind)
        return answer

    async def _dispatched(
        self, call: Call | None, body: dict[str, Any], headers: Mapping[str, Sequence[str]] | None
    ) -> Answer:
        try:
            where = (call.team_id, call.enterprise_id) if call else ("", "")
            workspace = await self._registry.called_by(*where)
            if call and workspace is None:
                return self._of_nowhere(call)
            request = _bolt_request(body, headers or {}, call, workspace)
            response = await self._bolt.async_dispatch(request)
        except Exception:
            log.exception("payload_failed")
            return Answer(NOT_TAKEN, {}, "", None)
        return Answer(
            response.status, response.headers, response.body or "", request.context.get("later")
        )

    def _of_nowhere(self, call: Call) -> Answer:
        """The bot is not there, which Bolt would say in English. The answer to the command takes no
        token, and so it can be given."""
        log.warning("called_from_nowhere", extra={"kind": call.kind, "call": call.id})
        if call.kind != "command":
            return Answer(200, {}, "", None)
        told = told_message(explain_mishap(self._words, Mishap.OTHER_WORKSPACE).mrkdwn)
        headers = {"content-type": ["application/json;charset=utf-8"]}
        return Answer(200, headers, json.dumps(ephemeral(told).body), None)


def _bolt_request(
    body: Mapping[str, Any],
    headers: Mapping[str, Sequence[str]],
    call: Call | None,
    workspace: Workspace | None,
) -> AsyncBoltRequest:
    """What Bolt looks at, in the form in which it looks: of the rest it takes any form amiss."""
    return AsyncBoltRequest(
        body=_handshake(body) if call is None else _envelope(call),
        headers=cast("Any", headers),
        context={"call": call, "workspace": workspace},
        mode="socket_mode",
    )


def _handshake(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body.get(name) for name in ("type", "challenge")}


def _envelope(call: Call) -> dict[str, Any]:
    who = {"team_id": call.team_id, "user_id": call.user_id}
    if call.kind != "event":
        return who
    event = {"type": call.id, "user": call.user_id, "bot_id": call.event.get("bot_id")}
    return {**who, "type": "event_callback", "event": event}


async def _answered(call: Call, workspace: Workspace, error: Exception) -> Reply:
    """The refusal in words; in general words when even finding those goes wrong."""
    try:
        return saying_which(workspace, await answer(call, workspace, error))
    except Exception:
        log.exception("could_not_answer", extra={"call": call.id})
        return in_words(call, workspace, explain_mishap(workspace.words, Mishap.TROUBLE))


def _guarded(done: _Done, handler: Handler) -> Later:
    """After the acknowledgement a new modal tells of trouble, or else a direct message."""
    call, workspace = done.call, done.workspace
    assert done.reply.later is not None
    later = done.reply.later

    async def run() -> None:
        there = workspace
        try:
            try:
                await later()
            except SeveralOrganisations:  # which is meant may be asked for only now
                there = await _meant(call, workspace)
                await _rest_of(await _done_at(handler, call, there))
        except Exception as error:
            reply = await _answered(_afterwards(call), there, _not_shown(call, error))
            try:
                if reply.later is None:
                    raise
                await reply.later()
            except Exception as second:
                mishap = Mishap.NOT_SHOWN if isinstance(error, NotShown) else Mishap.NOT_SHOWN_NOW
                await _say_trouble(call, workspace, second, mishap)

    return run


async def _rest_of(done: _Done) -> None:
    if done.reply.later is not None:
        await done.reply.later()


def _not_shown(call: Call, error: Exception) -> Exception:
    """What was to be done has been done by now, and is not to be tried again: whatever goes wrong
    hides no more than what it led to."""
    if is_refusal(error) or isinstance(error, NotShown):
        return error
    log.warning("could_not_show", exc_info=error, extra={"call": call.id})
    return NotShownNow()


def _afterwards(call: Call) -> Call:
    """The answer to a command has been given: what comes now is shown as after a click."""
    return replace(call, kind="action") if call.kind == "command" else call


async def _say_trouble(call: Call, workspace: Workspace, error: Exception, mishap: Mishap) -> None:
    """The last resort: a click is never silent, unless Slack itself does not listen."""
    if not isinstance(error, NotShown):  # of which the log has been told
        log.warning("could_not_open", exc_info=error, extra={"call": call.id})
    await _tell(call, workspace, mishap)


def _telling(call: Call, workspace: Workspace, mishap: Mishap) -> Later:
    async def later() -> None:
        if await _is_still_here(call.user_id, workspace):
            await _tell(call, workspace, mishap)

    return later


async def _is_still_here(user_id: str, workspace: Workspace) -> bool:
    """Minutes after they did something. Slack is asked for a while; where it does not tell, it
    would not take a word to them either."""
    for seconds in PAUSES:
        await asyncio.sleep(seconds)
        try:
            return await workspace.directory.is_here(user_id, ASKED_ANEW, Urgency.NOW)
        except (*SLACK_FAILED, NotYet):
            continue
    return False


async def _tell(call: Call, workspace: Workspace, mishap: Mishap) -> None:
    """Below what they did, which takes no token; where Slack gives no address for that, in a direct
    message."""
    explanation = explain_mishap(workspace.words, mishap)
    tell = say_alone if call.response_url else tell_directly
    try:
        await tell(call, workspace, told_message(explanation.mrkdwn))
    except Exception as last:
        log.warning("could_not_tell", exc_info=last, extra={"call": call.id})


class _Authorize(AsyncAuthorize):
    """Who we are in each workspace is known: nothing to look up, nothing to gather."""

    def __init__(self) -> None:
        pass

    async def __call__(self, *, context: AsyncBoltContext, **_: Any) -> AuthorizeResult | None:
        workspace: Workspace | None = context["workspace"]
        if workspace is None:
            return None
        return AuthorizeResult(
            enterprise_id=None,
            team_id=workspace.team_id,
            bot_token=workspace.client.token,
            bot_id=workspace.bot_id,
            bot_user_id=workspace.bot_user_id,
        )


def _bolt() -> AsyncApp:
    return AsyncApp(
        name="godkjenningsbot",
        client=AsyncWebClient(logger=QUIET),  # never asked: handlers have their workspace's own
        authorize=cast("Any", _Authorize()),
        process_before_response=True,
        logger=QUIET,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
