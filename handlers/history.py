"""See what has happened: all of it, what is about a person, what is about a code."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct
from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.files import send_file
from handlers.forms import Form
from handlers.house import Workspace
from handlers.pages import page_number, page_within
from handlers.views import opening, showing_again
from storage import history, members
from storage.audit import Event
from storage.records import ERASED, NOBODYS, OSLO
from templates import history as screens
from templates import ids

PAGE = 15

MOST_IN_FILE = 100_000
"""Rows; a sheet takes a million."""

PIECE = 2_000
"""How many of them are read at a time."""

MOST_ASKED, ASK_SECONDS = 20, 1.0
"""Of how many members Slack is asked what they are called, and how long it is waited for."""


class _Place(Struct, frozen=True):
    """Where in the history somebody is, and what they have looked for."""

    page: int = 0
    person: str = ""
    code: str = ""

    @classmethod
    def shown_in(cls, call: Call, page: int = 0) -> "_Place":
        fields = Form(call)
        person, code = (fields.searched(each) for each in (ids.HISTORY_PERSON, ids.HISTORY_CODE))
        return cls(page, person, code)


async def open_history(call: Call, workspace: Workspace) -> Reply:
    return opening(call, workspace, await _shown(call, workspace, _Place()))


async def turn_page(call: Call, workspace: Workspace) -> Reply:
    place = _Place.shown_in(call, page_number(call.value))
    return showing_again(call, workspace, await _shown(call, workspace, place))


async def send_search(call: Call, workspace: Workspace) -> Reply:
    view = await _shown(call, workspace, _Place.shown_in(call))
    return Reply({"response_action": "update", "view": view.to_dict()})


async def send_sheet(call: Call, workspace: Workspace) -> Reply:
    """All that is looked for, as a file; of more than a sheet has room for, the newest."""
    place = _Place.shown_in(call)
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        now = desk.now
    words = workspace.words

    async def read() -> Callable[[], bytes]:
        events, names = await _all(workspace, place)
        called = names | await _asked(workspace, events, names)
        return partial(screens.history_sheet, words, events, called)

    async def later() -> None:
        name = f"historikk-{now.astimezone(OSLO):%Y-%m-%d}.csv"
        await send_file(call, workspace, name, words.gettext("Historikk"), read)

    return Reply(later=later)


async def _all(workspace: Workspace, place: _Place) -> tuple[Sequence[Event], dict[str, str]]:
    """Piece by piece, each in a reading of its own: others get in between. What happens meanwhile
    may push what was read last into the next piece, and is there once."""
    async with workspace.looking() as desk:
        about = await history.looked_for(desk, place.person, place.code)
        count = await history.count(desk, about)
        names = await members.names(desk)
    events: dict[str, Event] = {}
    for skip in range(0, min(count, MOST_IN_FILE), PIECE):
        async with workspace.looking() as desk:
            piece = await history.page(desk, about, count, most=PIECE, skip=skip)
        events |= {event.id: event for event in piece}
    return list(events.values())[:MOST_IN_FILE], names


async def _asked(
    workspace: Workspace, events: Sequence[Event], names: Mapping[str, str]
) -> dict[str, str]:
    """What those are called of whom the ledger knows no name, where Slack tells in time."""
    ours = (event for event in events if not event.is_partners)
    ids_there = {each for event in ours for each in (event.actor, event.holder) if each}
    unknown = sorted(ids_there - names.keys() - {*NOBODYS, ERASED})[:MOST_ASKED]
    directory = workspace.directory
    told = await asyncio.gather(
        *(directory.profile_within(user_id, ASK_SECONDS) for user_id in unknown)
    )
    return {profile.user_id: profile.name for profile in told if profile and profile.name}


async def _shown(call: Call, workspace: Workspace, place: _Place) -> View:
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        about = await history.looked_for(desk, place.person, place.code)
        count = await history.count(desk, about)
        page, pages = page_within(place.page, count, PAGE)
        events = await history.page(desk, about, count, most=PAGE, skip=page * PAGE)
    searched = screens.Searched(place.person, place.code, count, is_cut=about.is_cut)
    return screens.history_view(workspace.words, events, searched=searched, page=page, pages=pages)
