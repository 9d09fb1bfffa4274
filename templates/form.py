"""The form: ask for a code, or, for an account holder, make one."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    DatePickerElement,
    EmailInputElement,
    InputBlock,
    PlainTextInputElement,
    RadioButtonsElement,
    UserSelectElement,
)
from slack_sdk.models.views import View

from storage.records import CODE_LIFETIME, OSLO
from storage.refusals import DeclinedBefore, SaidBefore
from templates import ids
from templates.blocks import (
    field,
    modal,
    option,
    paragraph,
    plain,
    plain_paragraph,
    select,
    table,
)
from templates.facts import decided_before, decider, hint, roles, until
from templates.situation import Situation
from templates.words import Words, mention_of

LONGEST_NAME = 60
LONGEST_EMAIL = 254
LONGEST_PURPOSE = 200
LONGEST_PASTED = 500
"""With what people paste along with a code."""

CONFIRMED = "confirmed"


class ForWhom(StrEnum):
    """Whom a code is for, as whoever asks for it chooses."""

    ME = "me"
    COLLEAGUE = "colleague"
    OUTSIDER = "outsider"
    """Somebody who is not in Slack."""


class Chosen(Struct, frozen=True):
    """For whom, and of colleagues which."""

    for_whom: ForWhom = ForWhom.ME
    colleague: str | None = None

    @property
    def is_me(self) -> bool:
        return self.for_whom is ForWhom.ME

    @property
    def about(self) -> str:
        """What the fields about a person are about: with another one they begin anew."""
        return "" if self.is_me else self.colleague or self.for_whom


class Prefill(Struct, frozen=True):
    """What Slack knows of the person whom the code is for."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""


def skeleton(words: Words, situation: Situation) -> View:
    """What is shown while the form is being fetched."""
    _ = words.gettext
    blocks = [
        plain_paragraph(_("Henter skjemaet …")),
        plain_paragraph(_("Blir det stående slik, kan du lukke og prøve på nytt.")),
    ]
    return _frame(words, situation, blocks, ready=False)


def request_form(
    words: Words,
    situation: Situation,
    prefill: Prefill,
    chosen: Chosen | None = None,
    *,
    said: SaidBefore | None = None,
) -> View:
    """`said`: what a colleague has said of the person; then the word on their authority is asked
    for once more, by somebody who has read it."""
    chosen = chosen or Chosen()
    holder = situation.is_account_holder
    paste = holder and situation.has_codes_of_techsoup
    lead = words.prose("form", account_holder=holder, paste=paste)
    blocks = [
        paragraph(lead),
        *(_beside(words, situation) if chosen.is_me else []),
        *_for_whom(words, chosen),
        *person_fields(words, prefill, chosen.about),
        _role(words, chosen.about),
        _purpose(words),
        *(
            _in_spite_of(words, situation, said)
            if said
            else [_authority(words, chosen, makes=holder)]
        ),
    ]
    if paste:
        blocks += pasted_code(words, situation.now)
    view = _frame(words, situation, blocks, ready=True)
    view.private_metadata = said.id if said else None
    return view


def _beside(words: Words, situation: Situation) -> list[Block]:
    """What somebody who begins a new one may have forgotten that they have or wait for."""
    member = situation.member
    if member is None or not (member.valid or member.waiting):
        return []
    code = max(member.valid, key=lambda each: each.expires_at, default=None)
    sent = member.waiting.asked_at if member.waiting else None
    text = words.prose(
        "form_beside",
        count=len(member.valid),
        more=member.waits_for_more,
        code=hint(code) if code else None,
        until=until(words, code.expires_at, situation.now) if code else None,
        sent=words.date(sent) if sent else None,
    )
    return [paragraph(text)]


def _in_spite_of(words: Words, situation: Situation, said: SaidBefore) -> list[Block]:
    """Where the form was sent from, and where one still looks: what a colleague has said of the
    person, and the word on them."""
    if not isinstance(said, DeclinedBefore):
        lead = words.prose("refusals/withdrawn_before", who=mention_of(said.by))
        return [paragraph(lead), _of_the_person(words, about=said.id)]
    declined = said.request
    oneself = situation.is_readers(declined.person)
    return [
        paragraph(words.prose("refusals/declined_before", who=decider(declined), oneself=oneself)),
        *table(decided_before(words, declined)),
        (_ones_own if oneself else _of_the_person)(words, about=said.id),
    ]


def _frame(words: Words, situation: Situation, blocks: Sequence[Block], *, ready: bool) -> View:
    _ = words.gettext
    if situation.is_account_holder:
        callback_id, title, submit = ids.VIEW_MAKE, _("Ny godkjenningskode"), _("Lag kode")
    else:
        callback_id, title, submit = ids.VIEW_ASK, _("Be om godkjenningskode"), _("Send")
    return modal(callback_id, title, blocks, close=_("Avbryt"), submit=submit if ready else None)


def _for_whom(words: Words, chosen: Chosen) -> list[InputBlock]:
    _ = words.gettext
    named = {
        ForWhom.ME: _("Meg"),
        ForWhom.COLLEAGUE: _("En kollega"),
        ForWhom.OUTSIDER: _("En utenfor Slack"),
    }
    options = {each: option(label, each) for each, label in named.items()}
    choice = RadioButtonsElement(
        action_id=ids.FOR_WHOM,
        options=list(options.values()),
        initial_option=options[chosen.for_whom],
    )
    asked = field(_("Hvem er koden til?"), choice, acts=True)
    if chosen.for_whom is not ForWhom.COLLEAGUE:
        return [asked]
    colleague = UserSelectElement(
        action_id=ids.COLLEAGUE,
        placeholder=plain(_("Velg kollega")),
        initial_user=chosen.colleague,
    )
    return [asked, field(_("Kollega"), colleague, acts=True)]


def person_fields(words: Words, prefill: Prefill, about: str) -> list[InputBlock]:
    _ = words.gettext
    address = EmailInputElement(
        action_id=ids.EMAIL, initial_value=_initial(prefill.email, LONGEST_EMAIL)
    )
    first = _text(ids.FIRST_NAME, LONGEST_NAME, prefill.first_name)
    last = _text(ids.LAST_NAME, LONGEST_NAME, prefill.last_name)
    return [
        field(_("Fornavn"), first, about=about),
        field(_("Etternavn"), last, about=about),
        field(_("E-post"), address, about=about),
    ]


def _text(action_id: str, longest: int, value: str = "") -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=action_id, max_length=longest, initial_value=_initial(value, longest)
    )


def _initial(value: str, longest: int) -> str | None:
    return value[:longest] or None


def _role(words: Words, about: str) -> InputBlock:
    options = [option(label, role.value) for role, label in roles(words).items()]
    element = select(ids.ROLE, words.gettext("Velg rolle"), options)
    return field(words.gettext("Rolle i organisasjonen"), element, about=about)


def _purpose(words: Words) -> InputBlock:
    return field(
        words.gettext("Hva skal koden brukes til?"),
        _text(ids.PURPOSE, LONGEST_PURPOSE),
        hint=words.gettext("Skriv gjerne hvilket produkt eller hvilken tjeneste det gjelder."),
        optional=True,
    )


def _authority(words: Words, chosen: Chosen, *, makes: bool) -> InputBlock:
    """`makes`: whoever ticks it makes the code at once. Then it is their word on whomever they have
    typed (rule 2), also where they have not said beforehand that it is another."""
    if chosen.is_me:
        of_another = words.gettext("Er koden til en annen enn deg, gjelder det den personen.")
        return _ones_own(words, more=of_another if makes else "")
    return _of_the_person(words, about=chosen.about)


def _ones_own(words: Words, *, more: str = "", about: str = "") -> InputBlock:
    _ = words.gettext
    hint = _(
        "Du kjenner organisasjonen som helhet og kan representere den utad. "
        "Tittelen er ikke avgjørende."
    )
    statement = _("Jeg har representasjonsmyndighet i organisasjonen")
    return authority_field(words, statement, more=more, hint=hint, about=about)


def _of_the_person(words: Words, *, about: str) -> InputBlock:
    """Whoever it is that they have typed."""
    statement = words.gettext("Personen har representasjonsmyndighet i organisasjonen")
    return authority_field(words, statement, about=about)


def authority_field(
    words: Words, statement: str, *, more: str = "", hint: str = "", about: str = ""
) -> InputBlock:
    """One checkbox that has to be ticked every time (rule 2), and anew for another person."""
    of_another = words.gettext(
        "Personen kjenner organisasjonen som helhet og kan representere den utad. "
        "Tittelen er ikke avgjørende."
    )
    return field(
        words.gettext("Representasjonsmyndighet"),
        CheckboxesElement(action_id=ids.AUTHORITY, options=[option(statement, CONFIRMED, more)]),
        hint=hint or of_another,
        about=about,
    )


def pasted_code(words: Words, now: datetime) -> list[InputBlock]:
    """Where a code that TechSoup has made is pasted in, and the day it was made: from then on it is
    valid (rule 3)."""
    element = PlainTextInputElement(
        action_id=ids.PASTED_CODE,
        max_length=LONGEST_PASTED,
        placeholder=plain("123a4567@MyNGOname"),
    )
    today = now.astimezone(OSLO).date()
    return [
        field(
            words.gettext("Koden fra TechSoup"),
            element,
            hint=words.gettext("Kopier hele koden hos TechSoup, og lim den inn her."),
        ),
        field(
            words.gettext("Laget hos TechSoup"),
            DatePickerElement(action_id=ids.PASTED_MADE_ON, initial_date=today.isoformat()),
            hint=words.gettext(
                "Velg dagen koden ble laget. Den er gyldig i %(days)d dager fra da.",
                days=CODE_LIFETIME.days,
            ),
        ),
    ]
