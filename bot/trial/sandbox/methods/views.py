"""Modals and Home tabs."""

from typing import TYPE_CHECKING

from .. import modals
from ..arguments import required
from ..refusals import SlackRefusal
from ..shapes import view_shape
from ..tickets import look_up_trigger
from ..views_checked import checked_view

if TYPE_CHECKING:
    from ..records import Json, View
    from ..workspace import PlayedWorkspace


def open_(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "trigger_id", "view")
    trigger = look_up_trigger(workspace, str(arguments["trigger_id"]))
    view = modals.open_modal(workspace, trigger, checked_view(arguments["view"], "modal"))
    return _shown(workspace, view)


def push(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "trigger_id", "view")
    trigger = look_up_trigger(workspace, str(arguments["trigger_id"]))
    view = modals.push_modal(workspace, trigger, checked_view(arguments["view"], "modal"))
    return _shown(workspace, view)


def update(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "view")
    view_id, external_id = arguments.get("view_id"), arguments.get("external_id")
    if not view_id and not external_id:
        required(arguments, "view_id")
    view = modals.find_open(workspace, str(view_id or ""), str(external_id or ""))
    definition = checked_view(arguments["view"], view.type)
    updated = modals.update_view(workspace, view, definition, str(arguments.get("hash") or ""))
    return _shown(workspace, updated)


def publish(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    required(arguments, "user_id", "view")
    user = workspace.user(str(arguments["user_id"]))
    if user.is_bot:
        raise SlackRefusal("invalid_arguments")
    definition = checked_view(arguments["view"], "home")
    view = modals.publish_home(workspace, user.id, definition, str(arguments.get("hash") or ""))
    return _shown(workspace, view)


def _shown(workspace: "PlayedWorkspace", view: "View") -> "Json":
    return {"ok": True, "view": view_shape(workspace, view)}
