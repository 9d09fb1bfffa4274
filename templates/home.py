"""The bot's Home tab: what one can do now, and one's first few codes."""

from collections.abc import Sequence
from functools import partial

from slack_sdk.models.blocks import Block, ButtonElement, DividerBlock
from slack_sdk.models.views import View

from storage.records import Code, CodeRequest
from templates import ids
from templates.answers import topic_buttons
from templates.blocks import actions, button, heading, heading_of, paragraph, table
from templates.codes import (
    USABLE,
    all_codes_button,
    ask_button,
    listed_facts,
    my_codes_button,
    show_button,
)
from templates.situation import Situation
from templates.topics import titles
from templates.waiting import waiting_request
from templates.words import Words


def home_view(
    words: Words,
    situation: Situation,
    *,
    waiting: int,
    codes: Sequence[Code],
    asked: Sequence[CodeRequest] = (),
) -> View:
    """`codes` are the first few of the reader's own, `asked` what they wait for themselves."""
    lead = words.prose(
        "home",
        approved=situation.is_approved,
        suspended=situation.is_suspended,
        account_holder=situation.is_account_holder,
        asked=bool(asked),
        holders=words.mentions(situation.holders),
    )
    decides = situation.is_account_holder and situation.is_approved
    blocks: list[Block] = [
        heading_of(partial(_title, words), situation.organisation.name),
        paragraph(lead),
        *(_waiting(words, waiting) if decides else []),
        actions(*_buttons(words, situation)),
        *(block for each in asked for block in _asked(words, each, situation)),
        *_codes(words, codes, situation),
        *_questions(words, situation),
    ]
    return View(type="home", blocks=blocks)


def _title(words: Words, name: str) -> str:
    return words.gettext("Godkjenningskoder for %(name)s", name=name)


def _waiting(words: Words, waiting: int) -> list[Block]:
    if not waiting:
        return []
    count = words.ngettext(
        "%(count)d forespørsel venter på svar", "%(count)d forespørsler venter på svar", waiting
    )
    decide = button(words.gettext("Behandle forespørsler"), ids.WAITING, style="primary")
    return [paragraph(count), actions(decide)]


def _buttons(words: Words, situation: Situation) -> list[ButtonElement]:
    holder = situation.is_account_holder
    buttons = [] if situation.is_blocked else [ask_button(words, account_holder=holder)]
    buttons.append(my_codes_button(words))
    if holder:
        buttons.append(all_codes_button(words))
    return buttons


def _asked(words: Words, request: CodeRequest, situation: Situation) -> list[Block]:
    return [DividerBlock(), *waiting_request(words, request, situation.holders)]


def _codes(words: Words, codes: Sequence[Code], situation: Situation) -> list[Block]:
    if not codes:
        return []
    listed = [block for code in codes for block in _code(words, code, situation)]
    return [DividerBlock(), heading(words.gettext("Mine koder")), *listed]


def _code(words: Words, code: Code, situation: Situation) -> list[Block]:
    facts = table(listed_facts(words, code, situation.now))
    usable = code.state_at(situation.now) in USABLE and situation.may_use(code)
    return [*facts, actions(show_button(words, code))] if usable else facts


def _questions(words: Words, situation: Situation) -> list[Block]:
    """What can be asked, for those who look for a list; and what nobody could answer."""
    _ = words.gettext
    blocks: list[Block] = [
        DividerBlock(),
        heading(_("Spørsmål og svar")),
        paragraph(words.prose("questions/list")),
        actions(*topic_buttons(words, list(titles(words)))),
    ]
    if situation.is_account_holder:
        blocks.append(actions(button(_("Spørsmål uten svar"), ids.UNANSWERED)))
    return blocks
