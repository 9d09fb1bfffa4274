"""What is told of authority: to account holders whom to confirm anew, and to a person that theirs
has been withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import Block, SectionBlock

from templates.blocks import actions, heading, paragraph, plain_paragraph, typed
from templates.facts import roles
from templates.message import Message
from templates.people import confirm_button, lasts, people_button
from templates.words import Words, mention_of

if TYPE_CHECKING:
    from storage.register import Registered

MOST_LISTED = 10
"""How many people one message asks about; the rest stand in the register."""


def authority_check(
    words: Words, listed: Sequence["Registered"], now: datetime, *, more: bool, yearly: bool
) -> Message:
    """`yearly`: account holders are asked about all who have not been confirmed lately."""
    _ = words.gettext
    title = (
        _("Hvem har fortsatt representasjonsmyndighet?")
        if yearly
        else _("Representasjonsmyndighet går ut")
    )
    return Message.of(
        title,
        [
            heading(title),
            paragraph(words.prose("notices/authority_check", yearly=yearly)),
            *(_asked_about(words, each, now) for each in listed),
            *(
                [plain_paragraph(_("Det er flere å bekrefte. Du finner dem under Personer."))]
                if more
                else []
            ),
            actions(people_button(words)),
        ],
    )


def _asked_about(words: Words, entry: "Registered", now: datetime) -> Block:
    role, until = roles(words)[entry.word.role], lasts(words, entry.word, now)
    confirmed = words.gettext("Bekreftet %(date)s", date=words.date(entry.word.confirmed_at))
    lines = f"{entry.person.name}, {role}\n{confirmed}. {until}"
    again = confirm_button(words, entry, asks_first=False)
    return SectionBlock(text=typed(lines), accessory=again)


def authority_withdrawn(
    words: Words, *, by: str | None, has_codes: bool, holders: Sequence[str]
) -> Message:
    """To whoever had it. `has_codes`: some of theirs are good still."""
    title = words.gettext("Representasjonsmyndigheten din er trukket")
    told = words.prose(
        "notices/authority_withdrawn",
        who=mention_of(by),
        codes=has_codes,
        holders=words.mentions(holders),
    )
    return Message.of(title, [heading(title), paragraph(told)])
