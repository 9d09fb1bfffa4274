"""Ask for a code: open the form, send it, take the request back."""

import asyncio

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.codes import list_again
from handlers.forms import Form
from handlers.home import show_home
from handlers.house import Workspace
from handlers.situations import situation
from handlers.slack_errors import SLACK_FAILED
from handlers.views import open_view, update_view
from storage import decisions, requests
from storage.records import RequestState
from storage.refusals import AlreadyDecided
from templates import form, ids
from templates.situation import Situation

PROFILE_SECONDS = 1.5
"""How long the form waits for Slack to say who is asking before it opens without."""

AGAIN_SECONDS = 1.0


async def open_form(call: Call, workspace: Workspace) -> Reply:
    async with workspace.looking() as desk:
        desk.standing.require_approved()
        desk.standing.require_account_holders()
        seen = situation(desk.standing, desk.now, call.user_id)

    async def later() -> None:
        await _show_form(call, workspace, seen)

    return Reply(later=later)


async def _show_form(call: Call, workspace: Workspace, seen: Situation) -> None:
    """The form at once when we know who asks; else its frame, filled when Slack has told."""
    known = workspace.directory.known(call.user_id)
    if known is not None:
        await open_view(call, workspace, _form(call, workspace, seen))
        return
    opened = await open_view(call, workspace, form.skeleton(workspace.words, seen))
    await workspace.directory.profile_within(call.user_id, PROFILE_SECONDS)
    filled = _form(call, workspace, seen)
    try:
        await update_view(workspace, opened, filled)
    except SLACK_FAILED:
        await asyncio.sleep(AGAIN_SECONDS)  # or somebody would look at an empty frame for ever
        await update_view(workspace, opened, filled)


def _form(call: Call, workspace: Workspace, seen: Situation) -> View:
    profile = workspace.directory.known(call.user_id)
    prefill = form.Prefill()
    if profile is not None:
        prefill = form.Prefill(profile.first_name, profile.last_name, profile.email)
    return form.request_form(workspace.words, seen, prefill)


def _request(call: Call) -> tuple[requests.NewRequest, str | None]:
    fields = Form(call)
    person, purpose, pasted = fields.person(), fields.purpose(), fields.pasted_code()
    fields.require_authority()
    fields.require_right()
    submission = call.submission(person.identity, person.role, purpose)
    return requests.NewRequest(call.user_id, person, purpose, submission), pasted


async def send_request(call: Call, workspace: Workspace) -> Reply:
    request, _ = _request(call)
    async with workspace.asking() as desk:
        await requests.ask(desk, request)
    return Reply()


async def make_code(call: Call, workspace: Workspace) -> Reply:
    request, pasted = _request(call)
    async with workspace.deciding() as desk:
        await decisions.make_at_once(desk, request, pasted)
    return Reply()


async def withdraw_request(call: Call, workspace: Workspace) -> Reply:
    try:
        async with workspace.deciding() as desk:
            await decisions.withdraw(desk, call.value, call.user_id)
    except AlreadyDecided as refusal:
        # The same click twice: it is withdrawn, which is what was wanted.
        if refusal.request.state is not RequestState.WITHDRAWN:
            raise

    async def later() -> None:
        """Where it was taken back, it is not waited for any more."""
        if call.is_on_home:
            await show_home(call, workspace)
        elif call.callback_id == ids.VIEW_CODES:
            await list_again(call, workspace)

    return Reply(later=later)
