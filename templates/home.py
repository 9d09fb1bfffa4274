"""The bot's Home tab: how one stands, what one waits for, one's codes; and for those who look after
the organisation's, how that stands, above it.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import Block, ButtonElement, DividerBlock, SectionBlock
from slack_sdk.models.views import View

from storage.records import NOT_USED, Code, CodeRequest, CodeState, Topic
from templates import ids
from templates.answers import topic_buttons
from templates.blocks import (
    actions,
    button,
    cut,
    heading,
    heading_of,
    modal,
    paragraph,
    plain_paragraph,
    typed,
)
from templates.codes import (
    USABLE,
    all_codes_button,
    ask_button,
    refresh_button,
    show_button,
    stops_at_once,
)
from templates.deciding import decision_buttons
from templates.facts import in_a_line, state_name, valid_until
from templates.history import history_button
from templates.holders import holders_button
from templates.people import people_button
from templates.registering import register_again_button
from templates.situation import Situation, how_it_stands
from templates.topics import titles
from templates.using import NOWHERE, UsesOf, used_in_a_line
from templates.waiting import waiting_request
from templates.words import Words

if TYPE_CHECKING:
    from storage.overview import Overview

MOST_ENDING = 5
"""How many codes that run out soon stand on Home."""

LONGEST_NAME = 80
"""Of what was typed, in a line of a list."""


def home_view(
    words: Words,
    situation: Situation,
    *,
    codes: Sequence[Code],
    asked: Sequence[CodeRequest] = (),
    refreshes: frozenset[str] = frozenset(),
    has_more: bool = False,
    overview: "Overview | None" = None,
    administrator: bool = False,
    used: UsesOf = NOWHERE,
) -> View:
    """`codes` are the first few of the reader's own, and whether they `has_more`; `asked` is what
    they wait for, `refreshes` are the codes whose refresh waits. `overview` is for those who look
    after the organisation's. `administrator`: the reader may register it anew. `used`: where their
    codes were."""
    usable = [code for code in codes if code.state_at(situation.now) in USABLE]
    has_more = has_more or len(usable) < len(codes)
    blocks: list[Block] = [
        heading_of(partial(_title, words), situation.organisation.name),
        *(_overview(words, overview, situation) if overview else []),
        paragraph(_lead(words, situation, usable, asked, administrator=administrator)),
        *(block for each in asked for block in _asked(words, each, situation)),
        *(
            block
            for each in usable
            for block in _code(
                words,
                each,
                situation,
                refreshes,
                used_in_a_line(words, used.get(each.id, NOT_USED)),
            )
        ),
        *([actions(register_again_button(words, situation.organisation))] if administrator else []),
        *_ways(words, situation, has_more=has_more),
        *_questions(words, situation, usable, asked),
    ]
    return View(type="home", blocks=blocks)


def _title(words: Words, name: str) -> str:
    return words.gettext("Godkjenningskoder for %(name)s", name=name)


def _lead(
    words: Words,
    situation: Situation,
    usable: Sequence[Code],
    asked: Sequence[CodeRequest],
    *,
    administrator: bool,
) -> str:
    """How the reader stands, in one line where all is well."""
    good = [code for code in usable if code.state_at(situation.now) is CodeState.ACTIVE]
    return words.prose(
        "home",
        **how_it_stands(situation.organisation, administrator=administrator),
        account_holder=situation.is_account_holder,
        asked=bool(asked),
        good=len(good),
        expired=bool(usable),
        holders=words.mentions(situation.holders),
    )


# For those who look after the organisation's codes


def _overview(words: Words, overview: "Overview", situation: Situation) -> list[Block]:
    return [
        paragraph(_counts(words, overview)),
        *(block for each in overview.waiting for block in _to_decide(words, each, situation)),
        *_all_that_waits(words, overview),
        *(_ending(words, code, situation) for code in _of_others(overview, situation)),
        actions(*_ways_to_all(words, situation)),
        DividerBlock(),
    ]


def _ways_to_all(words: Words, situation: Situation) -> list[ButtonElement]:
    holders = [holders_button(words)] if situation.is_lasting_holder else []
    people = people_button(words)
    return [
        all_codes_button(words),
        people,
        *holders,
        history_button(words),
        button(_unanswered(words), ids.UNANSWERED),
    ]


def _of_others(overview: "Overview", situation: Situation) -> Sequence[Code]:
    """One's own stand below."""
    return [code for code in overview.ending if code.user_id != situation.reader][:MOST_ENDING]


def _counts(words: Words, overview: "Overview") -> str:
    soon, waits = overview.ends, overview.waits
    ngettext = words.ngettext
    counts = [ngettext("%(count)d gyldig kode", "%(count)d gyldige koder", overview.good)]
    if soon:
        counts.append(ngettext("%(count)d går snart ut", "%(count)d går snart ut", soon))
    if waits:
        waiting = "%(count)d forespørsel venter på svar", "%(count)d forespørsler venter på svar"
        counts.append(ngettext(*waiting, waits))
    return " · ".join(counts)


def _unanswered(words: Words) -> str:
    return words.gettext("Spørsmål uten svar")


def _to_decide(words: Words, request: CodeRequest, situation: Situation) -> list[Block]:
    sent = words.gettext("Sendt %(date)s", date=words.date(request.asked_at))
    refresh = [words.gettext("Vil ha koden oppdatert")] if request.code_id else []
    name = cut(request.person.name, LONGEST_NAME)
    lines = [name, *refresh, *_purpose(request.purpose), sent]
    return [plain_paragraph("\n".join(lines)), decision_buttons(words, request.id, situation)]


def _purpose(purpose: str) -> list[str]:
    return [cut(purpose.strip(), LONGEST_NAME)] if purpose.strip() else []


def _all_that_waits(words: Words, overview: "Overview") -> list[Block]:
    if not overview.waits:
        return []
    return [actions(button(words.gettext("Behandle forespørsler"), ids.WAITING))]


def _ending(words: Words, code: Code, situation: Situation) -> Block:
    refresh = refresh_button(words, code.id, asks_first=stops_at_once(code, situation))
    name = cut(code.person.name, LONGEST_NAME)
    return SectionBlock(text=typed(f"{name}\n{_state(words, code, situation)}"), accessory=refresh)


def _state(words: Words, code: Code, situation: Situation) -> str:
    """Which code it is, how it stands and until when."""
    label, until = valid_until(words, code, situation.now)
    state = state_name(words, code, situation.now)
    lasts = f"{label} {until.text}"  # which says itself that it is good
    return f"{in_a_line(code)}\n{lasts if label.startswith(state) else f'{state} · {lasts}'}"


# For everybody


def _asked(words: Words, request: CodeRequest, situation: Situation) -> list[Block]:
    return [*waiting_request(words, request, situation), DividerBlock()]


def _code(
    words: Words, code: Code, situation: Situation, refreshes: frozenset[str], used: str
) -> list[Block]:
    asked = code.id in refreshes
    waits = words.gettext("Det er bedt om at koden blir oppdatert.") if asked else ""
    lines = filter(None, (_state(words, code, situation), used, waits))
    section: Block = SectionBlock(text=typed("\n".join(lines)))
    if not situation.may_use(code) or not situation.is_approved:
        return [section]
    buttons = [show_button(words, code)]
    if situation.is_blocked:
        return [section, actions(*buttons)]
    if not asked or situation.is_account_holder:
        asks_first = stops_at_once(code, situation)
        buttons.append(refresh_button(words, code.id, asks_first=asks_first))
    return [section, actions(*buttons)]


def _ways(words: Words, situation: Situation, *, has_more: bool) -> list[Block]:
    """To a new code, and to the codes that there were."""
    buttons: list[ButtonElement] = []
    if not situation.is_blocked:
        holder = situation.is_account_holder
        buttons.append(ask_button(words, account_holder=holder, style="primary"))
    if has_more:
        buttons.append(button(words.gettext("Vis tidligere"), ids.MY_CODES))
    if situation.is_account_holder and situation.is_suspended:
        buttons.append(all_codes_button(words))  # else it stands above, with how they are
    if situation.is_lasting_holder and situation.is_suspended:
        buttons.append(holders_button(words))
    return [actions(*buttons)] if buttons else []


def _questions(
    words: Words, situation: Situation, usable: Sequence[Code], asked: Sequence[CodeRequest]
) -> list[Block]:
    """Three that fit the reader, and the way to all of them."""
    _ = words.gettext
    fitting = topic_buttons(words, _fitting(situation, usable, asked))
    return [
        DividerBlock(),
        heading(_("Spørsmål og svar")),
        paragraph(words.prose("questions/list")),
        actions(*fitting, button(_("Alle spørsmål"), ids.ALL_QUESTIONS)),
    ]


def _fitting(
    situation: Situation, usable: Sequence[Code], asked: Sequence[CodeRequest]
) -> Sequence[Topic]:
    if any(code.state_at(situation.now) is CodeState.ACTIVE for code in usable):
        return Topic.AFTER, Topic.TROUBLE, Topic.REUSE
    if usable:
        return Topic.EXPIRED, Topic.TROUBLE, Topic.WHY_NEW
    if situation.is_account_holder:
        return Topic.GET, Topic.AUTHORITY, Topic.LEAVING
    if asked:
        return Topic.WAITING, Topic.HOLDER, Topic.AFTER
    return Topic.WHAT, Topic.GET, Topic.EXPIRY


BUTTONS_IN_A_ROW = 5


def questions_view(words: Words) -> View:
    """All that can be asked by a button."""
    topics = list(titles(words))
    rows = [
        actions(*topic_buttons(words, topics[start : start + BUTTONS_IN_A_ROW]))
        for start in range(0, len(topics), BUTTONS_IN_A_ROW)
    ]
    lead = paragraph(words.prose("questions/list"))
    title = words.gettext("Alle spørsmål")
    return modal(ids.VIEW_QUESTIONS, title, [lead, *rows], close=words.gettext("Lukk"))
