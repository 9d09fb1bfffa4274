"""The one place that answers when something was refused, or went wrong, in words."""

import logging

from handlers.call import Call, Reply
from handlers.forms import Problems
from handlers.messages import ephemeral
from handlers.services import Services
from handlers.views import open_view
from storage import organisations
from storage.keys import SecretUnreadable
from storage.records import OrganisationState
from storage.refusals import AlreadyDecided, NotFound, Refusal
from templates import ids, refusals
from templates.problems import problem_text

log = logging.getLogger(__name__)

NAME_SECONDS = 1.0
"""How long a refusal waits for Slack to say who decided."""

_FIELDS = {
    "CodeMalformed": ids.PASTED_CODE,
    "CodeMissing": ids.PASTED_CODE,
    "CodeTaken": ids.PASTED_CODE,
}
_FIELD_OF_VIEW = {
    ids.VIEW_DECLINE: ids.REASON,
    ids.VIEW_PASTE: ids.PASTED_CODE,
    ids.VIEW_ASK_HOLDER: ids.QUESTION,
}
"""Where a refusal stands that is about no field: beside what sends the form."""


class OtherWorkspace(Refusal):
    """Somebody of another workspace, as in a channel shared over Slack Connect."""


async def answer(call: Call, services: Services, error: Exception) -> Reply:
    """What the person is told: beside the field, as an answer to the command, or in a modal."""
    if isinstance(error, Problems):
        words = services.words
        return _errors(
            {field: problem_text(words, problem) for field, problem in error.problems.items()}
        )
    field = _FIELDS.get(type(error).__name__)
    return in_words(call, services, await _explain(call, services, error), field)


def in_words(
    call: Call, services: Services, explanation: refusals.Explanation, field: str | None = None
) -> Reply:
    """The explanation where the person looks: beside a field, below the command, in a modal."""
    if call.kind == "submission":
        beside = field or _FIELD_OF_VIEW.get(call.id, ids.AUTHORITY)
        return _errors({beside: explanation.plain})
    if call.kind == "command":
        return ephemeral(refusals.told_message(services.words, explanation))
    if not call.trigger_id:
        return Reply()

    async def later() -> None:
        await open_view(call, services, refusals.told_view(services.words, explanation))

    return Reply(later=later)


def _errors(errors: dict[str, str]) -> Reply:
    return Reply({"response_action": "errors", "errors": errors})


async def _explain(call: Call, services: Services, error: Exception) -> refusals.Explanation:
    known = isinstance(error, Refusal | SecretUnreadable)
    name = type(error).__name__ if known else "Trouble"
    if name in ("Trouble", "SecretUnreadable"):
        log.error("call_failed", exc_info=error, extra={"kind": call.kind, "call": call.id})
        return refusals.explain(services.words, name, refusals.Facts())
    return refusals.explain(services.words, name, await _facts(call, services, error))


async def _facts(call: Call, services: Services, error: Exception) -> refusals.Facts:
    if isinstance(error, OtherWorkspace):
        return refusals.Facts()
    try:
        async with services.database.reading() as transaction:
            standing = await organisations.standing_of_team(transaction, call.team_id)
    except NotFound:
        return refusals.Facts()
    return refusals.Facts(
        holders=standing.holders,
        request=error.request if isinstance(error, AlreadyDecided) else None,
        decided_by_name=await _decided_by(services, error) if call.kind == "submission" else "",
        suspended=standing.organisation.state is OrganisationState.SUSPENDED,
        account_holder=standing.is_account_holder(call.user_id),
    )


async def _decided_by(services: Services, error: Exception) -> str:
    decided_by = error.request.decided_by if isinstance(error, AlreadyDecided) else None
    if not decided_by:
        return ""
    profile = await services.directory.profile_within(decided_by, NAME_SECONDS)
    return profile.name if profile else ""
