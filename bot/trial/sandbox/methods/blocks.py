"""Blocks, messages and views looked at and sent nowhere.

https://docs.slack.dev/reference/methods/blocks.validate
"""

import json
import re
from typing import TYPE_CHECKING, Any

from ..block_kit import message_problems, view_problems
from ..refusals import SlackRefusal

if TYPE_CHECKING:
    from ..records import Json
    from ..workspace import PlayedWorkspace

_POINTER = re.compile(r"(.*) \[json-pointer:(.*)\]", re.DOTALL)


def validate(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    given = [name for name in ("blocks", "message", "view") if arguments.get(name) is not None]
    if len(given) != 1:
        raise _refused("invalid_arguments")
    (kind,) = given
    problems = _problems(kind, arguments[kind])
    if problems:
        raise _refused(f"invalid_{kind}", errors=[_error(problem) for problem in problems])
    return {"ok": True}


def _refused(error: str, **details: Any) -> SlackRefusal:
    """Whoever asks whether something is right does no wrong by it."""
    return SlackRefusal(error, of_the_world=True, **details)


def _problems(kind: str, given: Any) -> list[str]:
    if kind == "view":
        return view_problems(given)
    if kind == "blocks":
        return message_problems(given)
    message = _parsed(given)
    return message_problems(message.get("blocks", []))


def _parsed(given: Any) -> "Json":
    try:
        message = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise _refused("invalid_arguments")
    return message


def _error(problem: str) -> "Json":
    found = _POINTER.fullmatch(problem)
    message, pointer = found.groups() if found else (problem, "")
    return {"pointer": pointer, "code": "failed_constraint", "message": message}
