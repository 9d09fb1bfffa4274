"""Everything that is said to questions: each topic to each kind of reader, and what is around."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from slack_sdk.models.views import View

from storage.members import Member
from storage.records import (
    CodeState,
    ForwardedQuestion,
    Issuer,
    OrganisationState,
    RequestKind,
    Topic,
)
from templates import answers, code_notices, questions, replying
from templates.message import Message
from templates.situation import Situation
from templates.topics import related
from templates.words import Words
from tests.unit.templates.cast import ASKER, DAY, HOLDER, HOLDERS, NOW, Cast

Render = Callable[[Words], View | Message]
QUESTION_ID = "0123456789abcdef0123456789"


def readers(cast: Cast) -> Mapping[str, Situation]:
    """Whoever may ask, and how things may stand."""
    nobody = Member(ASKER, False, (), (), (), None, frozenset())
    valid = cast.code(days_left=46)
    old = cast.code(CodeState.EXPIRED, number=2, days_left=-3)
    lapsed = (old, cast.code(number=3, days_left=-1))  # the second is not swept yet
    waiting = cast.request()
    refresh = cast.request(kind=RequestKind.REFRESH)
    revoked = cast.code(CodeState.REVOKED, number=20)
    replaced = cast.code(CodeState.REPLACED, number=21)
    many = tuple(cast.code(number=number, days_left=number) for number in range(10, 16))
    holder = replace(nobody, user_id=HOLDER, account_holder=True)
    all_expired = tuple(cast.code(CodeState.EXPIRED, number=n, days_left=-n) for n in (4, 5, 6, 7))
    members = {
        "member": nobody,
        "waiting": replace(nobody, waiting=waiting),
        "waiting-for-another": replace(nobody, waiting=cast.request(person=cast.person("U0OTHER"))),
        "valid": replace(nobody, valid=(valid,)),
        "many": replace(nobody, valid=many),
        "expired": replace(nobody, expired_own=lapsed, expired=lapsed),
        "refresh-asked": replace(
            nobody,
            expired_own=(old,),
            expired=(old,),
            waiting=refresh,
            refreshes_asked=frozenset({old.id}),
        ),
        "withdrawn": replace(nobody, ended=(revoked,), withdrawn_by=HOLDER),
        "withdrawn-unknown-by-whom": replace(nobody, ended=(revoked,)),
        "replaced": replace(nobody, valid=(valid,), ended=(replaced,)),
        "replaced-and-no-more": replace(nobody, ended=(replaced, revoked)),
        "seen-by-others": replace(nobody, valid=(valid,), refreshes_asked=frozenset({valid.id})),
        "both": replace(nobody, valid=(valid,), expired_own=(old,), expired=(old,)),
        "holder": holder,
        "holder-expired": replace(holder, expired=all_expired, valid=(valid,)),
        "holder-own-expired": replace(holder, expired=(old,), expired_own=(old,)),
    }
    awaiting, suspended = OrganisationState.AWAITING, OrganisationState.SUSPENDED
    found = {"everybody": cast.situation(None)}
    for name, member in members.items():
        found[name] = cast.situation(member.user_id, member=member)
    for name in ("member", "valid", "expired", "holder-expired"):
        theirs = partial(cast.situation, members[name].user_id, member=members[name])
        found[f"{name}-unapproved"] = theirs(state=awaiting)
        found[f"{name}-suspended"] = theirs(state=suspended)
        if not members[name].account_holder:
            found[f"{name}-nobody"] = theirs(holders=())
    only = (HOLDER,)
    found["holder-alone"] = cast.situation(HOLDER, member=holder, holders=only)
    found["member-one-holder"] = cast.situation(ASKER, member=nobody, holders=only)
    waits = members["waiting"]
    found["waiting-nobody"] = cast.situation(ASKER, member=waits, holders=())
    found["everybody-unapproved"] = cast.situation(None, state=awaiting)
    for name, like in (("holder-techsoup", "holder-expired"), ("member-techsoup", "member")):
        theirs = partial(cast.situation, members[like].user_id, member=members[like])
        found[name] = theirs(issuer=Issuer.TECHSOUP)
    return found


def faq_screens(cast: Cast) -> Iterator[tuple[str, Render]]:
    for topic in Topic:
        for name, seen in readers(cast).items():
            yield f"answer/{topic}-{name}", partial(_answer, topic, seen)
            yield f"answer_view/{topic}-{name}", partial(_answer_view, topic, seen)
        everybody = readers(cast)["everybody"]
        yield f"answer/{topic}-told-elsewhere", partial(_answer_elsewhere, topic, everybody)
    yield from around(cast)


def _answer(topic: Topic, seen: Situation, words: Words) -> Message:
    others = related(topic)
    return answers.answer(words, topic, seen, others=others, question_id=QUESTION_ID)


def _answer_elsewhere(topic: Topic, seen: Situation, words: Words) -> Message:
    return answers.answer(words, topic, seen, others=related(topic), told_elsewhere=True)


def _answer_view(topic: Topic, seen: Situation, words: Words) -> View:
    others = related(topic)
    return answers.answer_view(words, topic, seen, others=others, question_id=QUESTION_ID)


NEAR = (Topic.GET, Topic.EXPIRY, Topic.HOW_MANY)


def around(cast: Cast) -> Iterator[tuple[str, Render]]:
    for can in (True, False):
        who = "with-holder" if can else "alone"
        for name, say in (("choice", questions.choice), ("no_answer", questions.no_answer)):
            yield (
                f"{name}/{who}",
                partial(say, topics=NEAR, question_id=QUESTION_ID, can_send_on=can),
            )
        for helpful in (True, False):
            yield f"rated/{helpful}-{who}", partial(_rated, helpful, can)
            yield f"rated_view/{helpful}-{who}", partial(_rated_view, helpful, can)
    yield (
        "no_answer/nothing-near",
        partial(questions.no_answer, topics=(), question_id="", can_send_on=True),
    )
    yield "greeting", questions.greeting
    yield "thanks", questions.thanks
    for may in (True, False):
        for makes in (True, False):
            for holders in (HOLDERS, ()):
                yield (
                    f"code_exposed/{may}-{makes}-{len(holders)}",
                    partial(
                        code_notices.code_exposed,
                        code=cast.code() if may else None,
                        holders=holders,
                        may_refresh=may,
                        makes=makes,
                        asks_first=makes and may,
                    ),
                )
    question = ForwardedQuestion("01Q", "01O", ASKER, cast.message, NOW, NOW + 90 * DAY)
    yield "question_forwarded", partial(questions.question_forwarded, question=question)
    yield "question_unattended", partial(questions.question_unattended, question=question)
    answered = replace(question, answer=cast.message, answered_by=HOLDER, answered_at=NOW)
    yield "question_taken", partial(replying.question_taken, question=answered)
    yield "question_answered", partial(replying.question_answered, question=answered)
    yield "reply", partial(replying.reply_view, question=question)
    for name, text in (("empty", ""), ("filled", cast.message)):
        yield (
            f"ask_holder/{name}",
            partial(questions.ask_holder_view, holders=HOLDERS, question=text),
        )
    yield "question_sent", partial(questions.question_sent_view, holders=HOLDERS)
    groups = [(f"{cast.message} {number}", number) for number in range(1, 16)]
    for shown, page, pages in (((), 0, 1), (groups, 0, 2), (groups, 1, 2)):
        yield (
            f"unanswered/{len(shown)}-{page + 1}-of-{pages}",
            partial(questions.unanswered_view, groups=shown, page=page, pages=pages),
        )
    yield "export", partial(questions.export_view, texts=[cast.message * 5, cast.message])


def _rated(helpful: bool, can: bool, words: Words) -> Message:
    return questions.rated(words, Topic.EXPIRY, QUESTION_ID, helpful=helpful, can_send_on=can)


def _rated_view(helpful: bool, can: bool, words: Words) -> View:
    return questions.rated_view(words, Topic.EXPIRY, QUESTION_ID, helpful=helpful, can_send_on=can)
