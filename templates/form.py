"""The form: ask for a code, or, for an account holder, make one."""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    EmailInputElement,
    InputBlock,
    PlainTextInputElement,
)
from slack_sdk.models.views import View

from templates import ids
from templates.blocks import field, modal, option, paragraph, plain, plain_paragraph, select
from templates.facts import roles
from templates.situation import Situation
from templates.words import Words

LONGEST_NAME = 60
LONGEST_EMAIL = 254
LONGEST_PURPOSE = 200
LONGEST_CODE = 128
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Prefill:
    """What Slack knows of the person who opens the form."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""


def skeleton(words: Words, situation: Situation) -> View:
    """What is shown while the form is being fetched."""
    blocks = [plain_paragraph(words.gettext("Henter skjemaet …"))]
    return _frame(words, situation, blocks, ready=False)


def request_form(words: Words, situation: Situation, prefill: Prefill) -> View:
    holder = situation.is_account_holder
    paste = holder and situation.has_codes_of_techsoup
    lead = words.prose("form", account_holder=holder, paste=paste)
    blocks = [
        paragraph(lead),
        *_person_fields(words, prefill),
        _role(words),
        _purpose(words),
        authority_field(
            words,
            words.gettext("Personen har representasjonsmyndighet i organisasjonen"),
        ),
    ]
    if paste:
        blocks.append(pasted_code(words))
    return _frame(words, situation, blocks, ready=True)


def _frame(words: Words, situation: Situation, blocks: Sequence[Block], *, ready: bool) -> View:
    _ = words.gettext
    if situation.is_account_holder:
        callback_id, title, submit = ids.VIEW_MAKE, _("Ny godkjenningskode"), _("Lag kode")
    else:
        callback_id, title, submit = ids.VIEW_ASK, _("Be om godkjenningskode"), _("Send")
    return modal(callback_id, title, blocks, close=_("Avbryt"), submit=submit if ready else None)


def _person_fields(words: Words, prefill: Prefill) -> list[InputBlock]:
    _ = words.gettext
    return [
        field(_("Fornavn"), _text(ids.FIRST_NAME, LONGEST_NAME, prefill.first_name)),
        field(_("Etternavn"), _text(ids.LAST_NAME, LONGEST_NAME, prefill.last_name)),
        field(
            _("E-post"),
            EmailInputElement(
                action_id=ids.EMAIL, initial_value=_initial(prefill.email, LONGEST_EMAIL)
            ),
        ),
    ]


def _text(action_id: str, longest: int, value: str = "") -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=action_id, max_length=longest, initial_value=_initial(value, longest)
    )


def _initial(value: str, longest: int) -> str | None:
    return value[:longest] or None


def _role(words: Words) -> InputBlock:
    options = [option(label, role.value) for role, label in roles(words).items()]
    element = select(ids.ROLE, words.gettext("Velg rolle"), options)
    return field(words.gettext("Rolle i organisasjonen"), element)


def _purpose(words: Words) -> InputBlock:
    return field(
        words.gettext("Hva skal koden brukes til?"),
        _text(ids.PURPOSE, LONGEST_PURPOSE),
        hint=words.gettext("Skriv gjerne hvilket produkt eller hvilken tjeneste det gjelder."),
        optional=True,
    )


def authority_field(words: Words, statement: str) -> InputBlock:
    """One checkbox that has to be ticked every time (rule 2)."""
    return field(
        words.gettext("Representasjonsmyndighet"),
        CheckboxesElement(action_id=ids.AUTHORITY, options=[option(statement, CONFIRMED)]),
        hint=words.gettext(
            "Personen kjenner organisasjonen som helhet og kan representere den utad. "
            "Tittelen er ikke avgjørende."
        ),
    )


def pasted_code(words: Words) -> InputBlock:
    """Where a code that TechSoup has made is pasted in."""
    element = PlainTextInputElement(
        action_id=ids.PASTED_CODE,
        max_length=LONGEST_CODE,
        placeholder=plain("123a4567@MyNGOname"),
    )
    return field(
        words.gettext("Koden fra TechSoup"),
        element,
        hint=words.gettext("Kopier hele koden hos TechSoup, og lim den inn her."),
    )
