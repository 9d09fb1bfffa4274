"""The answers: each a text of `faq/`, with what the reader can do about it.

What is answered depends on who asks. As in a channel, it may be said to everybody.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ContextActionsBlock,
    FeedbackButtonsElement,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import FeedbackButtonObject
from slack_sdk.models.views import View

from storage.records import SOON, Code, CodeRequest, CodeState, RequestKind, Topic
from templates import ids
from templates.blocks import (
    actions,
    button,
    cut,
    heading,
    modal,
    paragraph,
    plain,
    plain_paragraph,
    typed,
)
from templates.codes import (
    USABLE,
    all_codes_button,
    ask_button,
    ask_label,
    my_codes_button,
    refresh_button,
    show_button,
    stops_at_once,
)
from templates.facts import decider, in_a_line, reason_in_words, state_name, until, valid_until
from templates.help import decide_button
from templates.holders import holders_button
from templates.message import Message
from templates.situation import Situation, how_it_stands
from templates.topics import titles
from templates.waiting import waiting_request
from templates.words import Words, mention

if TYPE_CHECKING:
    from storage.members import Member


LONGEST_NAME = 60
"""Of what was typed, in one line of an answer."""

MOST_LISTED = 3


def _only_expired(member: "Member") -> Sequence[Code]:
    """Those that a reader without a better one can have refreshed."""
    is_better_off = member.valid or member.waiting
    return () if is_better_off else member.expired_own


_SHOWN_WITH: "Mapping[Topic, Callable[[Member], Sequence[Code]]]" = {
    Topic.LOOKS: lambda member: member.valid,
    Topic.AFTER: lambda member: (*member.valid, *member.expired_own),
    Topic.EXPIRY: lambda member: (*member.valid, *member.expired_own),
    Topic.EXPIRED: lambda member: member.expired,
    Topic.GET: lambda member: () if member.account_holder else _only_expired(member),
    Topic.REUSE: lambda member: _only_expired(member),
    Topic.SHARE: lambda member: member.valid,
    Topic.TROUBLE: lambda member: (*member.valid, *member.expired_own, *member.ended),
    Topic.WAITING: lambda member: () if member.waiting else member.valid,
}
"""Which of the reader's codes stand below an answer."""

_PERSONAL = frozenset(
    (
        Topic.WHAT,
        Topic.GET,
        Topic.AFTER,
        Topic.LOOKS,
        Topic.EXPIRY,
        Topic.EXPIRED,
        Topic.REUSE,
        Topic.AUTHORITY,
        Topic.SHARE,
        Topic.TROUBLE,
        Topic.WAITING,
        Topic.LEAVING,
        Topic.PRIVACY,
    )
)
"""Answers that say something else to those who have codes, wait for one, or make them."""

_NAMING = frozenset((Topic.HOLDER,))
"""Answers that name somebody, which nobody is in public: everybody gets them alone as well."""

_LEADS_TO_ASKING = frozenset(
    (Topic.WHAT, Topic.GET, Topic.HOW_MANY, Topic.WHY_NEW, Topic.SEVERAL_PEOPLE, Topic.SHARE)
)

_WAITED_FOR = frozenset((Topic.WHAT, Topic.GET, Topic.SHARE))
"""Where who waits for a code is led to what they wait for, and not to ask for it again."""

_CODES_FIRST = frozenset((Topic.EXPIRY, Topic.TROUBLE))
"""Where what the ledger knows of the reader's codes is the answer, and the text explains it."""

_ABOUT_ONES_CODES = frozenset((Topic.EXPIRED, Topic.SHARE, Topic.TROUBLE, Topic.WAITING))
"""Answers that lead whoever reads them in a channel to their own codes: Slack takes no command in a
thread."""

_ABOUT_ALL_CODES = frozenset(
    (Topic.EXPIRY, Topic.EXPIRED, Topic.SHARE, Topic.TROUBLE, Topic.LEAVING)
)
"""Answers from which an account holder goes on to a code of somebody's."""


def is_personal(topic: Topic, member: "Member") -> bool:
    """Whether the answer to this member is another than the one for everybody."""
    is_known = member.is_known or (topic is Topic.WAITING and member.declined is not None)
    return topic in _NAMING or (topic in _PERSONAL and is_known)


def answer(
    words: Words,
    topic: Topic,
    situation: Situation,
    *,
    others: Sequence[Topic] = (),
    question_id: str = "",
    told_elsewhere: bool = False,
) -> Message:
    """An answer in a message. `others` are the next topics, if it was not what was asked."""
    title = titles(words)[topic]
    said = words.prose("questions/elsewhere", names=topic in _NAMING)
    elsewhere = [paragraph(said)] if told_elsewhere else []
    return Message.of(
        title,
        [
            *_answer(words, topic, situation),
            *elsewhere,
            *not_this(words, others, question_id),
            feedback(words, topic, question_id),
        ],
    )


def answer_view(
    words: Words,
    topic: Topic,
    situation: Situation,
    *,
    others: Sequence[Topic] = (),
    question_id: str = "",
) -> View:
    """The same in a modal, where Slack knows no feedback buttons."""
    _ = words.gettext
    value = f"{question_id}:{topic}"
    rate = actions(
        button("👍", ids.HELPFUL, value, read_out=_("Svaret hjalp")),
        button("👎", ids.UNHELPFUL, value, read_out=_("Svaret hjalp ikke")),
    )
    blocks = [*_answer(words, topic, situation), *not_this(words, others, question_id), rate]
    return modal(ids.VIEW_ANSWER, _("Spørsmål og svar"), blocks, close=_("Lukk"))


def _answer(words: Words, topic: Topic, situation: Situation) -> list[Block]:
    return [
        heading(titles(words)[topic]),
        *(_codes(words, topic, situation) if topic in _CODES_FIRST else []),
        paragraph(text(words, topic, situation)),
        *(_codes(words, topic, situation) if topic not in _CODES_FIRST else []),
        *(_request(words, situation) if topic is Topic.WAITING else []),
        *_next_step(words, topic, situation),
    ]


def text(words: Words, topic: Topic, situation: Situation) -> str:
    """What is said: under 120 words, so that it can be read on a phone."""
    member, organisation = situation.member, situation.organisation
    valid = member.valid if member else ()
    longest = max((code.expires_at for code in valid), default=None)
    return words.prose(
        f"faq/{topic}",
        general=member is None,
        **how_it_stands(situation.organisation),
        blocked=situation.is_blocked,
        techsoup=situation.has_codes_of_techsoup,
        short_name=None if situation.has_codes_of_techsoup else organisation.short_name,
        holders=words.mentions(situation.holders),
        account_holder=situation.is_account_holder,
        **_deputies(words, situation),
        **_waiting(words, situation),
        valid=len(valid),
        many=len(valid) if len(valid) > 1 else None,
        valid_until=until(words, longest, situation.now) if longest else None,
        expired=len(member.expired_own) if member else 0,
        listed=bool(_listed(topic, member)),
        refresh_asked=bool(member and _all_asked(situation, member)),
        **_ended(member),
        **_declined(words, member),
        has_data=bool(member and member.has_data),
        several=len(situation.holders) > 1,
        can_refresh=any(_can_refresh(code, situation) for code in _listed(topic, member)),
        has_steps=_has_steps(situation),
        ask=ask_label(words, account_holder=situation.is_account_holder),
    )


def _deputies(words: Words, situation: Situation) -> Mapping[str, object]:
    """Who holds the account, and who decides for a time only."""
    lasting = situation.lasting_holders
    deputies = [user for user in situation.holders if user in situation.deputies]
    return {
        "lasting_holder": situation.is_lasting_holder,
        "lasting_holders": words.mentions(lasting),
        "several_lasting": len(lasting) > 1,
        "deputy": situation.is_account_holder and not situation.is_lasting_holder,
        "deputies": words.mentions(deputies),
        "deputy_count": len(deputies),
    }


def _has_steps(situation: Situation) -> bool:
    """Whether the code may be good, as far as is known: then it may be how it is used."""
    member = situation.member
    if member is None:
        return True
    if member.valid:
        return situation.is_approved
    has_none = not (member.expired_own or member.waiting or member.ended)
    return has_none and not situation.is_blocked


def _ended(member: "Member | None") -> Mapping[str, object]:
    """What came to an end before its time: the newest, and who did it."""
    newest = member.ended[0] if member and member.ended else None
    who = member.withdrawn_by if member else None
    return {
        "ended": newest is not None,
        "withdrawn": newest is not None and newest.state is CodeState.REVOKED,
        "withdrawn_by": mention(who) if who else None,
    }


def _declined(words: Words, member: "Member | None") -> Mapping[str, object]:
    """What account holders have answered, where that was a no and nothing waits any more."""
    request = member.declined if member else None
    if request is None:
        return {"declined": False}
    return {
        "declined": True,
        "declined_by": decider(request),
        "declined_at": words.date(request.decided_at) if request.decided_at else "",
        "reason": reason_in_words(words, request) or None,
    }


def _waiting(words: Words, situation: Situation) -> Mapping[str, object]:
    """What the reader waits for: to have a code refreshed, or one for whom, unless themselves."""
    request = situation.member.waiting if situation.member else None
    refreshing = request is not None and request.kind is RequestKind.REFRESH
    return {
        "waiting": request is not None,
        "waiting_more": situation.member is not None and situation.member.waits_for_more,
        "refreshing": refreshing,
        "asked_for": None if request is None or refreshing else _for_whom(words, request),
    }


def _for_whom(words: Words, request: CodeRequest) -> str | None:
    if not request.is_for_another:
        return None
    user_id = request.person.user_id
    return mention(user_id) if user_id else words.gettext("en utenfor Slack")


def _all_asked(situation: Situation, member: "Member") -> bool:
    """Whether there is an expired code, and nothing left to ask an account holder for."""
    waiting = {code.id for code in member.expired} & member.refreshes_asked
    return not situation.is_account_holder and 0 < len(waiting) == len(member.expired)


def _listed(topic: Topic, member: "Member | None") -> Sequence[Code]:
    if member is None or topic not in _SHOWN_WITH:
        return ()
    return _SHOWN_WITH[topic](member)[:MOST_LISTED]


def _codes(words: Words, topic: Topic, situation: Situation) -> list[Block]:
    """The codes that the answer is about, each with what can be done with it."""
    member = situation.member
    if member is None:
        return []
    listed = _listed(topic, member)
    return [block for code in listed for block in _code(words, code, topic, situation)]


def _request(words: Words, situation: Situation) -> list[Block]:
    """What the reader waits for, with the way to take it back."""
    member = situation.member
    if member is None or member.waiting is None:
        return []
    return waiting_request(words, member.waiting, situation)


def _code(words: Words, code: Code, topic: Topic, situation: Situation) -> list[Block]:
    told = typed("\n".join(_lines(words, code, situation)))
    buttons = list(_code_buttons(words, code, topic, situation))
    if len(buttons) > 1:
        return [SectionBlock(text=told), actions(*buttons)]
    return [SectionBlock(text=told, accessory=buttons[0] if buttons else None)]


def _lines(words: Words, code: Code, situation: Situation) -> Iterator[str]:
    _ = words.gettext
    if code.user_id != situation.reader:
        yield cut(f"{code.person.name}, {code.person.email}", LONGEST_NAME)
    yield in_a_line(code)
    if code.state not in USABLE:
        yield f"{_('Status')}: {state_name(words, code, situation.now)}"
        return
    label, value = valid_until(words, code, situation.now)
    yield f"{label}: {value.text}"
    if not situation.is_blocked and _is_asked(code, situation):
        yield _("Det er bedt om at koden blir oppdatert.")


def _code_buttons(
    words: Words, code: Code, topic: Topic, situation: Situation
) -> Iterator[ButtonElement]:
    """Shown is what is good, refreshed what is not or not for long; what others have seen, both."""
    is_good = code.state_at(situation.now) is CodeState.ACTIVE
    if is_good and situation.is_approved:
        yield show_button(words, code)
    lasts = is_good and words.days_left(code.expires_at, situation.now) > SOON.days
    if _can_refresh(code, situation) and (topic in (Topic.SHARE, Topic.TROUBLE) or not lasts):
        yield refresh_button(words, code.id, asks_first=stops_at_once(code, situation))


def _can_refresh(code: Code, situation: Situation) -> bool:
    is_open = code.state in USABLE and not situation.is_blocked
    return is_open and not _is_asked(code, situation)


def _is_asked(code: Code, situation: Situation) -> bool:
    """Whether an account holder has been asked to refresh it, and the reader is none."""
    member = situation.member
    asked = member.refreshes_asked if member else frozenset()
    return code.id in asked and not situation.is_account_holder


def _next_step(words: Words, topic: Topic, situation: Situation) -> list[Block]:
    buttons = list(_buttons(words, topic, situation))
    return [actions(*buttons)] if buttons else []


def _buttons(words: Words, topic: Topic, situation: Situation) -> list[ButtonElement]:
    member, holder = situation.member, situation.is_account_holder
    asks = _leads_to_asking(topic, situation) and not situation.is_blocked
    ask = [ask_button(words, account_holder=holder)] if asks else []
    mine = [my_codes_button(words)] if _leads_to_codes(topic, member) else []
    found = [*mine, *ask] if member is not None and member.valid else [*ask, *mine]
    if topic in _ABOUT_ALL_CODES and holder:
        found.append(all_codes_button(words))
    if topic is Topic.HOLDER and situation.is_lasting_holder:
        found.append(holders_button(words))
    if topic is Topic.WAITING and holder:
        found.append(decide_button(words))
    return found


def _leads_to_asking(topic: Topic, situation: Situation) -> bool:
    member, holder = situation.member, situation.is_account_holder
    is_waiting = member is not None and member.waiting is not None
    if topic in _LEADS_TO_ASKING:
        return not (is_waiting and not holder and topic in _WAITED_FOR)
    if member is None or is_waiting:
        return False
    if topic is Topic.AFTER:
        return bool(member.ended) and not member.valid and not member.expired_own
    if topic is Topic.EXPIRED:
        return holder or not _listed(topic, member)
    if topic is Topic.TROUBLE:
        return not member.valid and not member.expired_own
    return topic is Topic.WAITING and not holder


def _leads_to_codes(topic: Topic, member: "Member | None") -> bool:
    if member is None:
        return topic in _ABOUT_ONES_CODES
    if member.waiting and topic in _WAITED_FOR:
        return True
    if member.waits_for_more and topic is Topic.WAITING:
        return True
    return member.has_more_than(_shown_at_once(topic))


def _shown_at_once(topic: Topic) -> float:
    """How many of one's own codes make it worth opening the list of them."""
    if topic in (Topic.WHAT, Topic.EXPIRED, Topic.PRIVACY):
        return 0
    return MOST_LISTED if topic in _SHOWN_WITH else float("inf")


def not_this(words: Words, topics: Sequence[Topic], question_id: str = "") -> list[Block]:
    """The way on, if the answer was to another question."""
    if not topics:
        return []
    return [
        plain_paragraph(words.gettext("Ikke det du lurte på?")),
        actions(*topic_buttons(words, topics, question_id)),
    ]


def topic_buttons(
    words: Words, topics: Sequence[Topic], question_id: str = ""
) -> list[ButtonElement]:
    named = titles(words)
    return [button(named[topic], ids.topic(topic), question_id or None) for topic in topics]


def feedback(words: Words, topic: Topic, question_id: str) -> Block:
    """👍 and 👎, as Slack shows them below a message."""
    _ = words.gettext
    about = f"{question_id}:{topic}"
    element = FeedbackButtonsElement(
        action_id=ids.FEEDBACK,
        positive_button=_rating("👍", f"{about}:up", _("Svaret hjalp")),
        negative_button=_rating("👎", f"{about}:down", _("Svaret hjalp ikke")),
    )
    return ContextActionsBlock(elements=[element])


def _rating(sign: str, value: str, read_out: str) -> FeedbackButtonObject:
    return FeedbackButtonObject(text=plain(sign), accessibility_label=read_out, value=value)
