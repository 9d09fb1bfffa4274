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


def field_error(words: Words, problem: str) -> str:
    """Beside a field: what is wrong with it, and what would be right."""
    errors = (_form_errors, _decision_errors, _question_errors, _code_errors)
    return {name: text for each in errors for name, text in each(words).items()}[problem]


def _form_errors(words: Words) -> dict[str, str]:
    _ = words.gettext
    return {
        "name_missing": _("Skriv et navn."),
        "name_too_long": _("Navnet er for langt. Bruk høyst 60 tegn."),
        "name_characters": _(
            "Navnet har tegn som ikke vises på skjermen. Skriv det inn på nytt for hånd."
        ),
        "email_missing": _("Skriv en e-postadresse."),
        "email_malformed": _("Dette er ikke en e-postadresse. Skriv den slik: navn@eksempel.no"),
        "role_missing": _("Velg hvilken rolle personen har."),
        "purpose_too_long": _("Teksten er for lang. Bruk høyst 200 tegn."),
        "purpose_characters": _(
            "Teksten har tegn som ikke vises på skjermen. Skriv den inn på nytt for hånd."
        ),
        "authority_missing": _(
            "Kryss av for representasjonsmyndighet. Uten den kan personen ikke få kode."
        ),
    }


def _decision_errors(words: Words) -> dict[str, str]:
    _ = words.gettext
    return {
        "reason_missing": _("Velg en grunn."),
        "message_missing": _("Skriv en melding når grunnen er Annet."),
        "message_too_long": _("Meldingen er for lang. Bruk høyst 500 tegn."),
        "message_characters": _(
            "Meldingen har tegn som ikke vises på skjermen. Skriv den inn på nytt for hånd."
        ),
    }


def _question_errors(words: Words) -> dict[str, str]:
    _ = words.gettext
    return {
        "question_missing": _("Skriv et spørsmål."),
        "question_too_long": _("Spørsmålet er for langt. Bruk høyst 1000 tegn."),
        "question_characters": _(
            "Spørsmålet har tegn som ikke vises på skjermen. Skriv det inn på nytt for hånd."
        ),
    }


def _code_errors(words: Words) -> dict[str, str]:
    """Refused by the ledger or found in the form: it is the same to the person who pasted."""
    return {
        "code_written": words.gettext(
            "Her står det en godkjenningskode. Den er hemmelig, så ta den bort."
        ),
        "code_malformed": words.plain_prose("refusals/CodeMalformed"),
        "code_missing": words.plain_prose("refusals/CodeMissing"),
        "code_taken": words.plain_prose("refusals/CodeTaken"),
    }
