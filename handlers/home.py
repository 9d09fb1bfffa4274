"""The bot's Home tab: everything the command does, for those who never type commands."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256

from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View

from handlers import choosing
from handlers.assistant import suggest_prompts
from handlers.call import Call, Reply
from handlers.homes import Shown
from handlers.house import Workspace
from handlers.members import runs_it
from handlers.membership import NotKnown, OtherWorkspace, look_up
from handlers.pages import REQUESTS_SHOWN
from handlers.situations import situation
from handlers.slack_errors import SLACK_FAILED, Kind, kind_of, name_of, wait_asked_for
from handlers.views import NotShown, publish_home
from storage import codes, requests, uses
from storage.database import DatabaseUnavailable
from storage.overview import overview
from storage.refusals import NoOrganisation, SeveralOrganisations
from templates import refusals
from templates.home import home_view
from templates.mishaps import Mishap, explain_mishap
from templates.registering import register_button
from templates.told import told_home

log = logging.getLogger(__name__)

CODES_SHOWN = 5
REQUESTS_TO_DECIDE = 5
CODES_ENDING = 10
"""Some of them one's own, which stand elsewhere."""

PROFILE_SECONDS = 3.0


async def opened(call: Call, workspace: Workspace) -> Reply:
    """The Home tab, or the conversation with the bot, which is a tab beside it."""
    show = _TABS.get(str(call.event.get("tab")))
    if show is None or not call.user_id:
        return Reply()

    async def later() -> None:
        try:  # the event does not tell where the person belongs
            await look_up(call, workspace, PROFILE_SECONDS)
        except (OtherWorkspace, NotKnown) as error:
            if show is show_home:
                await _stay_closed(call, workspace, error)
        else:
            await show(call, workspace)

    return Reply(later=later)


async def _stay_closed(call: Call, workspace: Workspace, error: Exception) -> None:
    """Shut, with a word about it; it opens when Slack has said that they belong here."""
    is_known = isinstance(error, OtherWorkspace)
    mishap = Mishap.OTHER_WORKSPACE if is_known else Mishap.MEMBER_NOT_KNOWN
    view = told_home(explain_mishap(workspace.words, mishap).mrkdwn)
    try:
        await publish_home(workspace, call.user_id, view)
    except SLACK_FAILED as failure:
        log.info("home_not_shown", extra={"error": name_of(failure)})


async def show_home(call: Call, workspace: Workspace) -> None:
    workspace.homes.opened(call.user_id)
    try:
        view, looks_after = await _home(workspace, call.user_id)
    except NoOrganisation as refusal:
        words, administrator = workspace.words, await runs_it(workspace, call.user_id)
        told = refusals.explain(words, refusal, None, administrator=administrator)
        way = None if administrator is False else register_button(words)
        view = told_home(told.mrkdwn, way)
        looks_after = False
    digest = _digest(view)
    view_hash = await publish_home(workspace, call.user_id, view)
    workspace.homes.keep(call.user_id, digest, view_hash, is_account_holder=looks_after)


def _digest(view: View) -> str:
    return sha256(json.dumps(view.to_dict(), sort_keys=True).encode()).hexdigest()


async def bring_up_to_date(workspace: Workspace, shown: Shown) -> None:
    """Publish somebody's Home anew, if what it shows has changed. Where something newer stands in
    its place, that is left."""
    known_by = shown.hash
    try:
        view, looks_after, workspace = await _home_of(workspace, shown.user_id)
        digest = _digest(view)
        if digest == shown.digest:
            workspace.homes.is_as_it_was()
            return
        view_hash = await publish_home(workspace, shown.user_id, view, known_by or None)
    except (NoOrganisation, NotShown):
        workspace.homes.forget(shown.user_id)
        return
    except DatabaseUnavailable:
        shown.has_changed = True
        return
    except SLACK_FAILED as failure:
        log.info("home_not_shown", extra={"error": name_of(failure)})
        _pass_over(workspace, shown, failure, known_by)
        return
    if not shown.is_opening:
        workspace.homes.keep(shown.user_id, digest, view_hash, is_account_holder=looks_after)


def _pass_over(workspace: Workspace, shown: Shown, failure: Exception, known_by: str) -> None:
    """What passes is tried again. Where another process has published since, it keeps it now; where
    this one has, it is kept by what that showed."""
    kind = kind_of(failure) if isinstance(failure, SlackApiError) else Kind.PASSING
    if isinstance(failure, SlackApiError) and (seconds := wait_asked_for(failure)) is not None:
        workspace.homes.pause(seconds)
    if kind is Kind.PASSING:
        shown.has_changed = True
    elif not shown.is_opening and shown.hash == known_by:
        workspace.homes.forget(shown.user_id)


_TABS: Mapping[str, Callable[[Call, Workspace], Awaitable[None]]] = {
    "home": show_home,
    "messages": suggest_prompts,
}


async def _home_of(workspace: Workspace, user_id: str) -> tuple[View, bool, Workspace]:
    """Of several organisations, of the one that is theirs, or that they have chosen."""
    try:
        return *await _home(workspace, user_id), workspace
    except SeveralOrganisations:
        meant = await choosing.at_theirs(workspace, user_id)
        return *await _home(meant, user_id), meant


async def _home(workspace: Workspace, user_id: str) -> tuple[View, bool]:
    """How it looks now, and whether the reader looks after the organisation's codes."""
    async with workspace.looking() as desk:
        seen = situation(desk.standing, desk.now, user_id)
        mine = await codes.list_codes(desk, of_user=user_id, most=CODES_SHOWN + 1)
        used = await uses.of_codes(desk, (code.id for code in mine), most=1)
        asked = await requests.all_pending_of(desk, user_id, most=REQUESTS_SHOWN)
        refreshes = await requests.refreshes_asked(desk)
        looks_after = seen.is_account_holder and seen.is_approved
        known = (
            await overview(desk, most_ending=CODES_ENDING, most_waiting=REQUESTS_TO_DECIDE)
            if looks_after
            else None
        )
    view = home_view(
        workspace.words,
        seen,
        codes=mine[:CODES_SHOWN],
        has_more=len(mine) > CODES_SHOWN,
        asked=asked,
        refreshes=refreshes,
        overview=known,
        used=used,
        administrator=seen.is_refused
        and seen.may_put_right
        and await runs_it(workspace, user_id) is not False,
    )
    return view, looks_after
