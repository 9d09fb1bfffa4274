"""The one place that answers when something was refused, or went wrong, in words."""

import logging
from collections.abc import Mapping

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.views import View

from handlers.call import Call, Reply
from handlers.forms import Problems
from handlers.house import Workspace
from handlers.members import runs_it
from handlers.membership import NotKnown, OtherWorkspace
from handlers.messages import ephemeral, say_back, tell_directly
from handlers.situations import situation
from handlers.views import NotShown, NotShownNow, message_saying_which, open_view
from storage import events
from storage.database import DatabaseUnavailable
from storage.keys import SecretUnreadable
from storage.refusals import (
    AlreadyRegistered,
    CodeDatedAhead,
    CodeMalformed,
    CodeMissing,
    CodeTaken,
    CodeTooOld,
    NoOrganisation,
    OrganisationNotApproved,
    OrganisationThere,
    PeriodBackwards,
    PeriodPassed,
    PeriodTooLong,
    Refusal,
    SeveralOrganisations,
    ShortNameTaken,
    TermPassed,
    TermTooLong,
    UsedAfterEnd,
    UsedAhead,
    UsedBeforeMade,
)
from templates import ids, refusals
from templates.choosing import about
from templates.message import Message
from templates.mishaps import Mishap, explain_mishap
from templates.problems import problem_text
from templates.registering import (
    register_again_button,
    register_another_button,
    register_button,
)
from templates.situation import Situation
from templates.told import told_message, told_view
from templates.words import Words

log = logging.getLogger(__name__)

NAME_SECONDS = 1.0
"""How long a refusal waits for Slack to say who was first."""

_FIELDS: Mapping[type[Exception], str] = {
    **dict.fromkeys((CodeMalformed, CodeMissing, CodeTaken), ids.PASTED_CODE),
    **dict.fromkeys((CodeDatedAhead, CodeTooOld), ids.PASTED_MADE_ON),
    **dict.fromkeys((UsedAhead, UsedBeforeMade, UsedAfterEnd), ids.USED_ON),
    PeriodPassed: ids.DEPUTY_FROM,
    **dict.fromkeys((PeriodBackwards, PeriodTooLong), ids.DEPUTY_UNTIL),
    **dict.fromkeys((TermPassed, TermTooLong), ids.VALID_UNTIL),
    AlreadyRegistered: ids.EMAIL,
    ShortNameTaken: ids.SHORT_NAME,
    OrganisationThere: ids.ORGANISATION_NAME,
}
"""Beside which field a refusal stands that is about one."""

_FIELD_OF_VIEW = {
    ids.VIEW_DECLINE: ids.REASON,
    ids.VIEW_PASTE: ids.PASTED_CODE,
    ids.VIEW_NOTE_USE: ids.USED_SERVICE,
    ids.VIEW_ASK_HOLDER: ids.QUESTION,
    ids.VIEW_REPLY: ids.REPLY_TEXT,
    ids.VIEW_ADD_HOLDER: ids.NEW_HOLDER,
    ids.VIEW_DEPUTY: ids.DEPUTY_WHO,
    ids.VIEW_WITHDRAW_AUTHORITY: ids.CODES_THEN,
    ids.VIEW_REGISTER: ids.ORGANISATION_NAME,
    ids.VIEW_REFUSE_ORGANISATION: ids.VERDICT,
    ids.VIEW_SUSPEND_ORGANISATION: ids.VERDICT,
}
"""Where a refusal stands that is about no field: beside what sends the form."""


class ClockIsWrong(Exception):  # noqa: N818 - says what is
    """Our clock differs from Slack's, and what is decided has a time."""


def is_refusal(error: Exception) -> bool:
    """Whether this is an answer that stays, and no trouble of ours."""
    return isinstance(error, Refusal | OtherWorkspace | Problems)


async def answer(call: Call, workspace: Workspace, error: Exception) -> Reply:
    """What the person is told: beside the field, as an answer to the command, or in a modal."""
    if is_refusal(error) and not await _is_news(call, workspace):
        return Reply()
    if isinstance(error, Problems):
        words = workspace.words
        return _errors(
            {field: problem_text(words, problem) for field, problem in error.problems.items()}
        )
    seen = await _situation(call, workspace, error) if isinstance(error, Refusal) else None
    way = _way_on(workspace.words, error, seen)
    administrator = await runs_it(workspace, call.user_id) if way else None
    explanation = await _explain(call, workspace, error, seen, administrator=administrator)
    if administrator is False:
        way = None
    return in_words(call, workspace, explanation, _FIELDS.get(type(error)), way)


def _way_on(words: Words, error: Exception, seen: Situation | None) -> ButtonElement | None:
    """What an administrator can do about it there and then."""
    if isinstance(error, NoOrganisation):
        return register_button(words)
    if isinstance(error, OrganisationNotApproved) and error.organisation.is_refused:
        if seen is not None and seen.may_put_right:
            return register_again_button(words, error.organisation)
        return register_another_button(words)
    if isinstance(error, OrganisationThere):
        return register_another_button(words)
    return None


async def _is_news(call: Call, workspace: Workspace) -> bool:
    """Whether it is the first time that Slack tells us."""
    if not call.is_written_to_us:
        return True
    async with workspace.house.ledger.database.transaction() as transaction:
        return await events.take(transaction, call.event_id)


def in_words(
    call: Call,
    workspace: Workspace,
    explanation: refusals.Explanation,
    field: str | None = None,
    way: ButtonElement | None = None,
) -> Reply:
    """The explanation where the person looks: beside a field, or in the place of a form that has
    none; below the command; in a modal, and where Slack takes none, in a direct message. `way`:
    what can be done about it."""
    if call.kind == "submission":
        beside = field or _FIELD_OF_VIEW.get(call.id, ids.AUTHORITY)
        if not call.state:
            view = _view(workspace, explanation, way)
            return Reply({"response_action": "update", "view": view.to_dict()})
        return _errors({_block_of(call, beside): explanation.plain})
    if call.kind == "command":
        return ephemeral(_message(workspace, explanation, way))
    if not call.trigger_id and not call.is_written_to_us:
        return Reply()

    async def later() -> None:
        message = message_saying_which(workspace, _message(workspace, explanation, way))
        if call.is_written_to_us:
            await say_back(call, workspace, message)
            return
        try:
            view = _view(workspace, explanation, way)
            await open_view(call, workspace, view)
        except NotShown:
            await tell_directly(call, workspace, message)

    return Reply(later=later)


def _view(
    workspace: Workspace, explanation: refusals.Explanation, way: ButtonElement | None
) -> View:
    words = workspace.words
    return told_view(words, explanation.mrkdwn, way, which=_which(words, explanation))


def _message(
    workspace: Workspace, explanation: refusals.Explanation, way: ButtonElement | None
) -> Message:
    return told_message(explanation.mrkdwn, way, which=_which(workspace.words, explanation))


def _which(words: Words, explanation: refusals.Explanation) -> list[Block]:
    return about(words, explanation.name) if explanation.name else []


def _block_of(call: Call, field: str) -> str:
    """In which the field stands: of a form about another person its name has more to it. Where it
    is not asked for, in the first there is."""
    first = next(iter(call.state), field)
    return next((block for block, fields in call.state.items() if field in fields), first)


def _errors(errors: dict[str, str]) -> Reply:
    return Reply({"response_action": "errors", "errors": errors})


async def _explain(
    call: Call,
    workspace: Workspace,
    error: Exception,
    seen: Situation | None,
    *,
    administrator: bool | None,
) -> refusals.Explanation:
    if isinstance(error, Refusal):
        name = await _name_of_first(workspace, error) if call.kind == "submission" else ""
        return refusals.explain(
            workspace.words, error, seen, name_of_first=name, administrator=administrator
        )
    if isinstance(error, OtherWorkspace):
        return explain_mishap(workspace.words, Mishap.OTHER_WORKSPACE)
    if isinstance(error, ClockIsWrong):
        return explain_mishap(workspace.words, Mishap.CLOCK_IS_WRONG)  # of which the log has told
    if isinstance(error, NotShownNow):
        return explain_mishap(workspace.words, Mishap.NOT_SHOWN_NOW)
    if isinstance(error, NotShown):
        return explain_mishap(workspace.words, Mishap.NOT_SHOWN)  # what Slack said is in the log
    about = {"kind": call.kind, "call": call.id, "error": type(error).__name__}
    if isinstance(error, NotKnown):
        log.warning("member_not_known", extra=about)
        return explain_mishap(workspace.words, Mishap.MEMBER_NOT_KNOWN)
    if isinstance(error, DatabaseUnavailable):
        log.warning("database_unavailable", extra=about)
    else:
        log.error("call_failed", exc_info=error, extra={"kind": call.kind, "call": call.id})
    is_unreadable = isinstance(error, SecretUnreadable)
    return explain_mishap(
        workspace.words, Mishap.SECRET_UNREADABLE if is_unreadable else Mishap.TROUBLE
    )


async def _situation(call: Call, workspace: Workspace, refusal: Refusal) -> Situation | None:
    """Of the organisation that it is about."""
    if isinstance(refusal, OrganisationThere | OrganisationNotApproved):
        workspace = workspace.at(refusal.organisation.id, refusal.organisation.name)
    try:
        async with workspace.looking() as desk:
            return situation(desk.standing, desk.now, call.user_id)
    except (NoOrganisation, SeveralOrganisations):
        return None


async def _name_of_first(workspace: Workspace, refusal: Refusal) -> str:
    if refusal.by is None:
        return ""
    profile = await workspace.directory.profile_within(refusal.by, NAME_SECONDS)
    return profile.name if profile else ""
