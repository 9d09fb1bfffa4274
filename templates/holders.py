"""Who the account holders are, and who stands in for them: the list, and its two forms."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    DatePickerElement,
    SectionBlock,
    UserSelectElement,
)
from slack_sdk.models.views import View

from storage.records import OSLO, AccountHolder
from templates import ids
from templates.blocks import (
    actions,
    button,
    confirm,
    field,
    modal,
    mrkdwn,
    pager,
    paragraph,
    plain,
)
from templates.words import Mrkdwn, Words, mention, mention_of

MOST_SEEN = 100
"""Slack takes so many ids back, and no more."""


def holders_view(
    words: Words,
    holders: Sequence[AccountHolder],
    *,
    reader: str,
    alone: bool,
    page: int,
    pages: int,
) -> View:
    """Those who are there and those whose time comes; the first page is 0. `alone`: the reader is
    the only one who holds the account."""
    ways = [button(words.gettext("Legg til kontoholder"), ids.ADD_HOLDER, style="primary")]
    ways.append(button(words.gettext("Stedfortreder"), ids.DEPUTY))
    return modal(
        ids.VIEW_HOLDERS,
        words.gettext("Kontoholdere"),
        [
            paragraph(words.prose("holders", alone=alone)),
            *(_listed(words, each, reader, alone=alone) for each in holders),
            *pager(
                words, page=page, pages=pages, back=ids.HOLDERS_PAGE_BACK, forward=ids.HOLDERS_PAGE
            ),
            actions(*ways),
        ],
        close=words.gettext("Lukk"),
        metadata=str(page),
    )


def holders_button(words: Words) -> ButtonElement:
    return button(words.gettext("Kontoholdere"), ids.HOLDERS)


def _listed(words: Words, holder: AccountHolder, reader: str, *, alone: bool) -> Block:
    """The last one stays."""
    text = f"{mention(holder.user_id)}\n{_since(words, holder)}"
    is_last = alone and not holder.is_deputy
    return SectionBlock(
        text=mrkdwn(text), accessory=None if is_last else _remove(words, holder, reader)
    )


def _since(words: Words, holder: AccountHolder) -> Mrkdwn:
    _ = words.gettext
    who = mention_of(holder.added_by)
    if holder.is_deputy:
        first, last = period(words, holder)
        until = _("Stedfortreder fra %(first)s til og med %(last)s", first=first, last=last)
        return Mrkdwn(_("%(until)s, valgt av %(who)s", until=until, who=who) if who else until)
    since = _("Kontoholder siden %(date)s", date=words.date(holder.added_at))
    return Mrkdwn(_("%(since)s, lagt til av %(who)s", since=since, who=who) if who else since)


def period(words: Words, deputy: AccountHolder) -> tuple[str, str]:
    """The first and the last day of a deputy's time."""
    assert deputy.deputy_from is not None
    assert deputy.deputy_until is not None
    return words.date(deputy.deputy_from), words.last_day(deputy.deputy_until)


def _remove(words: Words, holder: AccountHolder, reader: str) -> ButtonElement:
    _ = words.gettext
    yes = _("Fjern")
    if holder.is_deputy:
        title = _("Fjerne stedfortrederen?")
        text = _("Personen avgjør ikke noe mer her, og får beskjed om det.")
    elif holder.user_id == reader:
        title, yes = _("Slutte som kontoholder?"), _("Slutt")
        text = _(
            "Du kan ikke lenger avgjøre forespørsler eller se andres koder. "
            "En annen kontoholder kan legge deg til igjen. "
            "Det du har av koder selv, kan du fortsatt bruke."
        )
    else:
        title = _("Fjerne kontoholderen?")
        text = _(
            "Personen kan ikke lenger avgjøre forespørsler eller se andres koder, og får beskjed. "
            "Koder som er laget, gjelder fortsatt."
        )
    dialog = confirm(words, title=title, text=text, yes=yes, style="danger")
    return button(_("Fjern"), ids.REMOVE_HOLDER, holder.id, confirm=dialog)


def add_view(words: Words) -> View:
    _ = words.gettext
    who = UserSelectElement(action_id=ids.NEW_HOLDER, placeholder=plain(_("Velg person")))
    return modal(
        ids.VIEW_ADD_HOLDER,
        _("Legg til kontoholder"),
        [paragraph(words.prose("add_holder")), field(_("Ny kontoholder"), who)],
        close=_("Avbryt"),
        submit=_("Legg til"),
    )


def deputy_view(words: Words, now: datetime, *, seen: Sequence[str]) -> View:
    """`seen`: the ids of those who stand in as it is opened, which come back with it."""
    _ = words.gettext
    today = now.astimezone(OSLO).date().isoformat()
    who = UserSelectElement(action_id=ids.DEPUTY_WHO, placeholder=plain(_("Velg person")))
    first = DatePickerElement(action_id=ids.DEPUTY_FROM, initial_date=today)
    last = DatePickerElement(action_id=ids.DEPUTY_UNTIL)
    return modal(
        ids.VIEW_DEPUTY,
        _("Stedfortreder"),
        [
            paragraph(words.prose("deputy")),
            field(_("Stedfortreder"), who),
            field(_("Fra"), first),
            field(_("Til"), last, hint=_("Rollen varer ut denne dagen.")),
        ],
        close=_("Avbryt"),
        submit=_("Lagre"),
        metadata=",".join(seen[:MOST_SEEN]),
    )
