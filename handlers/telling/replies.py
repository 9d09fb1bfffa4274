"""What is said to a question: the message for each kind of outcome."""

from collections.abc import Callable, Mapping, Sequence

from storage.records import NoticeKind, Topic
from templates import answers, questions
from templates.help import help_message
from templates.message import Message
from templates.situation import Situation
from templates.words import Words

_SMALL_TALK: Mapping[NoticeKind, Callable[[Words], Message]] = {
    NoticeKind.GREETING: questions.greeting,
    NoticeKind.THANKS: questions.thanks,
    NoticeKind.HELP: help_message,
}


def reply(
    words: Words,
    kind: NoticeKind,
    topics: Sequence[Topic],
    question_id: str,
    seen: Situation,
    *,
    can_send_on: bool,
    told_elsewhere: bool = False,
) -> Message:
    """
    Raises:
        KeyError: this kind of notice is no reply.
    """
    if kind is NoticeKind.ANSWER:
        topic, *others = topics
        return answers.answer(
            words,
            topic,
            seen,
            others=others,
            question_id=question_id,
            told_elsewhere=told_elsewhere,
        )
    if kind is NoticeKind.CHOICE:
        return questions.choice(words, topics, question_id, can_send_on=can_send_on)
    if kind is NoticeKind.NO_ANSWER:
        return questions.no_answer(words, topics, question_id, can_send_on=can_send_on)
    return _SMALL_TALK[kind](words)
