"""A request of one's own that waits: what was asked for, of whom, and the way to take it back."""

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement

from storage.records import CodeRequest, RequestKind
from templates import ids
from templates.blocks import Fact, actions, button, confirm, heading, paragraph, table
from templates.facts import person_facts, purpose_facts, sent_fact
from templates.situation import Situation
from templates.words import Mrkdwn, Words


def waiting_request(words: Words, request: CodeRequest, situation: Situation) -> list[Block]:
    """Where somebody looks for what they wait for."""
    return [
        heading(words.gettext("Venter på svar")),
        paragraph(sent_to(words, request, situation)),
        *table(asked_for(words, request)),
        own_ways(words, request, situation),
    ]


def sent_to(words: Words, request: CodeRequest, situation: Situation) -> Mrkdwn:
    """To whom, and whether they can approve it."""
    refresh = request.kind is RequestKind.REFRESH
    nudged_at = request.nudged_at
    return words.prose(
        "notices/request_sent",
        holders=words.mentions(situation.holders),
        approved=situation.is_approved,
        refresh=refresh,
        nudged=words.moment(nudged_at) if nudged_at else None,
    )


def asked_for(words: Words, request: CodeRequest) -> list[Fact]:
    return [
        *person_facts(words, request.person),
        *purpose_facts(words, request.purpose),
        sent_fact(words, request.asked_at),
    ]


def own_ways(words: Words, request: CodeRequest, situation: Situation) -> ActionsBlock:
    """What whoever asked can do while it waits: an answer is asked for where somebody can give
    one."""
    nudge = button(words.gettext("Purre"), ids.NUDGE, request.id)
    return actions(_withdraw(words, request.id), *([] if situation.is_blocked else [nudge]))


def _withdraw(words: Words, request_id: str) -> ButtonElement:
    _ = words.gettext
    dialog = confirm(
        words,
        title=_("Trekke forespørselen?"),
        text=_("Kontoholderne får se at den er trukket. Du kan be om kode på nytt senere."),
        yes=_("Trekk forespørselen"),
    )
    return button(_("Trekk forespørselen"), ids.WITHDRAW_REQUEST, request_id, confirm=dialog)
