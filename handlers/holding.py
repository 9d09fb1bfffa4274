"""Say who decides: account holders are added and removed, and deputies appointed, by account
holders. A deputy does nothing of this."""

from collections.abc import Awaitable, Callable

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.members import check_member
from handlers.pages import page_number, page_within
from handlers.views import open_view, opening, replace_view, showing_again
from storage import holding
from storage.desk import DecidingDesk
from storage.holding import Period
from storage.refusals import AlreadyAccountHolder, AlreadyRemoved, HolderChanged, NotAccountHolder
from templates import holders, ids
from templates.outcomes import holding_ended_view
from templates.refusals import explain
from templates.told import told_view

PAGE = 20


async def open_list(call: Call, workspace: Workspace) -> Reply:
    view = await _list(call, workspace, 0)
    return opening(call, workspace, view)


async def turn_page(call: Call, workspace: Workspace) -> Reply:
    view = await _list(call, workspace, page_number(call.value))
    return showing_again(call, workspace, view)


async def _list(call: Call, workspace: Workspace, page: int) -> View:
    async with workspace.looking() as desk:
        desk.standing.require_lasting_holder(call.user_id)
        found = await holding.there(desk)
        alone = len(desk.standing.lasting_holders) == 1
    page, pages = page_within(page, len(found), PAGE)
    return holders.holders_view(
        workspace.words,
        found[page * PAGE : (page + 1) * PAGE],
        reader=call.user_id,
        alone=alone,
        page=page,
        pages=pages,
    )


async def open_adding(call: Call, workspace: Workspace) -> Reply:
    async with workspace.looking() as desk:
        desk.standing.require_lasting_holder(call.user_id)
        desk.standing.require_answered()
    return opening(call, workspace, holders.add_view(workspace.words))


async def open_appointing(call: Call, workspace: Workspace) -> Reply:
    async with workspace.looking() as desk:
        desk.standing.require_lasting_holder(call.user_id)
        desk.standing.require_answered()
        seen = [each.id for each in await holding.there(desk) if each.is_deputy]
        view = holders.deputy_view(workspace.words, desk.now, seen=seen)
    return opening(call, workspace, view)


async def add(call: Call, workspace: Workspace) -> Reply:
    fields = Form(call)
    user_id = await _member(workspace, fields, ids.NEW_HOLDER)
    fields.require_right()

    async def work(desk: DecidingDesk) -> None:
        is_new = await holding.add(desk, user_id, call.user_id)
        if not is_new and await holding.added_by(desk, user_id) != call.user_id:
            raise AlreadyAccountHolder  # and not the same form, sent twice

    return await _change(call, workspace, work)


async def appoint(call: Call, workspace: Workspace) -> Reply:
    fields = Form(call)
    user_id = await _member(workspace, fields, ids.DEPUTY_WHO)
    period = Period(fields.day(ids.DEPUTY_FROM), fields.day(ids.DEPUTY_UNTIL))
    fields.require_right()

    async def work(desk: DecidingDesk) -> None:
        seen = call.private_metadata.split(",")
        await holding.appoint(desk, user_id, call.user_id, period, seen=seen)

    return await _change(call, workspace, work)


async def _member(workspace: Workspace, fields: Form, field: str) -> str:
    """Whom somebody has chosen, a person of this workspace."""
    user_id = fields.member(field)
    if user_id:
        await check_member(workspace, fields, field, user_id)
    return user_id


async def remove(call: Call, workspace: Workspace) -> Reply:
    """The list shows what has become of it, also where a colleague was first."""
    refusal: AlreadyRemoved | HolderChanged | None = None
    try:
        async with workspace.deciding() as desk:
            await holding.remove_known(desk, call.value, call.user_id)
    except (AlreadyRemoved, HolderChanged) as already:
        refusal = already

    async def later() -> None:
        if refusal:
            said = explain(workspace.words, refusal, None).mrkdwn
            await open_view(call, workspace, told_view(workspace.words, said))
        await _list_again(call, workspace, call.view_id, page_number(call.private_metadata))

    return Reply(later=later)


async def _list_again(call: Call, workspace: Workspace, view_id: str, page: int) -> None:
    """Not for whoever has just removed themselves."""
    try:
        view = await _list(call, workspace, page)
    except NotAccountHolder:
        view = holding_ended_view(workspace.words)
    await replace_view(workspace, view_id, view)


async def _change(
    call: Call, workspace: Workspace, work: Callable[[DecidingDesk], Awaitable[None]]
) -> Reply:
    """The list from which the form was opened shows what has been done."""
    async with workspace.deciding() as desk:
        await work(desk)
    if not call.previous_view_id:
        return Reply()

    async def later() -> None:
        await _list_again(call, workspace, call.previous_view_id, 0)

    return Reply(later=later)
