"""Everything that is said to questions: each topic to each kind of reader, and what is around."""

from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace
from slack_sdk.models.views import View

from storage.records import (
    ForwardedQuestion,
    OrganisationState,
    Topic,
)
from templates import answers, questions, replying
from templates.message import Message
from templates.situation import Situation
from templates.topics import related
from templates.words import Words
from tests.unit.templates.cast import ASKER, DAY, HOLDER, HOLDERS, NOW, Cast
from tests.unit.templates.table import QUESTION_ID, readers

Render = Callable[[Words], View | Message]


def faq_screens(cast: Cast) -> Iterator[tuple[str, Render]]:
    everybody = readers(cast)["everybody"]
    for topic in Topic:
        yield f"answer/{topic}-told-elsewhere", partial(_answer_elsewhere, topic, everybody)
    yield from around(cast)


def _answer_elsewhere(topic: Topic, seen: Situation, words: Words) -> Message:
    return answers.answer(words, topic, seen, others=related(topic), told_elsewhere=True)


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
    greeted = {
        "somebody": cast.situation(),
        "holder": cast.situation(HOLDER),
        "nobody-to-ask": cast.situation(holders=()),
        "suspended": cast.situation(state=OrganisationState.SUSPENDED),
    }
    for name, seen in greeted.items():
        yield f"greeting/{name}", partial(questions.greeting, situation=seen)
    yield "thanks", questions.thanks
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
