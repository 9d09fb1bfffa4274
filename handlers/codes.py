"""Use the codes there are: list them, show one, have one refreshed, withdraw one."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.files import send_file
from handlers.forms import Form
from handlers.house import Workspace
from handlers.pages import REQUESTS_SHOWN, page_number, page_within
from handlers.situations import situation
from handlers.views import open_view, opening, replace_view, showing_again
from storage import code_lists, codes, making, noting, requests, sending, uses
from storage.codes import ShownCode
from storage.desk import Desk
from storage.noting import NewUse
from storage.records import NOT_USED, OSLO, Code, CodesListed, Issuer
from storage.refusals import AlreadyAsked, AlreadyReplaced, CodeRevoked, Refusal
from templates import codes as screens
from templates import ids
from templates.outcomes import refresh_asked_view, refreshed_view, withdrawn_view
from templates.using import MOST_USES, MOST_USES_IN_FILE, note_view, notes_uses

PAGE = 10

MOST_IN_FILE = 100_000
"""Rows; a sheet takes a million."""

REPEAT = timedelta(minutes=1)
"""How soon the same click by the same person is the same click."""


class _Place(Struct, frozen=True):
    """Where in which list somebody is, and what they have looked for among all. A list's view
    carries it as `all:2` or `mine:0`, and its fields the rest; a form that lies on it, whole, as
    `all:2:valid:ola`."""

    whole_organisation: bool
    page: int
    listed: CodesListed = CodesListed.ALL
    text: str = ""

    @classmethod
    def read(cls, text: str) -> "_Place":
        which, page, listed, looked_for = (*text.split(":", 3), "", "", "")[:4]
        known = next((each for each in CodesListed if each == listed), CodesListed.ALL)
        return cls(which == "all", page_number(page), known, looked_for)

    @classmethod
    def shown_in(cls, call: Call, page: int | None = None) -> "_Place":
        """In the list itself, or on another page of it."""
        fields, there = Form(call), cls.read(call.private_metadata)
        return cls(
            there.whole_organisation,
            there.page if page is None else page,
            fields.codes_listed(),
            fields.searched(ids.SEARCH),
        )

    def __str__(self) -> str:
        which = "all" if self.whole_organisation else "mine"
        return f"{which}:{self.page}:{self.listed}:{self.text}"


class _Shown(Struct, frozen=True):
    """A page of a list."""

    codes: Sequence[Code]
    page: int
    pages: int
    searched: screens.Searched | None = None


async def list_codes(call: Call, workspace: Workspace) -> Reply:
    """Mine, or for an account holder the organisation's."""
    return await _open_list(call, workspace, whole_organisation=True)


async def list_my_codes(call: Call, workspace: Workspace) -> Reply:
    return await _open_list(call, workspace, whole_organisation=False)


async def _open_list(call: Call, workspace: Workspace, *, whole_organisation: bool) -> Reply:
    view = await _list(call, workspace, _Place(whole_organisation, 0))
    return opening(call, workspace, view)


async def turn_page(call: Call, workspace: Workspace) -> Reply:
    view = await _list(call, workspace, _Place.shown_in(call, page_number(call.value)))
    return showing_again(call, workspace, view)


async def _list(call: Call, workspace: Workspace, place: _Place) -> View:
    async with workspace.looking() as desk:
        holder = desk.standing.is_account_holder(call.user_id)
        whole = place.whole_organisation and holder
        shown = await (_all(desk, place) if whole else _own(desk, call, place.page))
        used = await uses.of_codes(desk, (code.id for code in shown.codes), most=MOST_USES)
        page = shown.page
        # An account holder need not answer the request: refreshing settles it.
        waiting = []
        if not whole and not page:
            waiting = await requests.all_pending_of(desk, call.user_id, most=REQUESTS_SHOWN)
        asked = frozenset[str]()
        if not holder:
            asked = await requests.refreshes_asked(desk)
        seen = situation(desk.standing, desk.now, call.user_id)
    return screens.codes_view(
        workspace.words,
        shown.codes,
        seen,
        whole_organisation=whole,
        page=page,
        pages=shown.pages,
        asked=asked,
        waiting=waiting,
        searched=shown.searched,
        used=used,
    )


async def _own(desk: Desk, call: Call, wanted: int) -> _Shown:
    count = await codes.count_codes(desk, of_user=call.user_id)
    page, pages = page_within(wanted, count, PAGE)
    found = await codes.list_codes(desk, of_user=call.user_id, most=PAGE, skip=page * PAGE)
    return _Shown(found, page, pages)


async def _all(desk: Desk, place: _Place) -> _Shown:
    """What somebody looks for among all."""
    listed, text = place.listed, place.text
    counted = await code_lists.counts(desk, listed, text)
    page, pages = page_within(place.page, sum(counted), PAGE)
    found = await code_lists.page(desk, listed, text, counted, most=PAGE, skip=page * PAGE)
    return _Shown(found, page, pages, screens.Searched(listed, text, sum(counted)))


async def look_for(call: Call, workspace: Workspace) -> Reply:
    """Something else is looked for: the list begins anew."""
    view = await _looked_for(call, workspace)
    return showing_again(call, workspace, view)


async def send_search(call: Call, workspace: Workspace) -> Reply:
    view = await _looked_for(call, workspace)
    return Reply({"response_action": "update", "view": view.to_dict()})


async def _looked_for(call: Call, workspace: Workspace) -> View:
    sought = _Place.shown_in(call, 0)
    return await _list(call, workspace, replace(sought, whole_organisation=True))


async def send_list(call: Call, workspace: Workspace) -> Reply:
    """All that is looked for, as a file."""
    sought = _Place.shown_in(call)
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        now = desk.now
    words = workspace.words

    async def read() -> Callable[[], bytes]:
        async with workspace.looking() as desk:
            which = sought.listed, sought.text
            counted = await code_lists.counts(desk, *which)
            found = await code_lists.page(desk, *which, counted, most=MOST_IN_FILE, skip=0)
            there = (code.id for code in found)
            used = await uses.of_codes(desk, there, most=MOST_USES_IN_FILE)
            return partial(screens.codes_sheet, words, found, desk.now, used)

    async def later() -> None:
        title = words.gettext("Organisasjonens koder")
        name = f"koder-{now.astimezone(OSLO):%Y-%m-%d}.csv"
        await send_file(call, workspace, name, title, read)

    return Reply(later=later)


async def list_again(call: Call, workspace: Workspace) -> None:
    """The list in which something was done shows it."""
    view = await _list(call, workspace, _Place.shown_in(call))
    await replace_view(workspace, call.view_id, view)


async def show_code(call: Call, workspace: Workspace) -> Reply:
    """Of one that has been replaced, the way to the one that is there now."""
    try:
        async with workspace.asking() as desk:
            shown = await codes.show(desk, call.value, call.user_id)
            view = await view_of(desk, workspace, shown, call.user_id)
    except AlreadyReplaced:
        async with workspace.looking() as looking:
            newest = await codes.newest(looking, call.value, call.user_id)
        if newest is None:
            raise
        view = screens.newer_view(workspace.words, newest)
    return opening(call, workspace, view)


async def view_of(desk: Desk, workspace: Workspace, shown: ShownCode, reader: str) -> View:
    """An account holder says that it is sent, where its person does not see it in Slack."""
    code, seen = shown.code, situation(desk.standing, desk.now, reader)
    used = await uses.of_codes(desk, [code.id], most=MOST_USES)
    is_senders = code.user_id is None and desk.standing.is_account_holder(reader)
    return screens.code_view(
        workspace.words,
        code,
        shown.text,
        seen,
        has_asked=code.id in await requests.refreshes_asked(desk),
        sent_from=desk.organisation.name if is_senders else None,
        used=used.get(code.id, NOT_USED),
        is_noted=notes_uses(seen, code),
    )


async def mark_sent(call: Call, workspace: Workspace) -> Reply:
    """Where the code itself stands it goes on standing; elsewhere the copies show who sent it."""
    async with workspace.deciding() as desk:
        await sending.note_sent(desk, call.value, call.user_id)
        if call.callback_id != ids.VIEW_CODE:
            return Reply()
        shown = await codes.still_shown(desk, call.value, call.user_id)
        view = await view_of(desk, workspace, shown, call.user_id)
    return showing_again(call, workspace, view)


async def refresh_code(call: Call, workspace: Workspace) -> Reply:
    """At once for an account holder, a request to them for anybody else."""
    try:
        async with workspace.deciding() as desk:
            if not desk.standing.is_account_holder(call.user_id):
                await requests.ask_refresh(desk, call.value, call.user_id)
                done = refresh_asked_view(workspace.words)
            elif desk.organisation.issuer is Issuer.TECHSOUP:
                return await _ask_for_pasted(call, workspace, desk)
            else:
                new_id = await making.refresh(desk, call.value, call.user_id)
                new = await codes.find(desk, new_id)
                done = refreshed_view(workspace.words, new, call.user_id)
    except AlreadyAsked:
        # The same click twice in a list: it is as was wanted, and the list shows it.
        if call.callback_id != ids.VIEW_CODES:
            raise
        done = refresh_asked_view(workspace.words)
    except AlreadyReplaced:
        newer = await _pass_over_repeat(call, workspace, call.value)
        done = refreshed_view(workspace.words, newer, call.user_id)
    return _done(call, workspace, done)


async def _pass_over_repeat(call: Call, workspace: Workspace, code_id: str) -> Code | None:
    """The same person did the same a moment ago: no error after success; the code there is now."""
    async with workspace.looking() as desk:
        newer = await codes.successor(desk, code_id)
        now = desk.now
    is_repeat = newer and newer.made_by == call.user_id and now - newer.made_at < REPEAT
    if not is_repeat and call.callback_id != ids.VIEW_CODES:
        raise AlreadyReplaced
    return newer


async def _ask_for_pasted(call: Call, workspace: Workspace, desk: Desk) -> Reply:
    desk.standing.require_approved()
    code = await codes.require_refreshable(desk, call.value)
    view = screens.paste_view(workspace.words, code, desk.now)
    return opening(call, workspace, view)


async def refresh_with_pasted(call: Call, workspace: Workspace) -> Reply:
    fields = Form(call)
    pasted = fields.pasted_code()
    fields.require_right()
    try:
        async with workspace.deciding() as desk:
            await making.refresh(desk, call.private_metadata, call.user_id, pasted)
    except AlreadyReplaced:
        await _pass_over_repeat(call, workspace, call.private_metadata)
    if call.root_view_id in ("", call.view_id):
        return Reply()

    async def later() -> None:
        view = await _list(call, workspace, _Place(True, 0))
        await replace_view(workspace, call.root_view_id, view)

    return Reply(later=later)


async def revoke_code(call: Call, workspace: Workspace) -> Reply:
    try:
        async with workspace.deciding() as desk:
            techsoup = desk.organisation.issuer is Issuer.TECHSOUP
            await making.revoke(desk, call.value, call.user_id)
    except CodeRevoked:
        if call.callback_id != ids.VIEW_CODES:
            raise
    return _done(call, workspace, withdrawn_view(workspace.words, techsoup=techsoup))


async def open_noting(call: Call, workspace: Workspace) -> Reply:
    """That a code was used is said in a form, over the list or the code."""
    async with workspace.looking() as desk:
        code = await noting.require_notable(desk, call.value, call.user_id)
        when_good = noting.when_good(code, desk.now)
    beneath = _Place.shown_in(call) if call.callback_id == ids.VIEW_CODES else ""
    view = note_view(workspace.words, code, when_good, metadata=f"{code.id}:{beneath}")
    return opening(call, workspace, view)


async def note_use(call: Call, workspace: Workspace) -> Reply:
    """What lies beneath shows it, unless it is not to be shown any more."""
    fields = Form(call)
    service, day = fields.service(), fields.day(ids.USED_ON)
    fields.require_right()
    code_id, _, beneath = call.private_metadata.partition(":")
    new = NewUse(service, day, call.submission(service, day.isoformat()))
    async with workspace.deciding() as desk:
        await noting.note(desk, code_id, call.user_id, new)

    async def later() -> None:
        with suppress(Refusal):
            if beneath:
                view = await _list(call, workspace, _Place.read(beneath))
            else:
                view = await _code_again(call, workspace, code_id)
            await replace_view(workspace, call.previous_view_id, view)

    return Reply(later=later if call.previous_view_id else None)


async def _code_again(call: Call, workspace: Workspace, code_id: str) -> View:
    async with workspace.looking() as desk:
        shown = await codes.still_shown(desk, code_id, call.user_id)
        return await view_of(desk, workspace, shown, call.user_id)


def _done(call: Call, workspace: Workspace, done: View) -> Reply:
    """In a list, the list shows what was done; elsewhere a word about it."""

    async def later() -> None:
        if call.callback_id == ids.VIEW_CODES:
            await list_again(call, workspace)
        else:
            await open_view(call, workspace, done)

    return Reply(later=later)
