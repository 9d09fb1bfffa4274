"""The register of authority on screen: the list, and its three forms."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    CheckboxesElement,
    DatePickerElement,
    DividerBlock,
    InputBlock,
    RadioButtonsElement,
)
from slack_sdk.models.views import View

from storage.records import Confirmation, PersonDetails, Role, just_before
from storage.refusals import DeclinedBefore, SaidBefore
from templates import ids
from templates.blocks import (
    LONGEST_SEARCH,
    Fact,
    actions,
    button,
    confirm,
    field,
    heading,
    modal,
    mrkdwn,
    option,
    pager,
    paragraph,
    plain,
    plain_paragraph,
    search_field,
    select,
    table,
    typed,
)
from templates.facts import person_facts, roles
from templates.form import Prefill, authority_field, person_fields
from templates.words import Words, mention, mention_of

if TYPE_CHECKING:
    from storage.register import Registered

__all__ = ["LONGEST_SEARCH"]

NO_END = "no_end"
KEEP = "keep"
END = "end"
"""What becomes of the codes, or of the requests, of whoever has authority no more."""


class Found(Struct, frozen=True):
    """What was looked for in the register, and how many there are of it."""

    text: str = ""
    count: int = 0


def people_view(
    words: Words,
    listed: Sequence["Registered"],
    now: datetime,
    *,
    found: Found,
    page: int,
    pages: int,
) -> View:
    """Those in the register; the first page is 0."""
    _ = words.gettext
    add = button(_("Legg til person"), ids.ADD_PERSON, style="primary")
    if listed or found.text:
        count = words.ngettext("%(count)d person", "%(count)d personer", found.count)
        blocks = [
            search_field(words, ids.PEOPLE_SEARCH, found.text, _("Navn eller e-post")),
            plain_paragraph(count),
            actions(add),
            *(block for each in listed for block in _listed(words, each, now)),
            *([] if listed else [paragraph(words.prose("nobody_found"))]),
            *pager(
                words, page=page, pages=pages, back=ids.PEOPLE_PAGE_BACK, forward=ids.PEOPLE_PAGE
            ),
        ]
    else:
        blocks = [paragraph(words.prose("nobody_registered")), actions(add)]
    return modal(
        ids.VIEW_PEOPLE,
        _("Personer"),
        blocks,
        close=_("Lukk"),
        submit=_("Søk") if listed or found.text else None,
        metadata=str(page),
    )


def people_button(words: Words) -> ButtonElement:
    return button(words.gettext("Personer"), ids.PEOPLE)


def _listed(words: Words, entry: "Registered", now: datetime) -> list[Block]:
    _ = words.gettext
    ways = [
        confirm_button(words, entry, asks_first=True),
        button(_("Endre"), ids.CHANGE_PERSON, key_of(entry)),
        button(_("Trekk myndigheten"), ids.WITHDRAW_AUTHORITY, key_of(entry), style="danger"),
    ]
    return [
        heading(entry.person.name),
        *table([(_("E-post"), typed(entry.person.email)), *word_facts(words, entry.word, now)]),
        actions(*ways),
        DividerBlock(),
    ]


def key_of(entry: "Registered") -> str:
    """Who it is, and on which word they stand as it is shown."""
    return f"{entry.person.id}:{entry.word.id}"


def word_facts(words: Words, word: Confirmation, now: datetime) -> list[Fact]:
    _ = words.gettext
    who, date = mention(word.confirmed_by), words.date(word.confirmed_at)
    return [
        (_("Rolle"), plain(roles(words)[word.role])),
        (_("Bekreftet"), mrkdwn(_("%(date)s av %(who)s", date=date, who=who))),
        (_("Myndighet"), plain(lasts(words, word, now))),
    ]


def lasts(words: Words, word: Confirmation, now: datetime) -> str:
    """For how long a word holds, or since when it does not."""
    _ = words.gettext
    if word.valid_until is None:
        return _("Uten sluttdato")
    last = words.last_day(word.valid_until)
    if not word.holds_at(now):
        return _("Gikk ut %(date)s", date=last)
    days = words.days_left(word.valid_until, now)
    left = _("%(days)s igjen", days=words.days(days)) if days else _("i dag")
    return _("Gjelder til %(date)s (%(left)s)", date=last, left=left)


def confirm_button(words: Words, entry: "Registered", *, asks_first: bool) -> ButtonElement:
    """`asks_first`: where many buttons stand side by side. Then it is said how long it holds."""
    _ = words.gettext
    text = _("Du bekrefter at %(name)s har representasjonsmyndighet.", name=entry.person.name)
    until = entry.prolonged
    holds = (
        _("Den gjelder til %(date)s.", date=words.last_day(until))
        if until
        else _("Den gjelder til noen trekker den.")
    )
    dialog = confirm(words, title=_("Bekrefte på nytt?"), text=f"{text} {holds}", yes=_("Bekreft"))
    return button(
        _("Bekreft på nytt"),
        ids.CONFIRM_AGAIN,
        key_of(entry),
        confirm=dialog if asks_first else None,
    )


class Typed(Struct, frozen=True):
    """A form as it was sent."""

    details: PersonDetails
    last: date | None


def add_view(
    words: Words, typed: Typed | None = None, *, said: SaidBefore | None = None, metadata: str
) -> View:
    """`said`: then the word on their authority is asked for once more, by somebody who has read
    it, where the form was sent from."""
    _ = words.gettext
    known = typed.details if typed else None
    prefill = Prefill(known.first_name, known.last_name, known.email) if known else Prefill()
    return modal(
        ids.VIEW_ADD_PERSON,
        _("Legg til person"),
        [
            paragraph(words.prose("add_person")),
            *person_fields(words, prefill, ""),
            _role(words, known.role if known else None),
            _until(words, typed.last if typed else None),
            *([paragraph(_in_spite_of(words, said))] if said else []),
            _word(words, about=said.id if said else ""),
        ],
        close=_("Avbryt"),
        submit=_("Legg til"),
        metadata=metadata,
    )


def _in_spite_of(words: Words, said: SaidBefore) -> str:
    declined = isinstance(said, DeclinedBefore)
    return words.prose("said_before", who=mention_of(said.by), declined=declined)


def change_view(words: Words, entry: "Registered", now: datetime, *, metadata: str) -> View:
    _ = words.gettext
    until = entry.word.valid_until
    last = just_before(until).date() if until else None
    return modal(
        ids.VIEW_CHANGE_PERSON,
        _("Endre"),
        [
            *_about(words, entry, now),
            _role(words, entry.word.role),
            _until(words, last if entry.word.holds_at(now) else None),
            *([_no_end(words)] if last else []),
            _word(words),
        ],
        close=_("Avbryt"),
        submit=_("Lagre"),
        metadata=metadata,
    )


def withdraw_view(
    words: Words,
    entry: "Registered",
    now: datetime,
    *,
    codes: int,
    requests: int,
    techsoup: bool,
    metadata: str,
) -> View:
    """`codes` and `requests`: how many of theirs are good, and wait."""
    _ = words.gettext
    return modal(
        ids.VIEW_WITHDRAW_AUTHORITY,
        _("Trekk myndigheten"),
        [
            paragraph(words.prose("withdraw_authority", codes=bool(codes), techsoup=techsoup)),
            *_about(words, entry, now),
            *([_codes_then(words, codes)] if codes else []),
            *([_requests_then(words, requests)] if requests else []),
        ],
        close=_("Avbryt"),
        submit=_("Trekk myndigheten"),
        metadata=metadata,
    )


def _about(words: Words, entry: "Registered", now: datetime) -> list[Block]:
    return table([*person_facts(words, entry.person), *word_facts(words, entry.word, now)])


def _role(words: Words, role: Role | None) -> InputBlock:
    options = {each: option(label, each.value) for each, label in roles(words).items()}
    element = select(ids.ROLE, words.gettext("Velg rolle"), list(options.values()))
    element.initial_option = options[role] if role else None
    return field(words.gettext("Rolle i organisasjonen"), element)


def _until(words: Words, last: date | None) -> InputBlock:
    shown = last.isoformat() if last else None
    return field(
        words.gettext("Gyldig til"),
        DatePickerElement(action_id=ids.VALID_UNTIL, initial_date=shown),
        hint=words.gettext(
            "Til og med denne dagen, for eksempel neste årsmøte. "
            "Står feltet tomt, gjelder myndigheten til noen trekker den."
        ),
        optional=True,
    )


def _no_end(words: Words) -> InputBlock:
    """A day that has been chosen cannot be taken back everywhere in Slack."""
    chosen = option(words.gettext("La myndigheten gjelde til noen trekker den"), NO_END)
    element = CheckboxesElement(action_id=ids.NO_END, options=[chosen])
    return field(words.gettext("Uten sluttdato"), element, optional=True)


def _word(words: Words, *, about: str = "") -> InputBlock:
    statement = words.gettext("Jeg bekrefter at personen har representasjonsmyndighet")
    return authority_field(words, statement, about=about)


def _codes_then(words: Words, count: int) -> InputBlock:
    _ = words.gettext
    label = words.ngettext(
        "Hva skal skje med den gyldige koden?",
        "Hva skal skje med de %(count)d gyldige kodene?",
        count,
    )
    return _either(ids.CODES_THEN, label, keep=_("La kodene gjelde"), end=_("Trekk kodene tilbake"))


def _requests_then(words: Words, count: int) -> InputBlock:
    _ = words.gettext
    label = words.ngettext(
        "Hva skal skje med forespørselen som venter?",
        "Hva skal skje med de %(count)d forespørslene som venter?",
        count,
    )
    keep = words.ngettext("La forespørselen vente", "La forespørslene vente", count)
    end = words.ngettext("Avslå forespørselen", "Avslå forespørslene", count)
    return _either(ids.REQUESTS_THEN, label, keep=keep, end=end)


def _either(action_id: str, label: str, *, keep: str, end: str) -> InputBlock:
    options = [option(keep, KEEP), option(end, END)]
    return field(label, RadioButtonsElement(action_id=action_id, options=options))
