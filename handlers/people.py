"""Look after the register of authority: who may represent the organisation, and until when."""

import logging
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.directory import NotYet, Urgency
from handlers.forms import Form
from handlers.house import Workspace
from handlers.pages import page_number, page_within
from handlers.slack_errors import SLACK_FAILED, name_of
from handlers.telling.people import look_up
from handlers.views import open_view, opening, replace_view, showing_again
from storage import register, vouching
from storage.desk import Desk
from storage.records import Issuer, Person
from storage.refusals import SaidBefore, WordChanged
from storage.vouching import NOBODY, Seen, Term
from templates import ids
from templates import people as screens
from templates.refusals import explain
from templates.told import told_view

log = logging.getLogger(__name__)

PAGE = 10


class _Place(Struct, frozen=True):
    """Where in the list somebody is, and what they have looked for; a form that lies on it carries
    it as `2:ola`."""

    page: int = 0
    text: str = ""

    @classmethod
    def shown_in(cls, call: Call) -> "_Place":
        """In the list itself."""
        return cls(page_number(call.private_metadata), Form(call).searched(ids.PEOPLE_SEARCH))

    @classmethod
    def read(cls, text: str) -> "_Place":
        page, _, looked_for = text.partition(":")
        return cls(page_number(page), looked_for)

    def __str__(self) -> str:
        return f"{self.page}:{self.text}"


def _seen(text: str) -> Seen:
    person_id, _, confirmation_id = text.partition(":")
    return Seen(person_id, confirmation_id)


class _Form(Struct, frozen=True):
    """What a form that lies on the list carries with it."""

    place: _Place
    seen: Seen = NOBODY
    """Whom it is about, and on which word they stood as it was opened."""

    knows: str = ""
    """What a colleague has said that was read in it, by its id."""

    @classmethod
    def read(cls, text: str) -> "_Form":
        person_id, confirmation_id, knows, place = (*text.split(":", 3), "", "", "", "")[:4]
        return cls(_Place.read(place), Seen(person_id, confirmation_id), knows)

    @property
    def metadata(self) -> str:
        about = (self.seen.person_id, self.seen.confirmation_id, self.knows, self.place)
        return ":".join(map(str, about))


async def open_list(call: Call, workspace: Workspace) -> Reply:
    return opening(call, workspace, await _list(call, workspace, _Place()))


async def turn_page(call: Call, workspace: Workspace) -> Reply:
    place = _Place(page_number(call.value), _Place.shown_in(call).text)
    return showing_again(call, workspace, await _list(call, workspace, place))


async def look_for(call: Call, workspace: Workspace) -> Reply:
    """Something else is looked for: the list begins anew."""
    return showing_again(call, workspace, await _looked_for(call, workspace))


async def send_search(call: Call, workspace: Workspace) -> Reply:
    view = await _looked_for(call, workspace)
    return Reply({"response_action": "update", "view": view.to_dict()})


async def _looked_for(call: Call, workspace: Workspace) -> View:
    return await _list(call, workspace, _Place(0, _Place.shown_in(call).text))


async def _list(call: Call, workspace: Workspace, place: _Place) -> View:
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        count = await register.count(desk, place.text)
        page, pages = page_within(place.page, count, PAGE)
        listed = await register.page(desk, place.text, most=PAGE, skip=page * PAGE)
        now = desk.now
    found = screens.Found(place.text, count)
    return screens.people_view(workspace.words, listed, now, found=found, page=page, pages=pages)


async def open_adding(call: Call, workspace: Workspace) -> Reply:
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        desk.standing.require_answered()
    metadata = _Form(place=_Place.shown_in(call)).metadata
    return opening(call, workspace, screens.add_view(workspace.words, metadata=metadata))


async def add(call: Call, workspace: Workspace) -> Reply:
    fields, about = Form(call), _Form.read(call.private_metadata)
    details, last = fields.person(), fields.last_day()
    fields.require_authority()
    fields.require_right()
    try:
        async with workspace.deciding() as desk:
            person = await vouching.enter(
                desk, details, Term(last), call.user_id, knows=about.knows
            )
            now = desk.now
    except SaidBefore as said:
        view = screens.add_view(
            workspace.words,
            screens.Typed(details, last),
            said=said,
            metadata=replace(about, knows=said.id).metadata,
        )
        return Reply({"response_action": "update", "view": view.to_dict()})

    async def later() -> None:
        await _list_again(call, workspace, about.place)
        await _look_up(workspace, person, now)

    return Reply(later=later)


async def _look_up(workspace: Workspace, person: Person, now: datetime) -> None:
    """Who it is in Slack: whoever leaves it has authority no more. Where Slack does not tell, it is
    asked again when there is something to tell them."""
    try:
        await look_up(workspace, person, now, Urgency.IDLE)
    except (*SLACK_FAILED, NotYet) as failure:
        log.info("person_not_looked_up", extra={"error": name_of(failure)})


async def open_changing(call: Call, workspace: Workspace) -> Reply:
    form = _Form(_Place.shown_in(call), _seen(call.value))
    async with workspace.looking() as desk:
        entry = await _entry(desk, call.user_id, form.seen)
        now = desk.now
    view = screens.change_view(workspace.words, entry, now, metadata=form.metadata)
    return opening(call, workspace, view)


async def change(call: Call, workspace: Workspace) -> Reply:
    fields, form = Form(call), _Form.read(call.private_metadata)
    role, term = fields.role(), Term(fields.last_day())
    fields.require_authority()
    fields.require_right()
    async with workspace.deciding() as desk:
        await vouching.change(desk, form.seen, call.user_id, role, term)
    return _list_shows_it(call, workspace, form.place)


async def open_withdrawing(call: Call, workspace: Workspace) -> Reply:
    form = _Form(_Place.shown_in(call), _seen(call.value))
    async with workspace.looking() as desk:
        entry = await _entry(desk, call.user_id, form.seen)
        codes, requests = await vouching.count_beside(desk, entry.person)
        now, techsoup = desk.now, desk.organisation.issuer is Issuer.TECHSOUP
    view = screens.withdraw_view(
        workspace.words,
        entry,
        now,
        codes=codes,
        requests=requests,
        techsoup=techsoup,
        metadata=form.metadata,
    )
    return opening(call, workspace, view)


async def withdraw(call: Call, workspace: Workspace) -> Reply:
    fields, form = Form(call), _Form.read(call.private_metadata)
    revokes, declines = fields.ends(ids.CODES_THEN), fields.ends(ids.REQUESTS_THEN)
    fields.require_right()
    async with workspace.deciding() as desk:
        await vouching.withdraw(desk, form.seen, call.user_id, revokes=revokes, declines=declines)
    return _list_shows_it(call, workspace, form.place)


async def _entry(desk: Desk, user_id: str, seen: Seen) -> register.Registered:
    """
    Raises:
        NotAccountHolder, NotFound.
        WordChanged: it is not as it was shown.
    """
    desk.standing.require_account_holder(user_id)
    await vouching.require_unchanged(desk, seen)
    return await register.find(desk, seen.person_id)


async def confirm_again(call: Call, workspace: Workspace) -> Reply:
    """In the list, the list shows it; a message is brought up to date by itself."""
    changed: WordChanged | None = None
    try:
        async with workspace.deciding() as desk:
            await vouching.confirm_anew(desk, _seen(call.value), call.user_id)
    except WordChanged as refusal:
        changed = refusal

    async def later() -> None:
        if changed:
            said = explain(workspace.words, changed, None).mrkdwn
            await open_view(call, workspace, told_view(workspace.words, said))
        if call.callback_id == ids.VIEW_PEOPLE:
            view = await _list(call, workspace, _Place.shown_in(call))
            await replace_view(workspace, call.view_id, view)

    return Reply(later=later)


def _list_shows_it(call: Call, workspace: Workspace, place: _Place) -> Reply:
    """The list from which the form was opened."""

    async def later() -> None:
        await _list_again(call, workspace, place)

    return Reply(later=later)


async def _list_again(call: Call, workspace: Workspace, place: _Place) -> None:
    if call.previous_view_id:
        view = await _list(call, workspace, place)
        await replace_view(workspace, call.previous_view_id, view)
