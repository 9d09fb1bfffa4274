"""Decide: what waits, approve, decline. Only an account holder, at the click and at the sending."""

from datetime import datetime

from msgspec import Struct
from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.pages import page_number, page_within
from handlers.situations import situation
from handlers.views import opening, replace_view, showing_again
from storage import decisions, requests
from storage.background import Background, background
from storage.records import CodeRequest, Issuer, RequestState
from storage.refusals import AlreadyDecided, SaidBefore
from storage.said_before import last_no
from storage.standing import Standing
from templates import deciding

PAGE = 10


class _Case(Struct, frozen=True):
    standing: Standing
    now: datetime
    request: CodeRequest
    background: Background
    known: SaidBefore | None
    """What a colleague has said of the person, of which the background tells."""


async def _case(call: Call, workspace: Workspace, request_id: str) -> _Case:
    """A request that this person may decide and that is still to be decided."""
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        request = await requests.find(desk, request_id)
        if request.state is not RequestState.PENDING:
            raise AlreadyDecided(request)
        known = await last_no(desk, request.person, call.user_id)
        beside = await background(desk, request)
        return _Case(desk.standing, desk.now, request, beside, known)


async def open_approval(call: Call, workspace: Workspace) -> Reply:
    case = await _case(call, workspace, call.value)
    case.standing.require_approved()
    return opening(call, workspace, _approval(workspace, case))


def _approval(workspace: Workspace, case: _Case, said: SaidBefore | None = None) -> View:
    return deciding.approve_view(
        workspace.words,
        case.request,
        case.background,
        now=case.now,
        paste=case.standing.organisation.issuer is Issuer.TECHSOUP,
        metadata=f"{case.request.id}:{case.known.id if case.known else ''}",
        said=said,
    )


async def open_declining(call: Call, workspace: Workspace) -> Reply:
    case = await _case(call, workspace, call.value)
    view = deciding.decline_view(workspace.words, case.request)
    return opening(call, workspace, view)


async def approve(call: Call, workspace: Workspace) -> Reply:
    fields = Form(call)
    fields.require_authority()
    pasted = fields.pasted_code()
    fields.require_right()
    request_id, colon, knows = call.private_metadata.partition(":")
    try:
        async with workspace.deciding() as desk:
            known = knows if colon else None
            await decisions.approve(desk, request_id, call.user_id, pasted, knows=known)
    except SaidBefore as said:
        view = _approval(workspace, await _case(call, workspace, request_id), said)
        return Reply({"response_action": "update", "view": view.to_dict()})
    except AlreadyDecided as refusal:
        _pass_over_repeat(refusal, call, RequestState.APPROVED)
    return _decided(call, workspace)


async def decline(call: Call, workspace: Workspace) -> Reply:
    fields = Form(call)
    reason = fields.reason()
    message = fields.message(reason)
    fields.require_right()
    try:
        async with workspace.deciding() as desk:
            await decisions.decline(desk, call.private_metadata, call.user_id, reason, message)
    except AlreadyDecided as refusal:
        _pass_over_repeat(refusal, call, RequestState.DECLINED)
    return _decided(call, workspace)


def _pass_over_repeat(refusal: AlreadyDecided, call: Call, state: RequestState) -> None:
    """The same person sent the same decision twice: no error after success."""
    request = refusal.request
    if request.state is not state or request.decided_by != call.user_id:
        raise refusal


def _decided(call: Call, workspace: Workspace) -> Reply:
    if call.root_view_id in ("", call.view_id):
        return Reply()

    async def later() -> None:
        await _show_waiting_anew(call, workspace, call.root_view_id)

    return Reply(later=later)


async def open_waiting(call: Call, workspace: Workspace) -> Reply:
    view = await _waiting(call, workspace, page=0)
    return opening(call, workspace, view)


async def turn_waiting(call: Call, workspace: Workspace) -> Reply:
    view = await _waiting(call, workspace, page=page_number(call.value))
    return showing_again(call, workspace, view)


async def _show_waiting_anew(call: Call, workspace: Workspace, view_id: str) -> None:
    await replace_view(workspace, view_id, await _waiting(call, workspace, page=0))


async def _waiting(call: Call, workspace: Workspace, page: int) -> View:
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        count = await requests.count_pending(desk)
        page, pages = page_within(page, count, PAGE)
        found = [
            (request, await background(desk, request))
            for request in await requests.pending(desk, most=PAGE, skip=page * PAGE)
        ]
        seen = situation(desk.standing, desk.now, call.user_id)
    return deciding.waiting_view(workspace.words, found, seen, page=page, pages=pages)
