"""What has happened, as account holders read it: newest first, in words, with who and when."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from slack_sdk.models.blocks import Block, ButtonElement, PlainTextInputElement, SectionBlock
from slack_sdk.models.blocks.basic_components import TextObject
from slack_sdk.models.views import View

from storage.records import BOT, ERASED, HINT_LENGTH, OPERATOR, SETTINGS
from templates import ids
from templates.blocks import (
    LONGEST_SEARCH,
    actions,
    button,
    cut,
    field,
    modal,
    mrkdwn,
    pager,
    paragraph,
    plain,
    plain_paragraph,
    typed,
)
from templates.deeds import deeds
from templates.sheet import sheet
from templates.using import LONGEST_PLACE
from templates.words import Words, mention

if TYPE_CHECKING:
    from storage.audit import Event


class Searched(Struct, frozen=True):
    """Whose, and which code's, history is looked for; and how many events there are of it."""

    person: str = ""
    code: str = ""
    count: int = 0
    is_cut: bool = False
    """Not all who, or which, have what is looked for are in it."""


def history_view(
    words: Words, events: Sequence["Event"], *, searched: Searched, page: int, pages: int
) -> View:
    """The first page is 0."""
    _ = words.gettext
    count = words.ngettext("%(count)d hendelse", "%(count)d hendelser", searched.count)
    nothing = [] if events else [paragraph(words.prose("nothing_happened"))]
    return modal(
        ids.VIEW_HISTORY,
        _("Historikk"),
        [
            *_search(words, searched),
            plain_paragraph(count),
            *([paragraph(words.prose("history_cut"))] if searched.is_cut else []),
            *([_ways(words)] if events else []),
            *(_event(words, each) for each in events),
            *nothing,
            *pager(
                words, page=page, pages=pages, back=ids.HISTORY_PAGE_BACK, forward=ids.HISTORY_PAGE
            ),
        ],
        close=_("Lukk"),
        submit=_("Søk"),
        metadata=str(page),
    )


def _ways(words: Words) -> Block:
    _ = words.gettext
    return actions(
        button(_("Last ned CSV"), ids.HISTORY_CSV), button(_("Koder per måned"), ids.HISTORY_CHART)
    )


def history_button(words: Words) -> ButtonElement:
    return button(words.gettext("Historikk"), ids.HISTORY)


def _search(words: Words, searched: Searched) -> list[Block]:
    _ = words.gettext
    person = PlainTextInputElement(
        action_id=ids.HISTORY_PERSON,
        initial_value=searched.person or None,
        max_length=LONGEST_SEARCH,
        placeholder=plain(_("Den det gjelder: navn eller e-post")),
    )
    code = PlainTextInputElement(
        action_id=ids.HISTORY_CODE,
        initial_value=searched.code or None,
        max_length=HINT_LENGTH,
        placeholder=plain(_("De to første tegnene")),
    )
    return [
        field(_("Person"), person, optional=True),
        field(_("Kode"), code, optional=True),
    ]


def _event(words: Words, event: "Event") -> Block:
    """Who and what as mrkdwn, and whom it is about as it was typed; and so what a partner is
    called."""
    doer = words.gettext("En leverandør") if event.is_partners else who(words, event.actor)
    said = f"{words.moment(event.at)}\n{doer} {deeds(words)[event.action]}"
    about: list[TextObject] = []
    if event.person:
        about.append(typed(event.person))
    if event.hint:
        about.append(typed(f"{event.hint}•••"))
    about += [typed(cut(each, LONGEST_PLACE)) for each in (event.service, event.partner) if each]
    if event.holder:
        about.append(mrkdwn(mention(event.holder)))
    return SectionBlock(text=mrkdwn(said), fields=about or None)


def history_sheet(words: Words, events: Sequence["Event"], names: Mapping[str, str]) -> bytes:
    """The same as a file; `names` of members, by their ids."""
    _ = words.gettext
    said = deeds(words)
    header = [
        _("Tid"),
        _("Hvem"),
        _("Hva"),
        _("Person"),
        _("E-post"),
        _("Kode"),
        _("Tjeneste"),
        _("Kontoholder eller stedfortreder"),
    ]
    rows = (
        (
            event.at,
            _called(words, event, names),
            said[event.action],
            event.person,
            event.email if event.person else None,
            f"{event.hint}•••" if event.hint else None,
            event.service,
            names.get(event.holder, event.holder) if event.holder else None,
        )
        for event in events
    )
    return sheet(header, rows)


def _called(words: Words, event: "Event", names: Mapping[str, str]) -> str:
    actor, others = event.actor, _nobodys(words)
    if event.is_partners:
        return event.partner or words.gettext("En leverandør")
    return others[actor] if actor in others else names.get(actor, actor)


def who(words: Words, actor: str) -> str:
    """Whoever did it, at the head of a sentence."""
    return _nobodys(words).get(actor) or mention(actor)


def _nobodys(words: Words) -> Mapping[str, str]:
    _ = words.gettext
    return {
        BOT: _("Boten"),
        OPERATOR: _("Operatøren"),
        SETTINGS: _("Innstillingene"),
        ERASED: _("Noen som er slettet"),
    }
