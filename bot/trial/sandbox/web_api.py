"""Slack's Web API: who may call what, what is written down, and what goes wrong on purpose."""

import time
from email.utils import format_datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, Response

from .arguments import arguments_of, credentials_of, token_of
from .changes import TRAFFIC
from .faults import Crowd, Dropped, RateLimited, ServerError, Silence, SlackError, Strange
from .methods import METHODS, Method
from .records import ApiCall, Json
from .refusals import SlackRefusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from .faults import Fault
    from .workspace import PlayedWorkspace

    Drop = Callable[[Request], None]


class WebApi:
    """Answers calls. `drop` breaks the connection a request came over."""

    def __init__(self, workspace: "PlayedWorkspace", drop: "Drop") -> None:
        self.workspace = workspace
        self.drop = drop

    async def answer(self, request: "Request") -> "Response":
        started = time.monotonic()
        call = self._begun(request)
        try:
            call.body = await arguments_of(request)
            call.token = token_of(request, call.body)
            call.body.pop("token", None)
            call.body |= credentials_of(request)
            response = await self._respond(request, call)
        except SlackRefusal as refusal:
            response = self._refused(call, refusal)
        finally:
            call.elapsed = time.monotonic() - started
            self.workspace.changes.announce(TRAFFIC)
        response.headers["date"] = format_datetime(self.workspace.clock(), usegmt=True)
        return response

    def _begun(self, request: "Request") -> ApiCall:
        method = str(request.path_params["method"])
        call = ApiCall(method, request.method, {}, None, self.workspace.clock())
        self.workspace.calls.append(call)
        return call

    async def _respond(self, request: "Request", call: ApiCall) -> "Response":
        wait = self.workspace.limits.seconds_to_wait(call.method, self.workspace.clock())
        if wait:
            return _rate_limited(call, RateLimited(wait))
        fault = self.workspace.faults.take(call.method, call.body)
        if fault is not None:
            return await self._go_wrong(request, call, fault)
        return self._done(call)

    def _done(self, call: ApiCall) -> "Response":
        method = METHODS.get(call.method)
        if method is None:
            raise SlackRefusal("unknown_method", req_method=call.method)
        _authorise(self.workspace, method, call.token)
        call.answer = method.run(self.workspace, call.body)
        call.outcome = "ok"
        return JSONResponse(call.answer, headers=self._headers(method))

    def _headers(self, method: Method | None) -> dict[str, str]:
        bot = self.workspace.installation
        headers = {"x-slack-req-id": self.workspace.identifiers.new("req")}
        if method is not None and method.needs_token:
            granted = bot.app_scopes if method.for_app else bot.scopes
            headers["x-oauth-scopes"] = ",".join(sorted(granted))
            headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
        return headers

    def _refused(self, call: ApiCall, refusal: SlackRefusal) -> "Response":
        call.outcome, call.answer = refusal.error, refusal.as_answer()
        if refusal.is_held_against_the_bot:
            reasons = "; ".join(refusal.details.get("errors", []))
            detail = f"{call.method}: {refusal.error} {reasons}".strip()
            self.workspace.violation(refusal.error, detail)
        return JSONResponse(call.answer, headers=self._headers(METHODS.get(call.method)))

    async def _go_wrong(self, request: "Request", call: ApiCall, fault: "Fault") -> "Response":
        match fault:
            case RateLimited():
                return _rate_limited(call, fault)
            case SlackError():
                if not fault.before:
                    self._done(call)
                call.outcome, call.answer = fault.error, fault.as_answer()
                return JSONResponse(call.answer)
            case ServerError():
                if not fault.before:
                    self._done(call)
                call.outcome = f"HTTP {fault.status}"
                return PlainTextResponse("upstream trouble", fault.status)
            case Dropped():
                return self._dropped(request, call, fault)
            case Silence():
                return await self._silent(call, fault)
            case Crowd():
                answer = self._done(call)
                self.workspace.changes.announce(TRAFFIC)
                await fault.barrier.wait()
                return answer
            case Strange():
                call.outcome = "strange"
                return Response(fault.body, media_type=fault.media_type)

    def _dropped(self, request: "Request", call: ApiCall, fault: Dropped) -> "Response":
        if not fault.before:
            self._done(call)
        call.outcome = "dropped before" if fault.before else "dropped after"
        self.drop(request)
        return PlainTextResponse("")

    async def _silent(self, call: ApiCall, fault: Silence) -> "Response":
        """Who looks on is told that the call has come: its answer would be too late to be."""
        answer = None if fault.before else self._done(call)
        self.workspace.changes.announce(TRAFFIC)
        await self.workspace.faults.last(fault.seconds)
        return answer or self._done(call)


def _rate_limited(call: ApiCall, fault: RateLimited) -> "Response":
    call.outcome, call.answer = "ratelimited", {"ok": False, "error": "ratelimited"}
    return JSONResponse(call.answer, 429, {"Retry-After": str(fault.retry_after)})


def _authorise(workspace: "PlayedWorkspace", method: Method, token: str | None) -> None:
    if not method.needs_token:
        return
    if not token:
        raise SlackRefusal("not_authed")
    bot = workspace.installation
    if token in bot.ended_tokens:
        raise SlackRefusal("invalid_auth", of_the_world=True)
    is_bots = token == bot.bot_token or token in bot.earlier_tokens
    if bot.uninstalled and (is_bots or token == bot.app_token):
        raise SlackRefusal("account_inactive")
    if bot.tokens_revoked and is_bots:
        raise SlackRefusal("token_revoked")
    _check_token_and_scope(workspace, method, token)


def _check_token_and_scope(workspace: "PlayedWorkspace", method: Method, token: str) -> None:
    bot, now = workspace.installation, workspace.clock()
    is_bots = token == bot.bot_token or token in bot.earlier_tokens
    if not is_bots and token != bot.app_token:
        raise SlackRefusal("invalid_auth")
    if is_bots == method.for_app:
        raise SlackRefusal("not_allowed_token_type")
    expires_at = bot.earlier_tokens.get(token, bot.token_expires_at)
    if is_bots and expires_at and expires_at <= now:
        raise SlackRefusal("token_expired")
    granted = bot.app_scopes if method.for_app else bot.scopes
    if method.scopes and not granted & set(method.scopes):
        provided = ",".join(sorted(granted))
        raise SlackRefusal("missing_scope", needed=",".join(method.scopes[:1]), provided=provided)


__all__ = ["Json", "WebApi"]
