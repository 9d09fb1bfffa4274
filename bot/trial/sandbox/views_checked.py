"""A view on its way in: the right kind, the right shape and not too large."""

import json
from typing import TYPE_CHECKING, Any

from .block_kit import view_problems
from .refusals import SlackRefusal, with_messages

if TYPE_CHECKING:
    from .records import Json

LARGEST_VIEW = 250_000


def checked_view(view: Any, kind: str) -> "Json":
    if not isinstance(view, dict):
        raise with_messages("invalid_arguments", ["must be an object [json-pointer:/view]"])
    problems = view_problems(view)
    if view.get("type") in ("modal", "home") and view["type"] != kind:
        problems.append(f"must be a valid enum value: {kind} [json-pointer:/view/type]")
    if problems:
        raise with_messages("invalid_arguments", problems)
    if len(json.dumps(view)) > LARGEST_VIEW:
        raise SlackRefusal("view_too_large")
    return view
