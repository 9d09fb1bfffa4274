"""Notices about questions: the reply to whoever asked, and what they sent on."""

from typing import Any

from handlers.asked import on_button
from handlers.situations import situation
from handlers.telling.entry import Entry, Subject, has_lost_account_holder, told_instead
from handlers.telling.places import is_public
from handlers.telling.replies import SAYINGS, Asked, reply
from storage import members, questions
from storage.desk import AskingDesk, Desk
from storage.members import Member
from storage.outbox import NewNotice
from storage.questions import QUESTION_ANSWERED, QUESTION_FORWARDED, QUESTION_UNATTENDED
from storage.records import ForwardedQuestion, Notice, Topic
from storage.refusals import NotFound
from templates.answers import is_personal
from templates.message import Message
from templates.questions import question_forwarded, question_unattended
from templates.replying import question_answered, question_taken
from templates.words import Words


class OfReply(Subject, frozen=True):
    member: Member
    """Who asked."""

    question: str
    """As the buttons carry it."""


class OfForwarded(Subject, frozen=True):
    forwarded: ForwardedQuestion | None
    """None when it has been forgotten."""

    @property
    def is_answered(self) -> bool:
        return self.forwarded is not None and self.forwarded.answered_at is not None


async def _asker(desk: Desk, notice: Notice) -> OfReply:
    asker = notice.recipient or ""
    member = await members.look_up(desk, asker)
    question = on_button(desk, notice.question_id, asker)
    return OfReply(notice, desk.now, desk.standing, member, question)


async def _forwarded(desk: Desk, notice: Notice) -> OfForwarded:
    try:
        found = await questions.find_forwarded(desk, notice.forwarded_id or "")
    except NotFound:
        found = None
    return OfForwarded(notice, desk.now, desk.standing, found)


def _is_remembered(subject: OfForwarded) -> bool:
    return subject.forwarded is not None


def _is_settled(subject: OfForwarded) -> bool:
    """Nobody is asked any more to answer it."""
    return subject.forwarded is None or subject.is_answered


async def _to_the_others(desk: AskingDesk, subject: OfForwarded) -> list[NewNotice]:
    """To each account holder but whoever asked; while there is none, they hear of it, and it waits
    for one without a name."""
    assert subject.forwarded is not None
    notice, asker = subject.notice, subject.forwarded.asked_by
    others = [holder for holder in desk.standing.holders if holder != asker]
    if others or notice.recipient is None:
        return [told_instead(notice, QUESTION_FORWARDED, holder) for holder in others]
    return [
        told_instead(notice, QUESTION_FORWARDED, None),
        told_instead(notice, QUESTION_UNATTENDED, asker),
    ]


def _is_to_be_answered(subject: OfForwarded) -> bool:
    """Or there is a copy, which shows that it has been."""
    return _is_remembered(subject) and (subject.has_copy or subject.is_for_account_holder)


def _reply(words: Words, subject: OfReply) -> Message:
    """To the asker as they are; where others read too, nothing that is about anybody."""
    notice, member = subject.notice, subject.member
    topics = [Topic(name) for name in notice.topics.split(",")] if notice.topics else []
    in_public = is_public(notice.place)
    asked = Asked(
        topics,
        subject.question,
        situation(subject.standing, subject.now, None if in_public else member),
        can_send_on=subject.standing.has_other_holder_than(member.user_id),
        told_elsewhere=in_public and bool(topics) and is_personal(topics[0], member),
    )
    return reply(words, notice.kind, asked)


def _sent_on(words: Words, subject: OfForwarded) -> Message:
    assert subject.forwarded is not None
    if subject.is_answered:
        knows = subject.is_for_account_holder
        return question_taken(words, subject.forwarded, knows_answer=knows)
    return question_forwarded(words, subject.forwarded)


def _answered(words: Words, subject: OfForwarded) -> Message:
    assert subject.forwarded is not None
    return question_answered(words, subject.forwarded)


async def _by_direct_message(desk: AskingDesk, notice: Notice) -> list[NewNotice]:
    """An answer that Slack does not take where it was asked is the asker's all the same; not when
    theirs has been told them there already."""
    asker, place = notice.recipient, notice.place
    if asker is None or place is None:
        return []
    topics = notice.topics.split(",") if notice.topics else []
    if topics and is_public(place):
        member = await members.look_up(desk, asker)
        if is_personal(Topic(topics[0]), member):
            return []
    return [
        NewNotice(
            notice.kind,
            asker,
            about=notice.id,
            topics=notice.topics,
            question_id=notice.question_id,
            turn=notice.turn,
        )
    ]


def _is_unattended(subject: OfForwarded) -> bool:
    forwarded, standing = subject.forwarded, subject.standing
    return forwarded is not None and not standing.has_other_holder_than(forwarded.asked_by)


def _nobody_answers(words: Words, subject: OfForwarded) -> Message:
    assert subject.forwarded is not None
    return question_unattended(words, subject.forwarded)


ENTRIES: tuple[Entry[Any], ...] = (
    *(
        Entry(kind=kind, about=_asker, compose=_reply, hand_on=_by_direct_message)
        for kind in SAYINGS
    ),
    Entry(
        kind=QUESTION_FORWARDED,
        about=_forwarded,
        is_over=_is_settled,
        has_lost_its_reader=has_lost_account_holder,
        address=_to_the_others,
        holds=_is_to_be_answered,
        compose=_sent_on,
    ),
    Entry(kind=QUESTION_ANSWERED, about=_forwarded, holds=_is_remembered, compose=_answered),
    Entry(
        kind=QUESTION_UNATTENDED,
        about=_forwarded,
        is_over=_is_settled,
        holds=_is_unattended,
        compose=_nobody_answers,
    ),
)
