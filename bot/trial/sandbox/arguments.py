"""The arguments of a Web API call, whichever of Slack's ways they were sent."""

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from .refusals import SlackRefusal, with_messages

if TYPE_CHECKING:
    from starlette.requests import Request

    from .records import Json

_STRUCTURED = ("blocks", "attachments", "view", "metadata", "prompts")


async def arguments_of(request: "Request") -> "Json":
    """Query string, form or JSON as one dictionary; structured arguments are parsed."""
    arguments: Json = dict(request.query_params)
    body = (await request.body()).decode()
    if "application/json" in request.headers.get("content-type", ""):
        arguments |= _json_object(body)
    elif body:
        arguments |= dict(parse_qsl(body, keep_blank_values=True))
    return {key: _parsed(key, value) for key, value in arguments.items()}


def _json_object(body: str) -> "Json":
    try:
        parsed = json.loads(body or "{}")
    except ValueError as error:
        raise SlackRefusal("invalid_json") from error
    if not isinstance(parsed, dict):
        raise SlackRefusal("json_not_object")
    return parsed


def _parsed(key: str, value: Any) -> Any:
    if key not in _STRUCTURED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        name = "invalid_blocks_format" if key == "blocks" else "invalid_arguments"
        raise SlackRefusal(name) from error


def token_of(request: "Request", arguments: "Json") -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return token
    given = arguments.get("token")
    return str(given) if given else None


def credentials_of(request: "Request") -> "Json":
    """The app's id and secret, where they come beside the arguments (RFC 7617)."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return {}
    client_id, _, client_secret = b64decode(text).decode().partition(":")
    return {"client_id": client_id, "client_secret": client_secret}


def required(arguments: "Json", *names: str) -> None:
    missing = [name for name in names if arguments.get(name) in (None, "")]
    if missing:
        raise with_messages("invalid_arguments", [f"missing required field: {n}" for n in missing])


def truthy(value: Any) -> bool:
    return value in (True, 1, "true", "1", "True")
