"""Views on their way to Slack: opened, stacked, brought up to date.

One that Slack does not take is told of in words, in its place where there is one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace
from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View

from handlers.call import LONGEST_NAME, Call, Reply, marked, unmarked
from handlers.house import Workspace
from handlers.slack_errors import STACK_IS_FULL, TRIGGER_IS_USED, Kind, error_name, kind_of
from templates import ids
from templates.choosing import MOST_BLOCKS, about
from templates.message import MOST_BLOCKS_SAID, Message
from templates.mishaps import Mishap, explain_mishap
from templates.told import told_home, told_view

Opened = Mapping[str, Any]
"""A view as Slack has opened it."""


SHOWN = "shown"
"""In what stands for a view that has yet to be shown, by the acknowledgement."""


class NotShown(Exception):  # noqa: N818
    """Slack has not taken the view, for how it is put."""


class NotShownNow(NotShown):
    """Slack has not taken the view for another reason, or it could not be made: it passes."""


async def open_view(call: Call, workspace: Workspace, view: View) -> Opened | None:
    """Open a modal, or stack it on the one in which the button was pressed.

    None when as many lie on it as Slack allows: the button was pressed again and again before the
    first modal came, and what it opens is on the screen. None too when the modal with the button
    has been closed by then: there is nothing left to show more of. Nor is anything opened by a
    call that has no trigger, which none of Slack's lacks.

    Raises:
        NotShown: and the trigger can still be used.
    """
    if call.shown is not None:
        call.shown.append(view)
        return {SHOWN: call.shown}
    if not call.trigger_id:
        return None
    _say_which(workspace, view)
    method = workspace.client.views_push if call.is_in_modal else workspace.client.views_open
    view.external_id = f"{view.callback_id}.{call.trigger_id}"[:LONGEST_NAME]
    try:
        with _complaining(workspace, view):
            answer = await method(trigger_id=call.trigger_id, view=view)
    except SlackApiError as error:
        if error_name(error) == TRIGGER_IS_USED:
            return await _opened_before(workspace, view, error)
        if error_name(error) != STACK_IS_FULL and kind_of(error) is not Kind.COPY:
            raise
        return None
    opened: Opened = answer["view"]
    return opened


async def _opened_before(workspace: Workspace, view: View, refusal: SlackApiError) -> Opened:
    """Where Slack's answer was lost on its way, our client has asked once more, and the trigger has
    been used for this very view.

    Raises:
        SlackApiError: for another one.
    """
    try:
        answer = await workspace.client.views_update(external_id=view.external_id, view=view)
    except SlackApiError:
        raise refusal from None
    opened: Opened = answer["view"]
    return opened


async def update_view(workspace: Workspace, opened: Opened | None, view: View) -> None:
    """Fill a modal that was just opened; the hash keeps us from overwriting a newer one."""
    if opened is not None and SHOWN in opened:
        opened[SHOWN].append(view)
    elif opened is not None:
        await _change(workspace, view, view_id=opened["id"], hash=opened["hash"])


async def replace_view(workspace: Workspace, view_id: str, view: View) -> None:
    """Show a list anew after something in it has changed."""
    await _change(workspace, view, view_id=view_id)


def opening(call: Call, workspace: Workspace, view: View) -> Reply:
    """A reply that opens the modal after the acknowledgement."""

    async def later() -> None:
        await open_view(call, workspace, view)

    return Reply(later=later)


def showing_again(call: Call, workspace: Workspace, view: View) -> Reply:
    """As `show_again`, after the acknowledgement."""

    async def later() -> None:
        await show_again(call, workspace, view)

    return Reply(later=later)


async def show_again(call: Call, workspace: Workspace, view: View) -> None:
    """In the place of the modal in which the button was pressed, or over whatever else it was."""
    if call.is_in_modal:
        await replace_view(workspace, call.view_id, view)
    else:
        await open_view(call, workspace, view)


async def publish_home(
    workspace: Workspace, user_id: str, view: View, view_hash: str | None = None
) -> str:
    """The hash by which Slack knows it. With one, it takes the place of that very view alone.

    Raises:
        NotShown: not even that it cannot be shown.
        SlackApiError: what it was to take the place of is not there any more, or anything else.
    """
    _say_which(workspace, view)
    publish = workspace.client.views_publish
    try:
        with _complaining(workspace, view):
            answer = await publish(user_id=user_id, view=view, hash=view_hash)
    except NotShown:
        told = explain_mishap(workspace.words, Mishap.HOME_NOT_SHOWN)
        with _complaining(workspace, view):
            answer = await publish(user_id=user_id, view=told_home(told.mrkdwn))
    return str(answer["view"].get("hash", ""))


async def _change(workspace: Workspace, view: View, **which: str) -> None:
    """A modal that has been closed, or shows something newer, needs no change any more.

    Raises:
        NotShown: not even that it cannot be shown.
    """
    try:
        try:
            await _update(workspace, view, **which)
        except NotShown:
            told = explain_mishap(workspace.words, Mishap.NOT_SHOWN)
            await _update(workspace, told_view(workspace.words, told.mrkdwn), **which)
    except SlackApiError as error:
        if kind_of(error) is not Kind.COPY:
            raise


FORMS = (ids.VIEW_ASK, ids.VIEW_MAKE)
"""That one may rather fill in for another organisation."""

CAN_CHANGE = (*FORMS, ids.VIEW_TOLD)


def _say_which(workspace: Workspace, view: View) -> None:
    """Of several organisations: in words, and for what is done in it."""
    if not workspace.organisation_id or view.callback_id == ids.VIEW_CHOOSE:
        return
    mark, _ = unmarked(view.private_metadata or "")
    view.private_metadata = marked(workspace.organisation_id, view.private_metadata or "")
    if mark:
        return  # it is said before
    can_change = view.type == "home" or view.callback_id in CAN_CHANGE
    lines = about(workspace.words, workspace.organisation_name, can_change=can_change)
    blocks = [*(view.blocks or ())]
    if len(blocks) + len(lines) <= MOST_BLOCKS:
        view.blocks = [*lines, *blocks]


def saying_which(workspace: Workspace, reply: Reply) -> Reply:
    """The same for what is shown by the acknowledgement."""
    body = reply.body or {}
    if workspace.organisation_id and "view" in body:
        shown = View(**body["view"])
        _say_which(workspace, shown)
        return replace(reply, body={**body, "view": shown.to_dict()})
    if workspace.organisation_id and "blocks" in body:
        said = message_saying_which(workspace, Message(body["text"], body["blocks"]))
        return replace(reply, body={**body, "blocks": said.blocks})
    return reply


def message_saying_which(workspace: Workspace, message: Message) -> Message:
    """The same below what is told somebody where they are."""
    lines = about(workspace.words, workspace.organisation_name, can_change=True)
    if not workspace.organisation_id or len(message.blocks) + len(lines) > MOST_BLOCKS_SAID:
        return message
    return Message(message.text, [*message.blocks, *(line.to_dict() for line in lines)])


async def _update(workspace: Workspace, view: View, **which: str) -> None:
    _say_which(workspace, view)
    with _complaining(workspace, view):
        await workspace.client.views_update(view=view, **which)


@contextmanager
def _complaining(workspace: Workspace, view: View) -> Iterator[None]:
    """
    Raises:
        NotShown: Slack does not take this view.
    """
    try:
        yield
    except SlackApiError as error:
        if kind_of(error) is not Kind.CONTENT:
            raise
        workspace.complaints.keep(view.callback_id or view.type, error)
        raise NotShown from error
