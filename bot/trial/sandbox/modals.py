"""Views on people's screens: a stack of modals each, and a Home tab each."""

from typing import TYPE_CHECKING

from .forms import state_of
from .normalising import normalised_view
from .records import View
from .refusals import SlackRefusal
from .versions import remember

if TYPE_CHECKING:
    from .records import Json, Trigger
    from .workspace import PlayedWorkspace

STACK_LIMIT = 3


def open_modal(workspace: "PlayedWorkspace", trigger: "Trigger", definition: "Json") -> View:
    """A new stack for the person who pulled the trigger; an older one gives way to it."""
    _check_external_id(workspace, definition)
    trigger.used = True
    close_all(workspace, trigger.user_id)
    return _put_on_top(workspace, trigger.user_id, definition)


def push_modal(workspace: "PlayedWorkspace", trigger: "Trigger", definition: "Json") -> View:
    stack = workspace.modals.get(trigger.user_id, [])
    if not stack or trigger.view_id not in [view.id for view in stack]:
        raise SlackRefusal("not_found")
    if len(stack) >= STACK_LIMIT:
        # A click on what lies below came before the bot's last view covered it.
        raise SlackRefusal("push_limit_reached", of_the_world=trigger.view_id != stack[-1].id)
    _check_external_id(workspace, definition)
    trigger.used = True
    return _put_on_top(workspace, trigger.user_id, definition)


def push_over(workspace: "PlayedWorkspace", below: View, definition: "Json") -> View:
    """A push by the acknowledgement of `below`, which needs no trigger."""
    if len(workspace.modals.get(below.user_id, [])) >= STACK_LIMIT:
        raise SlackRefusal("push_limit_reached")
    _check_external_id(workspace, definition)
    return _put_on_top(workspace, below.user_id, definition)


def _put_on_top(workspace: "PlayedWorkspace", user_id: str, definition: "Json") -> View:
    stack = workspace.modals.setdefault(user_id, [])
    view = _new_view(workspace, user_id, definition)
    if stack:
        view.root_view_id, view.previous_view_id = stack[0].id, stack[-1].id
    stack.append(view)
    workspace.changes.announce(user_id)
    return view


def _new_view(workspace: "PlayedWorkspace", user_id: str, definition: "Json") -> View:
    view_id = workspace.identifiers.new("V")
    view = View(view_id, user_id, normalised_view(definition), "", root_view_id=view_id)
    view.hash = workspace.identifiers.view_hash(workspace.clock())
    view.state = state_of(view.blocks)
    workspace.views[view_id] = view
    return view


def _check_external_id(
    workspace: "PlayedWorkspace", definition: "Json", updated: View | None = None
) -> None:
    wanted = definition.get("external_id")
    taken = (view for view in workspace.views.values() if view.is_open and view is not updated)
    if wanted and any(view.external_id == wanted for view in taken):
        raise SlackRefusal("duplicate_external_id")


def find_open(workspace: "PlayedWorkspace", view_id: str, external_id: str) -> View:
    if view_id:
        named = [workspace.views[view_id]] if view_id in workspace.views else []
    else:
        named = [view for view in workspace.views.values() if view.external_id == external_id]
    for view in named:
        if view.is_open:
            return view
    raise SlackRefusal("not_found")


def update_view(
    workspace: "PlayedWorkspace", view: View, definition: "Json", expected_hash: str = ""
) -> View:
    """Show something else in the same place; what was typed stays where the ids stay."""
    if expected_hash and expected_hash != view.hash:
        raise SlackRefusal("hash_conflict")
    _check_external_id(workspace, definition, updated=view)
    remember(view)
    view.definition = normalised_view(definition)
    view.hash = workspace.identifiers.view_hash(workspace.clock())
    view.state = state_of(view.blocks, view.state)
    view.errors = {}
    workspace.changes.announce(view.user_id)
    return view


def publish_home(
    workspace: "PlayedWorkspace", user_id: str, definition: "Json", expected_hash: str = ""
) -> View:
    current = workspace.homes.get(user_id)
    if current is not None:
        return update_view(workspace, current, definition, expected_hash)
    _check_external_id(workspace, definition)
    view = _new_view(workspace, user_id, definition)
    workspace.homes[user_id] = view
    workspace.changes.announce(user_id)
    return view


def close_top(workspace: "PlayedWorkspace", view: View) -> None:
    """Take this view off its stack, and whatever lies on top of it."""
    stack = workspace.modals.get(view.user_id, [])
    while view in stack:
        _end(stack.pop())
    workspace.changes.announce(view.user_id)


def close_all(workspace: "PlayedWorkspace", user_id: str) -> None:
    for view in workspace.modals.pop(user_id, []):
        _end(view)
    workspace.changes.announce(user_id)


def _end(view: View) -> None:
    """In a closed view nothing can be clicked any more, however it stood."""
    view.is_open, view.earlier = False, ()
