"""A code on screen: the one view that shows it, and the lists that only hint at it."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement, DividerBlock
from slack_sdk.models.views import View

from storage.records import Code, CodeState
from templates import ids
from templates.blocks import (
    Fact,
    actions,
    button,
    confirm,
    heading,
    modal,
    pager,
    paragraph,
    plain,
    plain_paragraph,
    table,
    typed,
)
from templates.facts import (
    code_facts,
    hint,
    person_facts,
    purpose_facts,
    state_name,
    valid_until,
)
from templates.form import pasted_code
from templates.situation import Situation
from templates.words import Mrkdwn, Words

USABLE = (CodeState.ACTIVE, CodeState.EXPIRED)
"""States in which a code can be shown and refreshed: an expired one too (rule 8)."""


def code_view(words: Words, code: Code, text: str, now: datetime) -> View:
    """The code itself. It is shown here and nowhere else."""
    expired = code.state_at(now) is CodeState.EXPIRED
    return modal(
        ids.VIEW_CODE,
        words.gettext("Godkjenningskoden"),
        [
            paragraph(words.prose("code_lead", expired=expired)),
            paragraph(Mrkdwn(f"```\n{text}\n```")),
            *table(code_facts(words, code, now)),
            paragraph(words.prose("code_after", expired=expired)),
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
) -> View:
    """Codes without their secrets; the first page is 0. `asked`: whose refresh is waiting."""
    _ = words.gettext
    listed = [block for code in codes for block in _listed(words, code, situation, asked)]
    paging = pager(words, page=page, pages=pages, back=ids.CODES_PAGE_BACK, forward=ids.CODES_PAGE)
    return modal(
        ids.VIEW_CODES,
        _("Organisasjonens koder") if whole_organisation else _("Mine koder"),
        [*listed, *paging] if listed else _no_codes(words, situation, whole_organisation),
        close=_("Lukk"),
        metadata=f"{'all' if whole_organisation else 'mine'}:{page}",
    )


def _no_codes(words: Words, situation: Situation, whole_organisation: bool) -> list[Block]:
    holder = situation.is_account_holder
    lead = words.prose("no_codes", whole=whole_organisation, account_holder=holder)
    return [paragraph(lead), actions(ask_button(words, account_holder=holder))]


def ask_button(words: Words, *, account_holder: bool = False) -> ButtonElement:
    """The way to the form, called what the form is called."""
    _ = words.gettext
    label = _("Ny godkjenningskode") if account_holder else _("Be om godkjenningskode")
    return button(label, ids.ASK)


def my_codes_button(words: Words) -> ButtonElement:
    return button(words.gettext("Mine koder"), ids.MY_CODES)


def all_codes_button(words: Words) -> ButtonElement:
    return button(words.gettext("Organisasjonens koder"), ids.ALL_CODES)


def _listed(words: Words, code: Code, situation: Situation, asked: frozenset[str]) -> list[Block]:
    blocks: list[Block] = [
        heading(code.person.name),
        *table(listed_facts(words, code, situation.now)[1:]),
    ]
    if code.state_at(situation.now) in USABLE and situation.may_use(code):
        if code.id in asked:
            blocks.append(plain_paragraph(_asked(words, situation)))
        blocks.append(actions(*_buttons(words, code, situation, asked)))
    return [*blocks, DividerBlock()]


def _asked(words: Words, situation: Situation) -> str:
    if situation.is_account_holder:
        return words.gettext("Du er spurt om å oppdatere koden. Svar på forespørselen.")
    return words.gettext("Kontoholder er spurt om å oppdatere koden.")


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
    buttons = [show_button(words, code)]
    if code.id not in asked:
        buttons.append(refresh_button(words, code))
    if situation.is_account_holder:
        buttons.append(revoke_button(words, code))
    return buttons


def show_button(words: Words, code: Code, *, style: str | None = None) -> ButtonElement:
    return button(words.gettext("Vis koden"), ids.SHOW_CODE, code.id, style=style)


def refresh_button(words: Words, code: Code, *, style: str | None = None) -> ButtonElement:
    return button(words.gettext("Oppdater koden"), ids.REFRESH_CODE, code.id, style=style)


def revoke_button(words: Words, code: Code) -> ButtonElement:
    _ = words.gettext
    dialog = confirm(
        words,
        title=_("Trekke tilbake koden?"),
        text=_(
            "Koden til %(name)s kan ikke brukes eller oppdateres etterpå, og du kan ikke angre. "
            "Tjenester som er tatt i bruk, påvirkes ikke.",
            name=code.person.name,
        ),
        yes=_("Trekk tilbake"),
        style="danger",
    )
    return button(_("Trekk tilbake"), ids.REVOKE_CODE, code.id, style="danger", confirm=dialog)


def paste_view(words: Words, code: Code) -> View:
    """For refreshing a code that TechSoup makes."""
    return modal(
        ids.VIEW_PASTE,
        words.gettext("Oppdater koden"),
        [
            paragraph(words.prose("paste")),
            *table(person_facts(words, code.person)),
            pasted_code(words),
        ],
        close=words.gettext("Avbryt"),
        submit=words.gettext("Oppdater"),
        metadata=code.id,
    )
