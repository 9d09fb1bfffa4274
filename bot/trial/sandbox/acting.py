"""Clicks and choices on messages and views: what is sent, and what the person sees of it."""

from typing import TYPE_CHECKING, Any

from .carrier import Undelivered
from .filling import entered
from .forms import STATEFUL, with_elements
from .outcomes import Dialog
from .payloads import action_in_message, action_in_view
from .rendering import shown_text
from .screen import NotOnScreen, Seen, SeenMessage, SeenView

if TYPE_CHECKING:
    from .carrier import Carrier
    from .records import Json, Trouble, User
    from .screen import Button
    from .workspace import PlayedWorkspace

TROUBLE_WITH_BUTTON = "This app responded with an error."


def button_action(workspace: "PlayedWorkspace", button: "Button") -> "Json":
    action: Json = {
        "type": button.kind,
        "action_id": button.action_id,
        "block_id": button.block_id,
        "text": {"type": "plain_text", "text": button.text, "emoji": True},
        "action_ts": workspace.new_timestamp(),
    }
    for key in ("value", "style", "url"):
        if getattr(button, key) is not None:
            action[key] = getattr(button, key)
    return action


def choice_action(
    workspace: "PlayedWorkspace", block: "Json", element: "Json", entry: "Json"
) -> "Json":
    return {
        **entry,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": workspace.new_timestamp(),
    }


def confirmation_of(dialog: "Json | None", accepted: bool) -> Dialog | None:
    if not dialog:
        return None
    title, text, confirm, deny = (
        shown_text(dialog.get(key), str) for key in ("title", "text", "confirm", "deny")
    )
    return Dialog(title, text, confirm, deny, accepted)


async def act(
    workspace: "PlayedWorkspace", carrier: "Carrier", user: "User", where: Seen, action: "Json"
) -> "Trouble | None":
    """Send one action to the bot, on what was seen; trouble, where it did not take it.

    Raises:
        NotOnScreen: it was done in a view that has been closed.
    """
    if isinstance(where, SeenView) and not where.is_open:
        raise NotOnScreen(f"«{where.title}» has been closed")
    try:
        await carrier.deliver("interactive", _payload(workspace, user, where, action))
    except Undelivered as failure:
        return act_failed(workspace, user.id, f"block_actions {action['action_id']}", failure)
    return None


def act_failed(
    workspace: "PlayedWorkspace", user_id: str, about: str, failure: Undelivered
) -> "Trouble":
    return workspace.trouble(user_id, about, failure.reason, TROUBLE_WITH_BUTTON)


def _payload(workspace: "PlayedWorkspace", user: "User", where: Seen, action: "Json") -> "Json":
    if isinstance(where, SeenView):
        return action_in_view(workspace, user, where.as_seen, action)
    assert isinstance(where, SeenMessage)
    return action_in_message(workspace, user, where.as_seen, action)


# Choosing outside a form


def choosable(surfaces: list[Seen], name: str) -> "tuple[Seen, Json, Json]":
    """The element with this action id or placeholder, or the first that offers this option."""
    for seen in surfaces:
        for block, element in with_elements(seen.blocks):
            if _is_loose(block, element) and name in _names_of(seen, element):
                return seen, block, element
    raise NotOnScreen(f"nothing to choose called «{name}» in {surfaces}")


def _is_loose(block: "Json", element: "Json") -> bool:
    """Elements outside a form act at once when something is chosen."""
    return block["type"] != "input" and element["type"] in {*STATEFUL, "overflow"}


def _names_of(seen: Seen, element: "Json") -> set[str]:
    offered = {option.text for option in seen.options(element)}
    return {element["action_id"], seen.shown(element.get("placeholder")), *offered}


def chosen(seen: Seen, element: "Json", option: Any) -> "Json":
    """The part of an action that says what was chosen."""
    options = seen.options(element)
    if element["type"] == "overflow":
        picked = entered({"type": "static_select"}, options, option)
        return {**picked, "type": "overflow"}
    return entered(element, options, option)
