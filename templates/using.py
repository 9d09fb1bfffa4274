"""Where codes were used: beside a code, in a file, and the form that says so by hand."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from slack_sdk.models.blocks import ButtonElement, DatePickerElement, PlainTextInputElement
from slack_sdk.models.views import View

from storage.records import OSLO, Code, Use, Uses
from templates import ids
from templates.blocks import Fact, button, cut, field, modal, mrkdwn, paragraph, plain, table, typed
from templates.facts import code_facts, hint
from templates.form import LONGEST_PURPOSE
from templates.situation import Situation
from templates.words import Words, mention

MOST_USES = 3
"""How many are told of one code on screen."""

MOST_USES_IN_FILE = 50
"""A cell of a sheet takes some 32,000 characters."""

LONGEST_PLACE = 80
"""Of a service, or a partner, in a line of a list: both are typed."""

UsesOf = Mapping[str, Uses]
"""By the code's id; of those alone that were used."""

NOWHERE: UsesOf = MappingProxyType({})


def place(service: str, partner: str | None) -> str:
    """A service, and whose it is where that says more."""
    service = cut(service.strip(), LONGEST_PLACE)
    if not partner or partner.casefold() in service.casefold():
        return service
    return f"{service} ({cut(partner, LONGEST_PLACE)})"


def used_facts(words: Words, used: Uses) -> list[Fact]:
    if not used.newest:
        return []
    lines = [_line(words, each) for each in used.newest]
    if used.others:
        lines.append(words.gettext("og %(rest)d til", rest=used.others))
    return [(words.gettext("Brukt hos"), typed("\n".join(lines)))]


def use_facts(words: Words, use: Use) -> list[Fact]:
    """One use: where, when, and who has said so; of a day that somebody has named nobody knows the
    hour."""
    _ = words.gettext
    noted, moment = use.noted_by, use.used_at
    return [
        (_("Brukt hos"), typed(place(use.service, use.partner))),
        (_("Brukt"), plain(words.date(moment) if noted else words.moment(moment))),
        *([(_("Notert av"), mrkdwn(mention(noted)))] if noted else []),
    ]


def _line(words: Words, use: Use) -> str:
    return f"{place(use.service, use.partner)}, {words.date(use.used_at)}"


def used_in_a_line(words: Words, used: Uses) -> str:
    """The newest alone; empty where it was not used."""
    if not used.newest:
        return ""
    where, others = place(used.newest[0].service, used.newest[0].partner), used.count - 1
    if others:
        return words.gettext("Brukt hos %(place)s og %(rest)d til", place=where, rest=others)
    return words.gettext("Brukt hos %(place)s", place=where)


def used_in_a_cell(words: Words, used: Uses) -> str:
    cells = [
        f"{place(each.service, each.partner)} {each.used_at.astimezone(OSLO):%Y-%m-%d}"
        for each in used.newest
    ]
    if used.others:
        cells.append(words.gettext("og %(rest)d til", rest=used.others))
    return "; ".join(cells)


def notes_uses(situation: Situation, code: Code) -> bool:
    """Whether the reader says themselves that a code was used: of what TechSoup makes, partners
    ask nobody here."""
    return situation.has_codes_of_techsoup and situation.is_approved and situation.may_use(code)


def note_button(words: Words, code: Code) -> ButtonElement:
    return button(words.gettext("Koden er brukt"), ids.NOTE_USE, code.id)


def note_view(
    words: Words, code: Code, when_good: tuple[datetime, datetime], *, metadata: str
) -> View:
    """`when_good`: from when until when it can have been used."""
    _ = words.gettext
    first, last = when_good
    service = PlainTextInputElement(action_id=ids.USED_SERVICE, max_length=LONGEST_PURPOSE)
    day = DatePickerElement(action_id=ids.USED_ON, initial_date=f"{last.astimezone(OSLO):%Y-%m-%d}")
    within = _("Fra %(first)s til %(last)s.", first=words.date(first), last=words.date(last))
    return modal(
        ids.VIEW_NOTE_USE,
        _("Koden er brukt"),
        [
            paragraph(words.prose("note_use")),
            *table([*code_facts(words, code), (_("Kode"), typed(hint(code)))]),
            field(_("Tjeneste"), service, hint=_("Navnet på produktet eller leverandøren.")),
            field(_("Dato"), day, hint=within),
        ],
        close=_("Avbryt"),
        submit=_("Lagre"),
        metadata=metadata,
    )
