"""`response_url`: messages that answer an interaction without a token."""

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse

from .acknowledgements import show_response
from .arguments import arguments_of, truthy
from .faults import SlackError
from .messages import content_of, replace
from .methods.chat import LONGEST_POST
from .records import ApiCall
from .refusals import SlackRefusal
from .tickets import use_response_url

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .records import Json, PostedMessage, ResponseUrl
    from .workspace import PlayedWorkspace

_REFUSED_STATUS = 404


class ResponseUrls:
    def __init__(self, workspace: "PlayedWorkspace") -> None:
        self.workspace = workspace

    async def answer(self, request: "Request") -> "Response":
        call = ApiCall("response_url", request.method, {}, None, self.workspace.clock())
        self.workspace.calls.append(call)
        try:
            call.body = await arguments_of(request)
            fault = self.workspace.faults.take(call.method, call.body)
            if isinstance(fault, SlackError):
                call.outcome, call.answer = fault.error, fault.as_answer()
                return JSONResponse(call.answer, _REFUSED_STATUS)
            url = use_response_url(self.workspace, str(request.path_params["key"]))
            respond(self.workspace, url, call.body)
        except SlackRefusal as refusal:
            call.outcome, call.answer = refusal.error, refusal.as_answer()
            self.workspace.violation(refusal.error, f"response_url: {refusal.details}")
            return JSONResponse(call.answer, _REFUSED_STATUS)
        call.outcome, call.answer = "ok", {"ok": True}
        return PlainTextResponse("ok")


def respond(workspace: "PlayedWorkspace", url: "ResponseUrl", body: "Json") -> None:
    if truthy(body.get("delete_original")):
        _delete(workspace, url)
    elif truthy(body.get("replace_original")) and url.message_ts:
        _replace(workspace, url, body)
    else:
        channel = workspace.channels[url.channel_id]
        show_response(workspace, url.user_id, channel, body)


def _delete(workspace: "PlayedWorkspace", url: "ResponseUrl") -> None:
    message = _original(workspace, url)
    if message is None:
        raise SlackRefusal("message_not_found")
    workspace.remove_message(message)


def _original(workspace: "PlayedWorkspace", url: "ResponseUrl") -> "PostedMessage | None":
    messages = workspace.channels[url.channel_id].messages
    return next((message for message in messages if message.ts == url.message_ts), None)


def _replace(workspace: "PlayedWorkspace", url: "ResponseUrl", body: "Json") -> None:
    """Nothing, where whoever alone saw the message has taken it away."""
    content, message = content_of(body, LONGEST_POST), _original(workspace, url)
    if message is None:
        return
    replace(message, content)
    message.edited_at = workspace.new_timestamp()
    workspace.message_changed(message)
