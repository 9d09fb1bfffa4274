"""One submission, from the click on the button to what the person sees of it."""

from typing import TYPE_CHECKING

from .acknowledgements import Submitted, answer_submission
from .carrier import Undelivered
from .filling import client_error
from .outcomes import Errors, Outcome
from .payloads import view_submission
from .refusals import SlackRefusal
from .screen import NotOnScreen, SeenView

if TYPE_CHECKING:
    from .carrier import Carrier
    from .records import User, View
    from .workspace import PlayedWorkspace

TROUBLE_IN_MODAL = "We had some trouble connecting. Try again?"


async def submit(
    workspace: "PlayedWorkspace", carrier: "Carrier", user: "User", seen: SeenView
) -> Outcome:
    """Send the view as it was seen.

    Raises:
        NotOnScreen: it has been closed, or had no button for it.
    """
    if not seen.is_open:
        raise NotOnScreen(f"«{seen.title}» has been closed")
    if not seen.as_seen.definition.get("submit"):
        raise NotOnScreen(f"«{seen.title}» has no submit button")
    mistakes = client_mistakes(seen)
    seen.record.errors = mistakes
    workspace.changes.announce(user.id)
    if mistakes:
        return Outcome(errors=_labelled(seen, mistakes), client_side=True)
    return await _send(workspace, carrier, user, seen)


def client_mistakes(seen: SeenView) -> dict[str, str]:
    """What the client refuses to send, by block id."""
    found: dict[str, str] = {}
    for field in seen.fields().values():
        error = client_error(field, seen.state[field.block_id][field.action_id])
        if error:
            found[field.block_id] = error
    return found


async def _send(
    workspace: "PlayedWorkspace", carrier: "Carrier", user: "User", seen: SeenView
) -> Outcome:
    view, payload = seen.record, view_submission(workspace, user, seen.as_seen)
    view.is_busy = True
    try:
        answer = await carrier.deliver("interactive", payload)
        return _outcome(seen, answer_submission(workspace, seen.as_seen, answer))
    except Undelivered as failure:
        return _troubled(workspace, view, failure.reason)
    except SlackRefusal as refusal:
        reasons = "; ".join(refusal.details.get("errors", []))
        detail = f"acknowledgement of {view.callback_id}: {refusal.error} {reasons}"
        workspace.violation(refusal.error, detail.strip())
        return _troubled(workspace, view, refusal.error)
    finally:
        view.is_busy = False
        workspace.changes.announce(user.id)


def _troubled(workspace: "PlayedWorkspace", view: "View", reason: str) -> Outcome:
    about = f"view_submission {view.callback_id}"
    return Outcome(trouble=workspace.trouble(view.user_id, about, reason, TROUBLE_IN_MODAL))


def _outcome(seen: SeenView, submitted: Submitted) -> Outcome:
    shown = SeenView(seen.workspace, seen.user_id, submitted.shown) if submitted.shown else None
    match submitted.action:
        case "errors":
            return Outcome(errors=_labelled(seen, submitted.errors))
        case "update":
            return Outcome(updated=shown)
        case "push":
            return Outcome(pushed=shown)
        case action:
            return Outcome(closed=True, cleared=action == "clear")


def _labelled(seen: SeenView, errors: dict[str, str]) -> Errors:
    labels = {field.block_id: field.label for field in seen.fields().values()}
    by_label = {labels.get(block_id, block_id): text for block_id, text in errors.items()}
    return Errors(by_label, errors)
