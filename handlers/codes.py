"""Use the codes there are: list them, show one, have one refreshed, withdraw one."""

from dataclasses import dataclass
from datetime import timedelta

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.pages import page_number, page_within
from handlers.services import Services
from handlers.situations import situation
from handlers.views import open_view, opening, replace_view, showing_again
from storage import codes, making, organisations, requests
from storage.database import Transaction
from storage.organisations import Standing
from storage.records import Issuer
from storage.refusals import AlreadyAsked, AlreadyReplaced, CodeRevoked
from templates import codes as screens
from templates import ids
from templates.outcomes import Done, done_view

PAGE = 10
REPEAT = timedelta(minutes=1)
"""How soon the same click by the same person is the same click."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in which list somebody is; a list's view carries it as `all:2` or `mine:0`."""

    whole_organisation: bool
    page: int

    @classmethod
    def read(cls, text: str) -> "_Place":
        which, _, page = text.partition(":")
        return cls(which == "all", page_number(page))


async def list_codes(call: Call, services: Services) -> Reply:
    """Mine, or for an account holder the organisation's."""
    return await _open_list(call, services, whole_organisation=True)


async def list_my_codes(call: Call, services: Services) -> Reply:
    return await _open_list(call, services, whole_organisation=False)


async def _open_list(call: Call, services: Services, *, whole_organisation: bool) -> Reply:
    view = await _list(call, services, _Place(whole_organisation, 0))
    return opening(call, services, view)


async def turn_page(call: Call, services: Services) -> Reply:
    place = _Place.read(call.private_metadata)
    view = await _list(call, services, _Place(place.whole_organisation, page_number(call.value)))
    return showing_again(call, services, view)


async def _list(call: Call, services: Services, place: _Place) -> View:
    async with services.database.reading() as transaction:
        standing = await organisations.standing_of_team(transaction, call.team_id)
        holder = standing.is_account_holder(call.user_id)
        whole = place.whole_organisation and holder
        of_user = None if whole else call.user_id
        organisation_id = standing.organisation.id
        count = await codes.count_codes(transaction, organisation_id, of_user=of_user)
        page, pages = page_within(place.page, count, PAGE)
        found = await codes.list_codes(
            transaction, organisation_id, of_user=of_user, most=PAGE, skip=page * PAGE
        )
        # An account holder need not answer the request: refreshing settles it.
        asked = frozenset[str]()
        if not holder:
            asked = await requests.refreshes_asked(transaction, organisation_id)
    return screens.codes_view(
        services.words,
        found,
        situation(standing, services.database.clock(), call.user_id),
        whole_organisation=whole,
        page=page,
        pages=pages,
        asked=asked,
    )


async def show_code(call: Call, services: Services) -> Reply:
    async with services.database.transaction() as transaction:
        standing = await organisations.standing_to_ask(transaction, call.team_id)
        shown = await codes.show(transaction, standing, services.keyring, call.value, call.user_id)
        now = transaction.now

    async def later() -> None:
        view = screens.code_view(services.words, shown.code, shown.text, now)
        await open_view(call, services, view)

    return Reply(later=later)


async def refresh_code(call: Call, services: Services) -> Reply:
    """At once for an account holder, a request to them for anybody else."""
    try:
        async with services.database.transaction() as transaction:
            standing = await organisations.standing_to_decide(transaction, call.team_id)
            if not standing.is_account_holder(call.user_id):
                await requests.ask_refresh(transaction, standing, call.value, call.user_id)
                done = Done.REFRESH_ASKED
            elif standing.organisation.issuer is Issuer.TECHSOUP:
                return await _ask_for_pasted(call, services, transaction, standing)
            else:
                await making.refresh(
                    transaction, standing, services.keyring, call.value, call.user_id
                )
                done = Done.CODE_REFRESHED
    except AlreadyAsked:
        # The same click twice in a list: it is as was wanted, and the list shows it.
        if call.callback_id != ids.VIEW_CODES:
            raise
        done = Done.REFRESH_ASKED
    except AlreadyReplaced:
        await _pass_over_repeat(call, services, call.value)
        done = Done.CODE_REFRESHED
    return _done(call, services, done)


async def _pass_over_repeat(call: Call, services: Services, code_id: str) -> None:
    """The same person did the same a moment ago: no error after success."""
    async with services.database.reading() as transaction:
        standing = await organisations.standing_of_team(transaction, call.team_id)
        newer = await codes.successor(transaction, standing.organisation.id, code_id)
        now = transaction.now
    is_repeat = newer and newer.made_by == call.user_id and now - newer.made_at < REPEAT
    if not is_repeat and call.callback_id != ids.VIEW_CODES:
        raise AlreadyReplaced


async def _ask_for_pasted(
    call: Call, services: Services, transaction: Transaction, standing: Standing
) -> Reply:
    standing.require_approved()
    code = await codes.require_refreshable(transaction, standing, call.value)
    view = screens.paste_view(services.words, code)
    return opening(call, services, view)


async def refresh_with_pasted(call: Call, services: Services) -> Reply:
    fields = Form(call)
    pasted = fields.pasted_code()
    fields.require_right()
    try:
        async with services.database.transaction() as transaction:
            standing = await organisations.standing_to_decide(transaction, call.team_id)
            await making.refresh(
                transaction,
                standing,
                services.keyring,
                call.private_metadata,
                call.user_id,
                pasted,
            )
    except AlreadyReplaced:
        await _pass_over_repeat(call, services, call.private_metadata)
    services.wake()
    if call.root_view_id in ("", call.view_id):
        return Reply()

    async def later() -> None:
        view = await _list(call, services, _Place(True, 0))
        await replace_view(services, call.root_view_id, view)

    return Reply(later=later)


async def revoke_code(call: Call, services: Services) -> Reply:
    try:
        async with services.database.transaction() as transaction:
            standing = await organisations.standing_to_decide(transaction, call.team_id)
            await making.revoke(transaction, standing, call.value, call.user_id)
    except CodeRevoked:
        if call.callback_id != ids.VIEW_CODES:
            raise
    return _done(call, services, Done.CODE_WITHDRAWN)


def _done(call: Call, services: Services, done: Done) -> Reply:
    """In a list, the list shows what was done; elsewhere a word about it."""
    services.wake()

    async def later() -> None:
        if call.callback_id == ids.VIEW_CODES:
            view = await _list(call, services, _Place.read(call.private_metadata))
            await replace_view(services, call.view_id, view)
        else:
            await open_view(call, services, done_view(services.words, done))

    return Reply(later=later)
