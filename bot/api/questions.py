"""What partners ask, read and checked before it is looked up."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from bot.api.problems import (
    NOT_DECLARED_JSON,
    NOT_JSON,
    TOO_LARGE,
    WRONG_FIELDS,
    Problem,
)
from bot.api.shapes import LONGEST_BODY, LONGEST_KEY

IDEMPOTENCY_KEY = "Idempotency-Key"
_Read = TypeVar("_Read", bound=BaseModel)
_KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}", re.ASCII)

# What pydantic calls what is wrong, in a partner's words. What was sent is not said again, also not
# the name of a field: it may be a code.
_SAID: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "is to be a text",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "begins or ends with what cannot be seen, or has characters that "
    "control something",
    "bool_type": "is to be true or false",
}

_HOW_LARGE = f"It has more than {LONGEST_BODY} bytes."
_NOT_KNOWN = "extra_forbidden"
_NO_OBJECT = ("json_invalid", "model_type")


async def read(request: Request, shape: type[_Read]) -> _Read:
    """What is in the body.

    Raises:
        Problem: there is none, or it is wrong.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(NOT_DECLARED_JSON)
    body = await _body(request)
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise _problem(error, shape) from None


async def _body(request: Request) -> bytes:
    """
    Raises:
        Problem: it is too large, and not read to its end then; or whoever sent it broke off.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > LONGEST_BODY:
        raise Problem(TOO_LARGE, _HOW_LARGE, headers={"connection": "close"})
    try:
        return await _whole(request.stream())
    except ClientDisconnect:  # nobody is there to read it
        raise Problem(NOT_JSON) from None


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) > LONGEST_BODY:
            raise Problem(TOO_LARGE, _HOW_LARGE, headers={"connection": "close"})
    return body


def _problem(error: ValidationError, shape: type[BaseModel]) -> Problem:
    found = error.errors(include_url=False, include_input=False)
    if any(each["type"] in _NO_OBJECT for each in found):
        return Problem(NOT_JSON)
    errors = [
        {
            "pointer": pointer(each["loc"]),
            "detail": _SAID.get(each["type"], "is wrong").format(**each.get("ctx", {})),
        }
        for each in found
        if each["type"] != _NOT_KNOWN
    ]
    if any(each["type"] == _NOT_KNOWN for each in found):
        there = ", ".join(shape.model_fields)
        detail = f"has a field that is not known here. Those there are: {there}."
        errors.append({"pointer": pointer(()), "detail": detail})
    return Problem(WRONG_FIELDS, errors=errors)


def pointer(place: Sequence[str | int]) -> str:
    """As a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def idempotency_key(request: Request) -> str | None:
    """
    Raises:
        Problem: it is none.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and not _KEY.fullmatch(key):
        detail = f"is to have 1 to {LONGEST_KEY} visible characters of ASCII"
        raise Problem(WRONG_FIELDS, errors=[{"pointer": IDEMPOTENCY_KEY, "detail": detail}])
    return key
