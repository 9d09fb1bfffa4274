"""What is told of account holders and deputies: to themselves, and to the other account holders."""

from slack_sdk.models.blocks import Block

from storage.records import BOT, AccountHolder
from templates.blocks import actions, heading, paragraph, plain_paragraph
from templates.codes import all_codes_button, why_blocked
from templates.help import decide_button
from templates.holders import holders_button, period
from templates.message import Message
from templates.situation import Situation
from templates.words import Words, mention, mention_of


def holder_added(words: Words, holder: AccountHolder, situation: Situation) -> Message:
    """To whoever is one now, with what to do first; and to the others."""
    oneself = holder.user_id == situation.reader
    _ = words.gettext
    title = _("Du er nå kontoholder") if oneself else _("Ny kontoholder")
    told = _told(words, "holder_added", holder, situation)
    return Message.of(
        title, [heading(title), told, *(_welcome(words, situation) if oneself else [])]
    )


def _welcome(words: Words, situation: Situation) -> list[Block]:
    first = words.prose(
        "notices/welcome",
        techsoup=situation.has_codes_of_techsoup,
        approved=situation.is_approved,
    )
    return [
        *([] if situation.is_approved else [paragraph(why_blocked(words, situation))]),
        paragraph(first),
        *([] if situation.organisation.is_awaiting_answer else [actions(holders_button(words))]),
    ]


def holder_removed(words: Words, holder: AccountHolder, situation: Situation) -> Message:
    """To whoever was account holder or deputy; and to the others."""
    _ = words.gettext
    oneself, deputy = holder.user_id == situation.reader, holder.is_deputy
    title = {
        (True, True): _("Du er ikke lenger stedfortreder"),
        (True, False): _("Du er ikke lenger kontoholder"),
        (False, True): _("En stedfortreder er fjernet"),
        (False, False): _("En kontoholder er fjernet"),
    }[oneself, deputy]
    return Message.of(title, [heading(title), _told(words, "holder_removed", holder, situation)])


def deputy_appointed(words: Words, deputy: AccountHolder, situation: Situation) -> Message:
    """Before it begins, and when: to the deputy and to the account holders."""
    _ = words.gettext
    oneself = deputy.user_id == situation.reader
    title = _("Du er valgt som stedfortreder") if oneself else _("Ny stedfortreder")
    return _of_period(words, title, "deputy_appointed", deputy, situation)


def deputy_moved(words: Words, deputy: AccountHolder, situation: Situation) -> Message:
    """Another time than was told before: to the deputy and to the account holders."""
    title = words.gettext("Ny tid for stedfortreder")
    return _of_period(words, title, "deputy_moved", deputy, situation)


def _of_period(
    words: Words, title: str, template: str, deputy: AccountHolder, situation: Situation
) -> Message:
    oneself = deputy.user_id == situation.reader
    first, last = period(words, deputy)
    days = words.gettext("Fra %(first)s til og med %(last)s", first=first, last=last)
    told = _told(words, template, deputy, situation)
    decides = oneself and situation.is_account_holder
    ways = _to_decide(words) if decides else []
    return Message.of(title, [heading(title), told, plain_paragraph(days), *ways])


def deputy_began(words: Words, deputy: AccountHolder, situation: Situation) -> Message:
    title = words.gettext("Nå er du stedfortreder")
    _first, last = period(words, deputy)
    until = plain_paragraph(words.gettext("Til og med %(last)s", last=last))
    told = _told(words, "deputy_began", deputy, situation)
    return Message.of(title, [heading(title), told, until, *_to_decide(words)])


def _to_decide(words: Words) -> list[Block]:
    """What a deputy begins with."""
    careful = paragraph(words.prose("notices/deputy_careful"))
    return [careful, actions(decide_button(words), all_codes_button(words))]


def deputy_ended(words: Words, deputy: AccountHolder, situation: Situation) -> Message:
    title = words.gettext("Tiden som stedfortreder er over")
    return Message.of(title, [heading(title), _told(words, "deputy_ended", deputy, situation)])


def _told(words: Words, template: str, holder: AccountHolder, situation: Situation) -> Block:
    removed = template == "holder_removed"
    text = words.prose(
        f"notices/{template}",
        oneself=holder.user_id == situation.reader,
        deputy=holder.is_deputy,
        holder=mention(holder.user_id),
        who=mention_of(holder.removed_by if removed else holder.added_by),
        left=holder.removed_by == BOT,
        alone=len(situation.lasting_holders) == 1,
        without_holder=not situation.lasting_holders,
    )
    return paragraph(text)
