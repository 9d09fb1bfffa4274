"""Every refusal in words: what happened, that nothing is lost, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.views import View

from storage.records import CodeRequest
from templates import ids
from templates.blocks import modal, paragraph
from templates.facts import decider
from templates.message import Message
from templates.words import Words


@dataclass(frozen=True)
class Facts:
    """What an explanation may want to mention."""

    holders: Sequence[str] = ()
    request: CodeRequest | None = None
    decided_by_name: str = ""
    suspended: bool = False
    account_holder: bool = False


@dataclass(frozen=True)
class Explanation:
    plain: str
    """For an error beside a field, where Slack knows no mentions: names are spelled out."""
    mrkdwn: str


def explain(words: Words, refusal: str, facts: Facts) -> Explanation:
    """A refusal by the name of its class: each has its own file in `texts/refusals/`."""
    template = f"refusals/{refusal}"
    known = {
        "state": facts.request.state if facts.request else None,
        "suspended": facts.suspended,
        "account_holder": facts.account_holder,
        "any_holder": bool(facts.holders),
    }
    who = decider(facts.request) if facts.request else None
    return Explanation(
        plain=words.plain_prose(
            template, holders=None, who=facts.decided_by_name.strip() or None, **known
        ),
        mrkdwn=words.prose(template, holders=words.mentions(facts.holders), who=who, **known),
    )


def told_view(words: Words, explanation: Explanation) -> View:
    return modal(
        ids.VIEW_TOLD,
        words.gettext("Godkjenningskode"),
        [paragraph(explanation.mrkdwn)],
        close=words.gettext("Lukk"),
    )


def told_home(words: Words, explanation: Explanation) -> View:
    """In the place of the Home tab, while there is nothing to do there."""
    return View(type="home", blocks=[paragraph(explanation.mrkdwn)])


def told_message(words: Words, explanation: Explanation) -> Message:
    """The same, as a message that only one person sees."""
    return Message.of(explanation.mrkdwn, [paragraph(explanation.mrkdwn)])
