"""A code on screen: the one view that shows it, and the lists that only hint at it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    DividerBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from storage.records import NOT_USED, Code, CodeRequest, CodesListed, CodeState, Uses
from templates import ids
from templates.blocks import (
    Fact,
    actions,
    button,
    confirm,
    field,
    heading,
    modal,
    option,
    pager,
    paragraph,
    plain,
    plain_paragraph,
    search_field,
    table,
    typed,
)
from templates.facts import (
    code_facts,
    hint,
    person_facts,
    purpose_facts,
    state_name,
    told_sent,
    valid_until,
)
from templates.form import pasted_code
from templates.mail import mail_link
from templates.sheet import sheet
from templates.situation import Situation, how_it_stands
from templates.using import (
    NOWHERE,
    UsesOf,
    note_button,
    notes_uses,
    used_facts,
    used_in_a_cell,
)
from templates.waiting import waiting_request
from templates.words import Mrkdwn, Words

USABLE = (CodeState.ACTIVE, CodeState.EXPIRED)
"""States in which a code can be shown and refreshed: an expired one too (rule 8)."""


class Searched(Struct, frozen=True):
    """What of all codes somebody looks for, and how many there are of it."""

    listed: CodesListed = CodesListed.ALL
    text: str = ""
    count: int = 0

    @property
    def narrows(self) -> bool:
        return bool(self.text) or self.listed is not CodesListed.ALL


def code_view(
    words: Words,
    code: Code,
    text: str,
    situation: Situation,
    *,
    sent_from: str | None,
    has_asked: bool = False,
    used: Uses = NOT_USED,
    is_noted: bool = False,
) -> View:
    """The code itself, to its holder or an account holder. It is shown here and nowhere else.

    `sent_from`: the organisation's name, for an account holder who has to send it to its person.
    `has_asked`: its refresh waits. `is_noted`: its uses are, by the reader too.
    """
    now = situation.now
    facts = [*code_facts(words, code), valid_until(words, code, now, to_the_minute=True)]
    expired = code.state_at(now) is CodeState.EXPIRED
    asked = has_asked and not situation.is_account_holder
    may_refresh = expired and not asked and not situation.is_blocked
    others = code.user_id != situation.reader
    mail = None
    if sent_from is not None and not code.sent_at and not expired:
        mail = mail_link(words, code, sent_from, now)
    ways = [
        *([mark_sent_button(words, code)] if mail else []),
        *([refresh_button(words, code.id, style="primary")] if may_refresh else []),
        *([note_button(words, code)] if is_noted else []),
    ]
    return modal(
        ids.VIEW_CODE,
        words.gettext("Godkjenningskoden"),
        [
            paragraph(
                words.prose(
                    "code_lead",
                    expired=expired,
                    asked=asked,
                    blocked=situation.is_blocked,
                    **how_it_stands(situation.organisation),
                    holders=words.mentions(situation.holders),
                    to_send=mail is not None,
                    others=others,
                )
            ),
            paragraph(Mrkdwn(f"```\n{text}\n```")),
            *table([*facts, *used_facts(words, used)]),
            paragraph(
                words.prose(
                    "code_after",
                    expired=expired,
                    mail=mail,
                    sent=told_sent(words, code) if sent_from and code.sent_at else None,
                    others=others,
                )
            ),
            *([actions(*ways)] if ways else []),
        ],
        close=words.gettext("Lukk"),
        metadata=code.id,
    )


def codes_view(
    words: Words,
    codes: Sequence[Code],
    situation: Situation,
    *,
    whole_organisation: bool,
    page: int,
    pages: int,
    asked: frozenset[str] = frozenset(),
    waiting: Sequence[CodeRequest] = (),
    searched: Searched | None = None,
    used: UsesOf = NOWHERE,
) -> View:
    """Codes without their secrets; the first page is 0. `asked`: whose refresh is waiting;
    `waiting`: what the reader waits for themselves; `searched`: what was looked for, in the list of
    all; `used`: where they were."""
    _ = words.gettext
    listed = [
        block
        for each in waiting
        for block in (*waiting_request(words, each, situation), DividerBlock())
    ]
    listed += [
        block
        for code in codes
        for block in _listed(words, code, situation, asked, used.get(code.id, NOT_USED))
    ]
    paging = pager(words, page=page, pages=pages, back=ids.CODES_PAGE_BACK, forward=ids.CODES_PAGE)
    found = listed or (_nothing_found(words) if searched and searched.narrows else [])
    search = _search(words, searched) if found and searched else []
    return modal(
        ids.VIEW_CODES,
        _("Organisasjonens koder") if whole_organisation else _("Mine koder"),
        [*_blocked(words, situation), *search, *found, *paging]
        if found
        else _no_codes(words, situation, whole_organisation),
        close=_("Lukk"),
        submit=_("Søk") if search else None,
        metadata=f"{'all' if whole_organisation else 'mine'}:{page}",
    )


def _search(words: Words, searched: Searched) -> list[Block]:
    """What to look for, and which of them; both at once, or by the button that sends it."""
    _ = words.gettext
    named = {
        CodesListed.VALID: _("Gyldige"),
        CodesListed.SOON: _("Går snart ut"),
        CodesListed.EXPIRED: _("Utløpte"),
        CodesListed.ALL: _("Alle"),
    }
    options = {each: option(label, each.value) for each, label in named.items()}
    which = StaticSelectElement(
        action_id=ids.CODES_LISTED,
        options=list(options.values()),
        initial_option=options[searched.listed],
    )
    return [
        search_field(words, ids.SEARCH, searched.text, _("Navn, e-post eller formål")),
        field(_("Vis"), which, acts=True),
        plain_paragraph(words.ngettext("%(count)d kode", "%(count)d koder", searched.count)),
        *([actions(button(_("Last ned liste"), ids.CODES_FILE))] if searched.count else []),
    ]


def _nothing_found(words: Words) -> list[Block]:
    return [paragraph(words.prose("nothing_found"))]


def _no_codes(words: Words, situation: Situation, whole_organisation: bool) -> list[Block]:
    holder = situation.is_account_holder
    blocked = situation.is_blocked
    lead = words.prose("no_codes", whole=whole_organisation, account_holder=holder, blocked=blocked)
    if blocked:
        return [paragraph(lead), *_blocked(words, situation)]
    return [paragraph(lead), actions(ask_button(words, account_holder=holder))]


def _blocked(words: Words, situation: Situation) -> list[Block]:
    """Why there is less to do than there might be."""
    return [paragraph(why_blocked(words, situation))] if situation.is_blocked else []


def why_blocked(words: Words, situation: Situation) -> Mrkdwn:
    """Why nobody can be given a code at present (rules 2 and 13), and who can do something."""
    return words.prose(
        "faq/blocked",
        **how_it_stands(situation.organisation),
        holders=words.mentions(situation.holders),
    )


def ask_button(
    words: Words, *, account_holder: bool = False, style: str | None = None
) -> ButtonElement:
    """The way to the form, called what the form is called."""
    return button(ask_label(words, account_holder=account_holder), ids.ASK, style=style)


def ask_label(words: Words, *, account_holder: bool) -> str:
    _ = words.gettext
    return _("Ny godkjenningskode") if account_holder else _("Be om godkjenningskode")


def my_codes_button(words: Words) -> ButtonElement:
    return button(words.gettext("Mine koder"), ids.MY_CODES)


def all_codes_button(words: Words) -> ButtonElement:
    return button(words.gettext("Organisasjonens koder"), ids.ALL_CODES)


def _listed(
    words: Words, code: Code, situation: Situation, asked: frozenset[str], used: Uses
) -> list[Block]:
    facts = [*listed_facts(words, code, situation.now)[1:], *used_facts(words, used)]
    blocks: list[Block] = [heading(code.person.name), *table(facts)]
    buttons: list[ButtonElement] = []
    if code.state_at(situation.now) in USABLE and situation.may_use(code):
        if code.id in asked:
            asked_already = words.gettext("Det er bedt om at koden blir oppdatert.")
            blocks.append(plain_paragraph(asked_already))
        buttons = _buttons(words, code, situation, asked)
    if notes_uses(situation, code):
        buttons.append(note_button(words, code))
    return [*blocks, *([actions(*buttons)] if buttons else []), DividerBlock()]


def listed_facts(words: Words, code: Code, now: datetime) -> list[Fact]:
    """A code in a list: whose it is, its first characters, its state and the days left."""
    _ = words.gettext
    ends = [valid_until(words, code, now)] if code.state_at(now) in USABLE else []
    return [
        *person_facts(words, code.person),
        *purpose_facts(words, code.purpose),
        (_("Kode"), typed(hint(code))),
        (_("Status"), plain(state_name(words, code, now))),
        *ends,
    ]


def _buttons(
    words: Words, code: Code, situation: Situation, asked: frozenset[str]
) -> list[ButtonElement]:
    buttons = [show_button(words, code)] if situation.is_approved else []
    is_to_ask = code.id not in asked or situation.is_account_holder
    if is_to_ask and not situation.is_blocked:
        asks_first = stops_at_once(code, situation)
        buttons.append(refresh_button(words, code.id, asks_first=asks_first))
    is_good = code.state_at(situation.now) is CodeState.ACTIVE
    if situation.is_account_holder and is_good:
        techsoup = situation.has_codes_of_techsoup
        buttons.append(revoke_button(words, code, techsoup=techsoup))
    return buttons


def codes_sheet(
    words: Words, codes: Sequence[Code], now: datetime, used: UsesOf = NOWHERE
) -> bytes:
    """The list as a file. Of each code its first characters alone, as everywhere."""
    _ = words.gettext
    header = [
        _("Navn"), _("E-post"), _("Skal brukes til"), _("Kode"), _("Status"), _("Laget"),
        _("Gyldig til"), _("Sendt"), _("Brukt hos"),
    ]  # fmt: skip
    rows = (
        (
            code.person.name,
            code.person.email,
            code.purpose,
            hint(code),
            state_name(words, code, now),
            code.made_at,
            code.expires_at,
            code.sent_at,
            used_in_a_cell(words, used.get(code.id, NOT_USED)),
        )
        for code in codes
    )
    return sheet(header, rows)


def newer_view(words: Words, newer: Code) -> View:
    """In the place of a code that another has replaced: the way to that one."""
    show = button(words.gettext("Vis den nye koden"), ids.SHOW_CODE, newer.id, style="primary")
    blocks = [paragraph(words.prose("newer")), actions(show)]
    return modal(
        ids.VIEW_TOLD, words.gettext("Godkjenningskode"), blocks, close=words.gettext("Lukk")
    )


def show_button(words: Words, code: Code, *, style: str | None = None) -> ButtonElement:
    return button(words.gettext("Vis koden"), ids.SHOW_CODE, code.id, style=style)


def mark_sent_button(words: Words, code: Code) -> ButtonElement:
    return button(words.gettext("Jeg har sendt den"), ids.MARK_SENT, code.id)


def refresh_button(
    words: Words, code_id: str, *, style: str | None = None, asks_first: bool = False
) -> ButtonElement:
    """`asks_first`: where it stops a code that is still good, at once."""
    _ = words.gettext
    dialog = confirm(
        words,
        title=_("Oppdatere koden?"),
        text=_(
            "Den gamle koden slutter å gjelde med en gang. En ny kommer i stedet. "
            "Tjenester som er tatt i bruk, påvirkes ikke."
        ),
        yes=_("Oppdater koden"),
    )
    return button(
        _("Oppdater koden"),
        ids.REFRESH_CODE,
        code_id,
        style=style,
        confirm=dialog if asks_first else None,
    )


def stops_at_once(code: Code, situation: Situation) -> bool:
    """Whether refreshing replaces a code that is still good without anybody having to approve."""
    makes = situation.is_account_holder and not situation.has_codes_of_techsoup
    return makes and code.state_at(situation.now) is CodeState.ACTIVE


def revoke_button(words: Words, code: Code, *, techsoup: bool) -> ButtonElement:
    """What TechSoup has made is withdrawn here alone: nobody asks us whether it is good."""
    _ = words.gettext
    here = _(
        "Koden til %(name)s kan ikke vises eller oppdateres her etterpå, og det kan ikke angres. "
        "Hos TechSoup må den slettes for seg. Tjenester som er tatt i bruk, påvirkes ikke.",
        name=code.person.name,
    )
    everywhere = _(
        "Koden til %(name)s kan ikke brukes eller oppdateres etterpå, og det kan ikke angres. "
        "Tjenester som er tatt i bruk, påvirkes ikke.",
        name=code.person.name,
    )
    dialog = confirm(
        words,
        title=_("Trekke tilbake koden?"),
        text=here if techsoup else everywhere,
        yes=_("Trekk tilbake"),
        style="danger",
    )
    return button(_("Trekk tilbake"), ids.REVOKE_CODE, code.id, style="danger", confirm=dialog)


def paste_view(words: Words, code: Code, now: datetime) -> View:
    """For refreshing a code that TechSoup makes."""
    return modal(
        ids.VIEW_PASTE,
        words.gettext("Oppdater koden"),
        [
            paragraph(words.prose("paste")),
            *table(person_facts(words, code.person)),
            *pasted_code(words, now),
        ],
        close=words.gettext("Avbryt"),
        submit=words.gettext("Oppdater"),
        metadata=code.id,
    )
