"""What is told about a request: to the person who asked, and to the account holders."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import Block, SectionBlock

from storage.records import Code, CodeRequest, CodeState, Reason, RequestKind, RequestState
from templates import ids
from templates.blocks import (
    Fact,
    actions,
    button,
    heading,
    heading_of,
    paragraph,
    plain_paragraph,
    table,
    typed,
)
from templates.codes import ask_button, refresh_button, why_blocked
from templates.deciding import decision_buttons, only_to_decline
from templates.facts import (
    answer_facts,
    decider,
    ends_on,
    outcome,
    person_facts,
    purpose_facts,
    reasons,
    request_table,
    roles,
    told_sent,
)
from templates.message import Message
from templates.situation import Situation, how_it_stands
from templates.waiting import asked_for, own_ways, sent_to
from templates.words import Words, in_notification, mention

if TYPE_CHECKING:
    from storage.background import Background

MOST_LISTED = 10
"""How many waiting requests a reminder lists."""


def request_sent(
    words: Words,
    request: CodeRequest,
    situation: Situation,
    *,
    is_one_of_several: bool = False,
) -> Message:
    """To the person who asked: it is sent, to whom; later what became of it."""
    asked = table(asked_for(words, request))
    if request.state is not RequestState.PENDING:
        title, became = _settled(words, request), outcome(words, request, below=True)
        return Message.of(title, [heading(title), paragraph(became), *asked])
    title = _pending(words, situation)
    return Message.of(
        title,
        [
            heading(title),
            paragraph(sent_to(words, request, situation)),
            *([] if situation.is_approved else [paragraph(why_blocked(words, situation))]),
            *([paragraph(words.prose("one_of_several"))] if is_one_of_several else []),
            *asked,
            own_ways(words, request, situation),
        ],
    )


def _pending(words: Words, situation: Situation) -> str:
    _ = words.gettext
    if not situation.is_approved:
        return _("Forespørselen venter")
    if not situation.holders:
        return _("Forespørselen venter på en kontoholder")
    return _("Forespørselen er sendt")


def _refreshes(request: CodeRequest) -> bool:
    return request.kind is RequestKind.REFRESH


def _settled(words: Words, request: CodeRequest) -> str:
    _ = words.gettext
    return {
        RequestState.APPROVED: _("Forespørselen er godkjent"),
        RequestState.DECLINED: _("Forespørselen er avslått"),
        RequestState.WITHDRAWN: _("Forespørselen er trukket"),
        RequestState.LAPSED: _("Forespørselen er utløpt"),
    }[request.state]


def request_asked(
    words: Words, request: CodeRequest, background: "Background", situation: Situation
) -> Message:
    """To every account holder: who asks for what; later who decided, and no buttons. Whoever has
    ceased to be one has a copy, but nothing to decide by it."""
    asks = partial(
        words.prose,
        "notices/request_asked",
        who=mention(request.asked_by),
        refresh=_refreshes(request),
        oneself=_for_oneself(request),
    )
    asked = paragraph(asks(name=None))
    if request.state is RequestState.PENDING:
        title = heading_of(partial(_asked_title, words, request), request.person.name)
        text = asks(name=in_notification(request.person.name))
        more = [] if _for_oneself(request) else [asked]  # the title says it
        if not situation.is_account_holder:
            ceased = paragraph(words.prose("notices/no_more_to_decide"))
            return Message.of(text, [title, *more, ceased])
        return Message.of(text, [title, *more, *_to_decide(words, request, background, situation)])
    return _decided(words, request, asked)


def _decided(words: Words, request: CodeRequest, asked: Block) -> Message:
    """What colleagues see of it: who answered what, and why."""
    title = heading_of(partial(_decided_title, words, request.state), request.person.name)
    became = outcome(words, request)
    return Message.of(
        became,
        [
            title,
            paragraph(became),
            asked,
            *table(answer_facts(words, request)),
            _in_short(words, request),
        ],
    )


def _decided_title(words: Words, state: RequestState, name: str) -> str:
    """What is read first of one that nobody has to do anything about."""
    _ = words.gettext
    return {
        RequestState.APPROVED: _("Godkjent: %(name)s", name=name),
        RequestState.DECLINED: _("Avslått: %(name)s", name=name),
        RequestState.WITHDRAWN: _("Trukket: %(name)s", name=name),
        RequestState.LAPSED: _("Utløpt: %(name)s", name=name),
    }[state]


def _in_short(words: Words, request: CodeRequest) -> Block:
    """What was asked for, in a line."""
    refresh = words.gettext("Oppdatering av kode")
    parts = [
        *([refresh] if _refreshes(request) else []),
        request.person.email,
        roles(words)[request.role],
        request.purpose.strip(),
    ]
    return SectionBlock(text=typed(" · ".join(part for part in parts if part)))


def _to_decide(
    words: Words, request: CodeRequest, background: "Background", situation: Situation
) -> list[Block]:
    if situation.is_blocked:
        advice = only_to_decline(words, situation)
    else:
        advice = paragraph(words.prose("notices/only_with_authority"))
    return [
        *request_table(words, request, background),
        advice,
        decision_buttons(words, request.id, situation),
    ]


def _for_oneself(request: CodeRequest) -> bool:
    return request.is_for_asker and not request.person.is_called_otherwise


def _asked_title(words: Words, request: CodeRequest, name: str) -> str:
    _ = words.gettext
    if not _for_oneself(request):
        return _("Godkjenningskode til %(name)s", name=name)
    if _refreshes(request):
        return _("%(name)s ber om å få oppdatert godkjenningskoden", name=name)
    return _("%(name)s ber om godkjenningskode", name=name)


def request_approved(
    words: Words,
    request: CodeRequest,
    code: Code,
    situation: Situation,
    *,
    told: str | None,
    has_authority: bool,
) -> Message:
    """To an asker who is not the holder: the code is made, and how it reaches the person."""
    name = request.person.name
    ends = [] if code.has_ended else [ends_on(words, code, situation.now)]
    return Message.of(
        _made(words, in_notification(name)),
        [
            heading_of(partial(_made, words), name),
            paragraph(_reaches(words, code, situation, told, has_authority=has_authority)),
            *table([*person_facts(words, request.person), *ends]),
        ],
    )


def _reaches(
    words: Words, code: Code, situation: Situation, told: str | None, *, has_authority: bool
) -> str:
    """How it gets to its person, until somebody has sent it, or it has come to an end."""
    if code.has_ended:
        return words.prose(
            "notices/code_ended", replaced=code.state is CodeState.REPLACED, ready=False
        )
    if code.sent_at:
        return told_sent(words, code)
    return words.prose(
        "notices/request_approved",
        **how_it_stands(situation.organisation),
        told=mention(told) if told else None,
        has_authority=has_authority,
    )


def _made(words: Words, name: str) -> str:
    return words.gettext("Koden til %(name)s er laget", name=name)


def request_declined(words: Words, request: CodeRequest, situation: Situation) -> Message:
    """To the person who asked: why, what the account holder wrote, and what to do next."""
    title = words.gettext("Forespørselen er avslått")
    next_step = words.prose(
        "notices/request_declined",
        reason=request.reason,
        reason_name=reasons(words)[request.reason] if request.reason else None,
        who=decider(request),
        oneself=_for_oneself(request),
        again=_again(words, request, situation),
        blocked=situation.is_blocked,
    )
    is_to_ask = request.reason is not Reason.NO_AUTHORITY
    return Message.of(
        title,
        [
            heading(title),
            paragraph(next_step),
            *_message(words, request.message),
            *table(_asked_for(words, request)),
            *(_ask_again(words, request, situation) if is_to_ask else []),
        ],
    )


def _again(words: Words, request: CodeRequest, situation: Situation) -> str:
    if situation.is_blocked:
        return words.gettext("Nye koder kan ikke lages nå.")
    if _refreshes(request):
        return words.gettext("Så kan du be på nytt om å få koden oppdatert.")
    return words.gettext("Så kan du be om kode på nytt.")


def _ask_again(words: Words, request: CodeRequest, situation: Situation) -> list[Block]:
    """For a new code, or to have the same one refreshed, unless that one is withdrawn; where it can
    be had."""
    if situation.is_blocked:
        return []
    if request.code_id is not None and (request.reason or request.state is RequestState.LAPSED):
        return [actions(refresh_button(words, request.code_id))]
    return [actions(ask_button(words))]


def _message(words: Words, message: str) -> list[Block]:
    if not message.strip():
        return []
    return [paragraph(words.prose("notices/message_from")), plain_paragraph(message)]


def _asked_for(words: Words, request: CodeRequest) -> list[Fact]:
    return [*person_facts(words, request.person), *purpose_facts(words, request.purpose)]


def request_unattended(words: Words, request: CodeRequest, situation: Situation) -> Message:
    """To the person who asked: those who could decide have left, and what can be done."""
    title = words.gettext("Ingen kan svare på forespørselen nå")
    return Message.of(
        title,
        [
            heading(title),
            paragraph(words.prose("notices/request_unattended")),
            *table(asked_for(words, request)),
            own_ways(words, request, situation),
        ],
    )


def request_lapsed(words: Words, request: CodeRequest, situation: Situation) -> Message:
    """To the person who asked: nobody answered in time."""
    title = words.gettext("Forespørselen er utløpt")
    lead = words.prose(
        "notices/request_lapsed",
        refresh=_refreshes(request),
        blocked=situation.is_blocked,
        **how_it_stands(situation.organisation),
        holders=words.mentions(situation.holders),
    )
    return Message.of(
        title,
        [
            heading(title),
            paragraph(lead),
            *table(_asked_for(words, request)),
            *_ask_again(words, request, situation),
        ],
    )


def requests_waiting(words: Words, requests: Sequence[CodeRequest], total: int) -> Message:
    """To account holders: one reminder of all that waits, the oldest first."""
    title = words.ngettext(
        "%(count)d forespørsel venter på svar", "%(count)d forespørsler venter på svar", total
    )
    lines = [_waiting_line(words, request) for request in requests[:MOST_LISTED]]
    if total > len(lines):
        lines.append(words.gettext("og %(count)d til", count=total - len(lines)))
    return Message.of(
        title,
        [
            heading(title),
            paragraph(words.prose("notices/requests_waiting")),
            plain_paragraph("\n".join(lines)),
            actions(button(words.gettext("Behandle"), ids.WAITING, style="primary")),
        ],
    )


def _waiting_line(words: Words, request: CodeRequest) -> str:
    _, date, name = words.gettext, words.date(request.asked_at), request.person.name
    if _refreshes(request):
        return _("%(name)s, oppdatering av koden, sendt %(date)s", name=name, date=date)
    return _("%(name)s, sendt %(date)s", name=name, date=date)
