"""What an acknowledgement makes Slack do: show a message, refuse a field, change the modal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import modals
from .messages import content_of
from .methods.chat import LONGEST_POST
from .refusals import SlackRefusal
from .views_checked import checked_view

if TYPE_CHECKING:
    from .records import Channel, Json, PostedMessage, View
    from .transport import BotAnswer
    from .workspace import PlayedWorkspace


@dataclass(frozen=True)
class Submitted:
    """What became of a submission, as the acknowledgement says."""

    action: str
    errors: "dict[str, str]" = field(default_factory=dict)
    shown: "View | None" = None


def answer_command(
    workspace: "PlayedWorkspace", user_id: str, channel: "Channel", answer: "BotAnswer"
) -> "PostedMessage | None":
    """Show what a slash command was answered with; nothing, where it was answered with nothing."""
    if not answer.body:
        return None
    content = answer.json() or {"text": answer.text()}
    try:
        return show_response(workspace, user_id, channel, content)
    except SlackRefusal as refusal:
        workspace.violation(refusal.error, f"acknowledgement of a command: {refusal.details}")
        return None


def show_response(
    workspace: "PlayedWorkspace", user_id: str, channel: "Channel", content: "Json"
) -> "PostedMessage":
    public = content.get("response_type") == "in_channel"
    bot = workspace.installation
    return workspace.add_message(
        channel,
        bot.bot_user_id,
        bot_id=bot.bot_id,
        ephemeral_for=None if public else user_id,
        thread_ts=content.get("thread_ts"),
        **content_of(content, LONGEST_POST),
    )


def answer_submission(workspace: "PlayedWorkspace", sent: "View", answer: "BotAnswer") -> Submitted:
    """Do what the acknowledgement asks for, with the view of which this version was sent.

    Raises:
        SlackRefusal: Slack cannot do it.
    """
    if not answer.body:
        modals.close_top(workspace, workspace.views[sent.id])
        return Submitted("close")
    content = answer.json() or {}
    act = _ACTIONS.get(str(content.get("response_action")))
    if act is None:
        raise SlackRefusal("invalid_response_action", errors=[answer.text()[:200]])
    return act(workspace, sent, content)


def _show_errors(workspace: "PlayedWorkspace", sent: "View", content: "Json") -> Submitted:
    errors = content.get("errors")
    if not isinstance(errors, dict) or not errors:
        raise SlackRefusal("no_errors_given")
    inputs = {block["block_id"] for block in sent.blocks if block["type"] == "input"}
    strangers = sorted(set(errors) - inputs)
    if strangers:
        raise SlackRefusal("unknown_block_id", errors=strangers)
    view = workspace.views[sent.id]
    view.errors = {block_id: str(message) for block_id, message in errors.items()}
    workspace.changes.announce(view.user_id)
    return Submitted("errors", view.errors)


def _update(workspace: "PlayedWorkspace", sent: "View", content: "Json") -> Submitted:
    definition, view = checked_view(content.get("view"), "modal"), workspace.views[sent.id]
    return Submitted("update", shown=modals.update_view(workspace, view, definition))


def _push(workspace: "PlayedWorkspace", sent: "View", content: "Json") -> Submitted:
    definition = checked_view(content.get("view"), "modal")
    return Submitted("push", shown=modals.push_over(workspace, sent, definition))


def _clear(workspace: "PlayedWorkspace", sent: "View", content: "Json") -> Submitted:
    modals.close_all(workspace, sent.user_id)
    return Submitted("clear")


_ACTIONS: "dict[str, Callable[[PlayedWorkspace, View, Json], Submitted]]" = {
    "errors": _show_errors,
    "update": _update,
    "push": _push,
    "clear": _clear,
}
