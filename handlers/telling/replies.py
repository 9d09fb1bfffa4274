"""What is said to a question: the message for each kind of outcome."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from storage.outbox import ANSWER, CHOICE, GREETING, HELP, NO_ANSWER, THANKS
from storage.records import NoticeKind, Topic
from templates import answers, questions
from templates.help import help_message
from templates.message import Message
from templates.situation import Situation
from templates.words import Words


class Asked(Struct, frozen=True):
    """A question as it was understood, and who reads what is said to it."""

    topics: Sequence[Topic]
    """The one that is answered and the next best, or those there are to choose from."""

    question: str
    """As its buttons carry it; empty where nothing was asked."""

    seen: Situation
    can_send_on: bool
    """Whether there is an account holder whom they can ask."""

    told_elsewhere: bool = False
    """Whether what is about them comes in a message of their own."""


def _answer(words: Words, asked: Asked) -> Message:
    topic, *others = asked.topics
    return answers.answer(
        words,
        topic,
        asked.seen,
        others=others,
        question_id=asked.question,
        told_elsewhere=asked.told_elsewhere,
    )


def _choice(words: Words, asked: Asked) -> Message:
    return questions.choice(words, asked.topics, asked.question, can_send_on=asked.can_send_on)


def _no_answer(words: Words, asked: Asked) -> Message:
    return questions.no_answer(words, asked.topics, asked.question, can_send_on=asked.can_send_on)


SAYINGS: Mapping[NoticeKind, Callable[[Words, Asked], Message]] = {
    ANSWER: _answer,
    CHOICE: _choice,
    NO_ANSWER: _no_answer,
    GREETING: lambda words, asked: questions.greeting(words, asked.seen),
    THANKS: lambda words, _: questions.thanks(words),
    HELP: lambda words, asked: help_message(words, account_holder=asked.seen.is_account_holder),
}


def reply(words: Words, kind: NoticeKind, asked: Asked) -> Message:
    """
    Raises:
        KeyError: this kind of notice is no reply.
    """
    return SAYINGS[kind](words, asked)
