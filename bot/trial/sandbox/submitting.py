"""One submission, from the click on the button to what the person sees of it."""

from typing import TYPE_CHECKING

from .acknowledgements import Submitted, answer_submission
from .courier import Undelivered
from .filling import client_error
from .outcomes import Errors, Outcome
from .payloads import view_submission
from .refusals import Refusal
from .screen import NotOnScreen, SeenView

if TYPE_CHECKING:
    from .courier import Courier
    from .records import User, View
    from .workspace import Workspace

TROUBLE_IN_MODAL = "We had some trouble connecting. Try again?"


async def submit(workspace: "Workspace", courier: "Courier", user: "User", view: "View") -> Outcome:
    if not view.definition.get("submit"):
        raise NotOnScreen(f"«{view.title}» has no submit button")
    mistakes = client_mistakes(SeenView(workspace, user.id, view))
    view.errors = mistakes
    workspace.changes.announce(user.id)
    if mistakes:
        return Outcome(errors=_labelled(workspace, view, mistakes), client_side=True)
    return await _send(workspace, courier, user, view)


def client_mistakes(seen: SeenView) -> dict[str, str]:
    """What the client refuses to send, by block id."""
    found: dict[str, str] = {}
    for field in seen.fields().values():
        error = client_error(field, seen.state[field.block_id][field.action_id])
        if error:
            found[field.block_id] = error
    return found


async def _send(workspace: "Workspace", courier: "Courier", user: "User", view: "View") -> Outcome:
    view.is_busy = True
    try:
        answer = await courier.deliver("interactive", view_submission(workspace, user, view))
        return _outcome(workspace, view, answer_submission(workspace, view, answer))
    except Undelivered as failure:
        return _troubled(workspace, view, failure.reason)
    except Refusal as refusal:
        reasons = "; ".join(refusal.details.get("errors", []))
        detail = f"acknowledgement of {view.callback_id}: {refusal.error} {reasons}"
        workspace.violation(refusal.error, detail.strip())
        return _troubled(workspace, view, refusal.error)
    finally:
        view.is_busy = False
        workspace.changes.announce(user.id)


def _troubled(workspace: "Workspace", view: "View", reason: str) -> Outcome:
    about = f"view_submission {view.callback_id}"
    return Outcome(trouble=workspace.trouble(view.user_id, about, reason, TROUBLE_IN_MODAL))


def _outcome(workspace: "Workspace", view: "View", submitted: Submitted) -> Outcome:
    shown = SeenView(workspace, view.user_id, submitted.shown) if submitted.shown else None
    match submitted.action:
        case "errors":
            return Outcome(errors=_labelled(workspace, view, submitted.errors))
        case "update":
            return Outcome(updated=shown)
        case "push":
            return Outcome(pushed=shown)
        case action:
            return Outcome(closed=True, cleared=action == "clear")


def _labelled(workspace: "Workspace", view: "View", errors: dict[str, str]) -> Errors:
    fields = SeenView(workspace, view.user_id, view).fields().values()
    labels = {field.block_id: field.label for field in fields}
    by_label = {labels.get(block_id, block_id): text for block_id, text in errors.items()}
    return Errors(by_label, errors)
