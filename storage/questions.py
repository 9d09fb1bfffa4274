"""What was asked: kept for a while to learn from, and sent on to the account holders.

What is kept has no asker, no moment but the day, and no codes, addresses or numbers in it.
Only who sends a question on under their own name is named, in another table.
"""

from datetime import UTC
from secrets import token_hex

from storage import audit, mirroring, outbox
from storage.desk import AskingDesk, Desk
from storage.outbox import NewNotice
from storage.records import (
    QUESTION_LIFETIME,
    Action,
    ForwardedQuestion,
    NoticeKind,
    Question,
    Topic,
    Verdict,
)
from storage.refusals import AlreadyAnswered, NotFound
from storage.schema import forwarded_questions, questions
from storage.scrubbing import scrubbed
from storage.sql import and_, bindparam, case, false, insert, insert_new, or_, select, update

QUESTION_FORWARDED = NoticeKind("question_forwarded")
QUESTION_UNATTENDED = NoticeKind("question_unattended")
QUESTION_ANSWERED = NoticeKind("question_answered")

LONGEST_KEPT = 500
MOST_LISTED = 300

_KEEP = insert(questions)
_of_organisation = (
    questions.c.organisation_id == bindparam("of_organisation"),
    questions.c.id == bindparam("question_id"),
)
_RATE = update(questions).where(*_of_organisation).values(helpful=bindparam("is_helpful"))
_other_than_answered = and_(
    questions.c.verdict == Verdict.ANSWERED, questions.c.topic != bindparam("new_pick")
)
_PICK = (
    update(questions)
    .where(*_of_organisation)
    .values(
        picked=bindparam("new_pick"),
        helpful=case((_other_than_answered, false()), else_=questions.c.helpful),
    )
)
_UNANSWERED = (
    select(questions)
    .where(
        questions.c.organisation_id == bindparam("of_organisation"),
        or_(questions.c.verdict != Verdict.ANSWERED, questions.c.helpful.is_(False)),
        questions.c.text != "",
    )
    .order_by(questions.c.asked_on.desc(), questions.c.id)
    .limit(bindparam("most"))
)
_TEXT = select(questions.c.text).where(*_of_organisation)
_FORWARD = insert_new(forwarded_questions, "submission_id", returning=[forwarded_questions.c.id])
_FORWARDED_COLUMNS = [column for column in forwarded_questions.c if column.name != "submission_id"]
_which_forwarded = (
    forwarded_questions.c.organisation_id == bindparam("of_organisation"),
    forwarded_questions.c.id == bindparam("forwarded_id"),
)
_FIND_FORWARDED = select(*_FORWARDED_COLUMNS).where(*_which_forwarded)
_ANSWER = (
    update(forwarded_questions)
    .where(*_which_forwarded, forwarded_questions.c.answered_at.is_(None))
    .values(
        answer=bindparam("new_answer"),
        answered_by=bindparam("actor"),
        answered_at=bindparam("now"),
        forget_at=bindparam("new_forget_at"),
    )
    .returning(forwarded_questions.c.id)
)


async def keep(
    desk: AskingDesk,
    text: str,
    verdict: Verdict,
    topic: Topic | None,
    *,
    helpful: bool | None = None,
) -> str:
    """Keep what was asked, without what looks like a code or an address; the question's id.

    The id is drawn at random and says nothing of when, unlike the others'.
    """
    day = desk.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    question_id = token_hex(13)
    await desk.run(
        _KEEP,
        id=question_id,
        asked_on=day,
        text=scrubbed(text[: 2 * LONGEST_KEPT])[:LONGEST_KEPT].strip(),
        verdict=verdict,
        topic=topic,
        helpful=helpful,
        forget_at=day + QUESTION_LIFETIME,
    )
    return question_id


async def rate(desk: AskingDesk, question_id: str, *, helpful: bool) -> None:
    """The asker says whether the answer helped; nothing happens when it is forgotten already."""
    await desk.run(_RATE, question_id=question_id, is_helpful=helpful)


async def pick(desk: AskingDesk, question_id: str, topic: Topic) -> None:
    """The asker says what the question was about: the best there is to learn from.

    When another topic was answered, that answer did not help.
    """
    await desk.run(_PICK, question_id=question_id, new_pick=topic)


async def text_of(desk: Desk, question_id: str) -> str:
    """What was asked, as it is kept; empty when it is forgotten."""
    row = await desk.row(_TEXT, question_id=question_id)
    text: str = row["text"] if row else ""
    return text


async def unanswered(desk: Desk) -> list[Question]:
    """What was not answered, or not helpfully; the newest first."""
    rows = await desk.rows(_UNANSWERED, most=MOST_LISTED)
    return [Question(**row) for row in rows]


async def forward(desk: AskingDesk, asked_by: str, text: str, submission_id: str) -> None:
    """Send a question on to the account holders; the same form sent twice is one question.

    Raises:
        NoAccountHolder: there is nobody to send it to.
    """
    holders = desk.standing.others_to_ask(asked_by)
    entered = await desk.row(
        _FORWARD,
        id=desk.new_id(),
        asked_by=asked_by,
        text=text,
        submission_id=submission_id,
        asked_at=desk.now,
        forget_at=desk.now + QUESTION_LIFETIME,
    )
    if entered is None:
        return
    await audit.record(desk, asked_by, Action.QUESTION_FORWARDED)
    told = (NewNotice(QUESTION_FORWARDED, holder, forwarded_id=entered["id"]) for holder in holders)
    await outbox.tell(desk, *told)


async def answer(desk: AskingDesk, forwarded_id: str, answered_by: str, text: str) -> None:
    """Answer a question that was sent on. The first answer is the one that whoever asked is told,
    and it is kept as long as a question is.

    Raises:
        NotAccountHolder, NotFound, AlreadyAnswered.
    """
    desk.standing.require_account_holder(answered_by)
    is_first = await desk.row(
        _ANSWER,
        forwarded_id=forwarded_id,
        new_answer=text,
        actor=answered_by,
        now=desk.now,
        new_forget_at=desk.now + QUESTION_LIFETIME,
    )
    question = await find_forwarded(desk, forwarded_id)
    if not is_first:
        raise AlreadyAnswered(question)
    await audit.record(desk, answered_by, Action.QUESTION_ANSWERED)
    await mirroring.mirror_forwarded(desk, forwarded_id, QUESTION_FORWARDED)
    answered = NewNotice(QUESTION_ANSWERED, question.asked_by, forwarded_id=forwarded_id)
    await outbox.tell(desk, answered)


async def find_forwarded(desk: Desk, forwarded_id: str) -> ForwardedQuestion:
    """
    Raises:
        NotFound: there is no such question in this organisation, or it is forgotten.
    """
    row = await desk.row(_FIND_FORWARDED, forwarded_id=forwarded_id)
    if row is None:
        raise NotFound
    return ForwardedQuestion(**row)
