"""Ask for a code: open the form, send it, take the request back."""

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.services import Services
from handlers.situations import situation
from handlers.views import open_view, update_view
from storage import decisions, organisations, requests
from storage.organisations import Standing
from storage.records import RequestState
from storage.refusals import AlreadyDecided
from templates import form
from templates.situation import Situation

PROFILE_SECONDS = 1.5
"""How long the form waits for Slack to say who is asking before it opens without."""


async def open_form(call: Call, services: Services) -> Reply:
    async with services.database.reading() as transaction:
        standing = await organisations.standing_of_team(transaction, call.team_id)
    standing.require_approved()
    standing.require_account_holders()

    async def later() -> None:
        await _show_form(call, services, standing)

    return Reply(later=later)


async def _show_form(call: Call, services: Services, standing: Standing) -> None:
    """The form at once when we know who asks; else its frame, filled when Slack has told."""
    seen = situation(standing, services.database.clock(), call.user_id)
    known = services.directory.known(call.user_id)
    if known is not None:
        await open_view(call, services, _form(call, services, seen))
        return
    opened = await open_view(call, services, form.skeleton(services.words, seen))
    await services.directory.profile_within(call.user_id, PROFILE_SECONDS)
    await update_view(services, opened, _form(call, services, seen))


def _form(call: Call, services: Services, seen: Situation) -> View:
    profile = services.directory.known(call.user_id)
    prefill = form.Prefill()
    if profile is not None:
        prefill = form.Prefill(profile.first_name, profile.last_name, profile.email)
    return form.request_form(services.words, seen, prefill)


def _request(call: Call) -> tuple[requests.NewRequest, str | None]:
    fields = Form(call)
    person, purpose, pasted = fields.person(), fields.purpose(), fields.pasted_code()
    fields.require_authority()
    fields.require_right()
    return requests.NewRequest(call.user_id, person, purpose, call.view_id), pasted


async def send_request(call: Call, services: Services) -> Reply:
    request, _ = _request(call)
    async with services.database.transaction() as transaction:
        standing = await organisations.standing_to_ask(transaction, call.team_id)
        await requests.ask(transaction, standing, request)
    services.wake()
    return Reply()


async def make_code(call: Call, services: Services) -> Reply:
    request, pasted = _request(call)
    async with services.database.transaction() as transaction:
        standing = await organisations.standing_to_decide(transaction, call.team_id)
        await decisions.make_at_once(transaction, standing, services.keyring, request, pasted)
    services.wake()
    return Reply()


async def withdraw_request(call: Call, services: Services) -> Reply:
    try:
        async with services.database.transaction() as transaction:
            standing = await organisations.standing_to_decide(transaction, call.team_id)
            await decisions.withdraw(transaction, standing, call.value, call.user_id)
    except AlreadyDecided as refusal:
        # The same click twice: it is withdrawn, which is what was wanted.
        if refusal.request.state is not RequestState.WITHDRAWN:
            raise
    services.wake()
    return Reply()
