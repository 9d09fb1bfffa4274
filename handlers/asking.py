"""Ask for a code: open the form, send it, take the request back."""

import asyncio

from slack_sdk.models.views import View

from handlers.call import CLOSED, Call, Reply
from handlers.codes import list_again, view_of
from handlers.directory import Profile
from handlers.forms import Form
from handlers.home import show_home
from handlers.house import Workspace
from handlers.situations import situation
from handlers.slack_errors import SLACK_FAILED
from handlers.views import open_view, replace_view, show_again, update_view
from storage import codes, decisions, members, mirroring, requests
from storage.desk import AskingDesk, Desk
from storage.making import Pasted
from storage.records import PersonDetails, RequestState
from storage.refusals import AlreadyDecided, SaidBefore
from templates import form, ids
from templates.outcomes import made_view, nudged_view, withdrawn_request_view
from templates.situation import Situation

PROFILE_SECONDS = 1.5
"""How long the form waits for Slack to say who is asking before it opens without."""

AGAIN_SECONDS = 1.0


async def open_form(call: Call, workspace: Workspace) -> Reply:
    async with workspace.looking() as desk:
        desk.standing.require_approved()
        desk.standing.require_account_holders()
        seen = await _seen(desk, call)

    async def later() -> None:
        await _show_form(call, workspace, seen)

    return Reply(later=later)


async def _seen(desk: Desk, call: Call) -> Situation:
    own = await members.have_and_wait_for(desk, call.user_id)
    return situation(desk.standing, desk.now, own)


async def choose_person(call: Call, workspace: Workspace) -> Reply:
    """Somebody else is to have the code: what is asked about the person begins anew, filled in
    where Slack knows them."""
    chosen = Form(call).chosen()
    async with workspace.looking() as desk:
        seen = await _seen(desk, call)

    workspace.choices.keep(call.view_id, chosen)

    async def later() -> None:
        if who := _in_slack(call, chosen):
            await workspace.directory.profile_within(who, PROFILE_SECONDS)
        if workspace.choices.get(call.view_id) is chosen:  # and not another since
            await replace_view(workspace, call.view_id, _form(call, workspace, seen, chosen))

    return Reply(later=later)


def _in_slack(call: Call, chosen: form.Chosen) -> str | None:
    return call.user_id if chosen.is_me else chosen.colleague


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


def _form(
    call: Call, workspace: Workspace, seen: Situation, chosen: form.Chosen | None = None
) -> View:
    chosen = chosen or form.Chosen()
    profile = _profile(call, workspace, chosen)
    prefill = form.Prefill()
    if profile is not None:
        prefill = form.Prefill(profile.first_name, profile.last_name, profile.email)
    return form.request_form(workspace.words, seen, prefill, chosen)


def _profile(call: Call, workspace: Workspace, chosen: form.Chosen) -> Profile | None:
    """Of a member, where it is at hand."""
    who = _in_slack(call, chosen)
    profile = workspace.directory.known(who) if who else None
    return profile if profile and profile.is_member else None


def _member(profile: Profile | None, person: PersonDetails) -> requests.SlackMember | None:
    """Whom Slack itself says to have the address. Whoever was chosen and has another one is not
    known by that: an address says to whom a code goes, and not who asks for it."""
    if profile is None or profile.email.lower() != person.email.lower():
        return None
    return requests.SlackMember(profile.user_id, profile.name)


def _request(call: Call, workspace: Workspace) -> tuple[requests.NewRequest, Pasted | None]:
    fields = Form(call)
    person, purpose, pasted = fields.person(), fields.purpose(), fields.pasted_code()
    fields.require_authority()
    fields.require_right()
    submission = call.submission(person.identity, person.role, purpose)
    member = _member(_profile(call, workspace, fields.chosen()), person)
    return requests.NewRequest(call.user_id, person, purpose, submission, member), pasted


async def send_request(call: Call, workspace: Workspace) -> Reply:
    request, _ = _request(call, workspace)
    async with workspace.asking() as desk:
        await requests.ask(desk, request)
    # Below may lie the same form, filled in, for another organisation.
    return Reply(CLOSED if workspace.organisation_id else None)


async def make_code(call: Call, workspace: Workspace) -> Reply:
    request, pasted = _request(call, workspace)
    try:
        async with workspace.deciding() as desk:
            knows = call.private_metadata
            code_id = await decisions.make_at_once(desk, request, pasted, knows=knows)
            if code_id is None:
                return Reply(CLOSED if workspace.organisation_id else None)
            view = await _made(call, workspace, desk, code_id)
            view.clear_on_close = bool(workspace.organisation_id)
    except SaidBefore as said:
        view = await _form_again(call, workspace, request.person, said)
    return Reply({"response_action": "update", "view": view.to_dict()})


async def _form_again(
    call: Call, workspace: Workspace, person: PersonDetails, said: SaidBefore
) -> View:
    """As it was sent, with what a colleague has said of the person."""
    async with workspace.looking() as desk:
        seen = await _seen(desk, call)
    typed = form.Prefill(person.first_name, person.last_name, person.email)
    chosen = Form(call).chosen()
    return form.request_form(workspace.words, seen, typed, chosen, said=said)


async def _made(call: Call, workspace: Workspace, desk: AskingDesk, code_id: str) -> View:
    """What is wanted next: the code itself, unless its person sees it themselves."""
    code = await codes.find(desk, code_id)
    chosen = Form(call).chosen()
    is_theirs = code.user_id is not None and code.user_id != call.user_id
    if is_theirs or (code.user_id is None and chosen.for_whom is form.ForWhom.COLLEAGUE):
        return made_view(workspace.words, code)
    shown = await codes.show(desk, code_id, call.user_id)
    return await view_of(desk, workspace, shown, call.user_id)


async def withdraw_request(call: Call, workspace: Workspace) -> Reply:
    try:
        async with workspace.deciding() as desk:
            is_copy = await mirroring.is_copy(desk, call.value, call.message_ts)
            seen = situation(desk.standing, desk.now, call.user_id)
            await decisions.withdraw(desk, call.value, call.user_id)
    except AlreadyDecided as refusal:
        # The same click twice: it is withdrawn, which is what was wanted.
        if refusal.request.state is not RequestState.WITHDRAWN:
            raise
        is_copy = True

    async def later() -> None:
        if not await _shown_anew(call, workspace) and not is_copy:
            await show_again(call, workspace, withdrawn_request_view(workspace.words, seen))

    return Reply(later=later)


async def _shown_anew(call: Call, workspace: Workspace) -> bool:
    """Whether it stands where what has changed is shown, and was shown anew there."""
    if call.is_on_home:
        await show_home(call, workspace)
    elif call.callback_id == ids.VIEW_CODES:
        await list_again(call, workspace)
    else:
        return False
    return True


async def nudge(call: Call, workspace: Workspace) -> Reply:
    """Ask for an answer once more."""
    async with workspace.asking() as desk:
        await requests.nudge(desk, call.value, call.user_id)

    async def later() -> None:
        if not await _shown_anew(call, workspace):
            await open_view(call, workspace, nudged_view(workspace.words))

    return Reply(later=later)
