"""Ask for a code: open the form, send it, take the request back."""

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.views import open_view, update_view
from storage import decisions, requests
from storage.records import Issuer, RequestState
from storage.refusals import AlreadyDecided
from storage.standing import Standing
from templates import form

PROFILE_SECONDS = 1.5
"""How long the form waits for Slack to say who is asking before it opens without."""


async def open_form(call: Call, workspace: Workspace) -> Reply:
    async with workspace.looking() as desk:
        standing = desk.standing
    standing.require_approved()
    standing.require_account_holders()

    async def later() -> None:
        await _show_form(call, workspace, standing)

    return Reply(later=later)


async def _show_form(call: Call, workspace: Workspace, standing: Standing) -> None:
    """The form at once when we know who asks; else its frame, filled when Slack has told."""
    holder = standing.is_account_holder(call.user_id)
    known = workspace.directory.known(call.user_id)
    if known is not None:
        await open_view(call, workspace, _form(workspace, standing, call.user_id))
        return
    opened = await open_view(call, workspace, form.skeleton(workspace.words, account_holder=holder))
    await workspace.directory.profile_within(call.user_id, PROFILE_SECONDS)
    await update_view(workspace, opened, _form(workspace, standing, call.user_id))


def _form(workspace: Workspace, standing: Standing, user_id: str) -> View:
    profile = workspace.directory.known(user_id)
    prefill = form.Prefill()
    if profile is not None:
        prefill = form.Prefill(profile.first_name, profile.last_name, profile.email)
    holder = standing.is_account_holder(user_id)
    paste = holder and standing.organisation.issuer is Issuer.TECHSOUP
    return form.request_form(workspace.words, prefill, account_holder=holder, paste=paste)


def _request(call: Call) -> tuple[requests.NewRequest, str | None]:
    fields = Form(call)
    person, purpose, pasted = fields.person(), fields.purpose(), fields.pasted_code()
    fields.require_authority()
    fields.require_right()
    return requests.NewRequest(call.user_id, person, purpose, call.view_id), pasted


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
    return Reply()
