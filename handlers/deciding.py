"""Decide: what waits, approve, decline. Only an account holder, at the click and at the sending."""

from dataclasses import dataclass

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.pages import page_number, page_within
from handlers.services import Services
from handlers.views import opening, replace_view, showing_again
from storage import authority, decisions, organisations, requests
from storage.database import Transaction
from storage.organisations import Standing
from storage.records import CodeRequest, Confirmation, Issuer, RequestState
from storage.refusals import AlreadyDecided
from templates import deciding

PAGE = 10


@dataclass(frozen=True, slots=True)
class _Case:
    standing: Standing
    request: CodeRequest
    confirmation: Confirmation | None


async def _case(transaction: Transaction, call: Call, request_id: str) -> _Case:
    """A request that this person may decide and that is still to be decided."""
    standing = await organisations.standing_of_team(transaction, call.team_id)
    standing.require_account_holder(call.user_id)
    organisation_id = standing.organisation.id
    request = await requests.find(transaction, organisation_id, request_id)
    if request.state is not RequestState.PENDING:
        raise AlreadyDecided(request)
    confirmation = await authority.latest_confirmation(
        transaction, organisation_id, request.person.id
    )
    return _Case(standing, request, confirmation)


async def open_approval(call: Call, services: Services) -> Reply:
    async with services.database.reading() as transaction:
        case = await _case(transaction, call, call.value)
    case.standing.require_approved()
    paste = case.standing.organisation.issuer is Issuer.TECHSOUP
    view = deciding.approve_view(services.words, case.request, case.confirmation, paste=paste)
    return opening(call, services, view)


async def open_declining(call: Call, services: Services) -> Reply:
    async with services.database.reading() as transaction:
        case = await _case(transaction, call, call.value)
    view = deciding.decline_view(services.words, case.request)
    return opening(call, services, view)


async def approve(call: Call, services: Services) -> Reply:
    fields = Form(call)
    fields.require_authority()
    pasted = fields.pasted_code()
    fields.require_right()
    try:
        async with services.database.transaction() as transaction:
            standing = await organisations.standing_to_decide(transaction, call.team_id)
            await decisions.approve(
                transaction,
                standing,
                services.keyring,
                call.private_metadata,
                call.user_id,
                pasted,
            )
    except AlreadyDecided as refusal:
        _pass_over_repeat(refusal, call, RequestState.APPROVED)
    return _decided(call, services)


async def decline(call: Call, services: Services) -> Reply:
    fields = Form(call)
    reason = fields.reason()
    message = fields.message(reason)
    fields.require_right()
    try:
        async with services.database.transaction() as transaction:
            standing = await organisations.standing_to_decide(transaction, call.team_id)
            await decisions.decline(
                transaction, standing, call.private_metadata, call.user_id, reason, message
            )
    except AlreadyDecided as refusal:
        _pass_over_repeat(refusal, call, RequestState.DECLINED)
    return _decided(call, services)


def _pass_over_repeat(refusal: AlreadyDecided, call: Call, state: RequestState) -> None:
    """The same person sent the same decision twice: no error after success."""
    request = refusal.request
    if request.state is not state or request.decided_by != call.user_id:
        raise refusal


def _decided(call: Call, services: Services) -> Reply:
    services.wake()
    if call.root_view_id in ("", call.view_id):
        return Reply()

    async def later() -> None:
        await _show_waiting_anew(call, services, call.root_view_id)

    return Reply(later=later)


async def open_waiting(call: Call, services: Services) -> Reply:
    view = await _waiting(call, services, page=0)
    return opening(call, services, view)


async def turn_waiting(call: Call, services: Services) -> Reply:
    view = await _waiting(call, services, page=page_number(call.value))
    return showing_again(call, services, view)


async def _show_waiting_anew(call: Call, services: Services, view_id: str) -> None:
    await replace_view(services, view_id, await _waiting(call, services, page=0))


async def _waiting(call: Call, services: Services, page: int) -> View:
    async with services.database.reading() as transaction:
        standing = await organisations.standing_of_team(transaction, call.team_id)
        standing.require_account_holder(call.user_id)
        organisation_id = standing.organisation.id
        count = await requests.count_pending(transaction, organisation_id)
        page, pages = page_within(page, count, PAGE)
        found = await requests.pending(transaction, organisation_id, most=PAGE, skip=page * PAGE)
    return deciding.waiting_view(services.words, found, page=page, pages=pages)
