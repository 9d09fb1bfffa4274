"""What is said to a question: the message for each kind of outcome."""

from collections.abc import Callable, Mapping, Sequence

from storage.records import NoticeKind, Topic
from templates import notices
from templates.answers import Situation
from templates.message import Message
from templates.words import Words

_SMALL_TALK: Mapping[NoticeKind, Callable[[Words], Message]] = {
    NoticeKind.GREETING: notices.greeting,
    NoticeKind.THANKS: notices.thanks,
    NoticeKind.HELP: notices.help_message,
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
        return notices.answer(
            words,
            topic,
            seen,
            others=others,
            question_id=question_id,
            told_elsewhere=told_elsewhere,
        )
    if kind is NoticeKind.CHOICE:
        return notices.choice(words, topics, question_id, can_send_on=can_send_on)
    if kind is NoticeKind.NO_ANSWER:
        return notices.no_answer(words, topics, question_id, can_send_on=can_send_on)
    return _SMALL_TALK[kind](words)
