"""See what has happened: all of it, what is about a person, what is about a code."""

from dataclasses import dataclass

from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.pages import page_number, page_within
from handlers.views import opening, showing_again
from storage import history
from templates import history as screens
from templates import ids

PAGE = 15


@dataclass(frozen=True, slots=True)
class _Place:
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


async def _shown(call: Call, workspace: Workspace, place: _Place) -> View:
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        about = await history.looked_for(desk, place.person, place.code)
        count = await history.count(desk, about)
        page, pages = page_within(place.page, count, PAGE)
        events = await history.page(desk, about, count, most=PAGE, skip=page * PAGE)
    searched = screens.Searched(place.person, place.code, count)
    return screens.history_view(workspace.words, events, searched=searched, page=page, pages=pages)
