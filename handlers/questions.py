"""Ask a question: in a direct message, by mention, after the command or from a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.call import Call, Reply
from handlers.faq.phrasings import SmallTalk
from handlers.faq.reading import Understood, understand
from handlers.messages import ephemeral
from handlers.services import Services
from handlers.situations import situation
from handlers.telling import is_public
from handlers.telling.replies import Asked, reply
from handlers.views import showing_again
from storage import codes, events, members, organisations, outbox, questions
from storage.database import Transaction
from storage.members import Member
from storage.organisations import Standing
from storage.records import NoticeKind, Topic, Verdict
from storage.statements import Row
from templates import answers, code_notices, ids
from templates.message import Message
from templates.topics import related

_WRITTEN = (None, "file_share", "me_message", "thread_broadcast")
"""What people write; every other subtype is an edit, a deletion or the like."""

MOST_CODES = 3
"""How many codes in one message are looked for in the ledger."""

_KINDS = {
    Verdict.ANSWERED: NoticeKind.ANSWER,
    Verdict.CHOICE: NoticeKind.CHOICE,
    Verdict.REFUSED: NoticeKind.NO_ANSWER,
}
_SMALL_TALK = {
    SmallTalk.GREETING: NoticeKind.GREETING,
    SmallTalk.THANKS: NoticeKind.THANKS,
    SmallTalk.HELP: NoticeKind.HELP,
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an answer goes: to the asker alone, or into the thread of a channel."""

    channel: str | None = None
    thread_ts: str | None = None


async def direct_message(call: Call, services: Services) -> Reply:
    """Somebody wrote to the bot. In a thread, and where Slack shows the bot as an agent, each
    question has its own thread."""
    event = call.event
    if event.get("channel_type") != "im" or not _is_written_by_somebody(call):
        return Reply()
    in_thread = call.thread_ts or ("app_context" in event and str(event.get("ts") or ""))
    place = _Place(str(event.get("channel") or ""), in_thread) if in_thread else _Place()
    return await _answer_event(call, services, place)


async def mention(call: Call, services: Services) -> Reply:
    """Somebody called the bot in a channel: it answers in a thread, and only then."""
    if not _is_written_by_somebody(call):
        return Reply()
    thread_ts = call.thread_ts or str(call.event.get("ts") or "")
    return await _answer_event(
        call, services, _Place(str(call.event.get("channel") or ""), thread_ts)
    )


def _is_written_by_somebody(call: Call) -> bool:
    """Not an edit or a deletion, and not what bots write: our own messages too."""
    event = call.event
    is_written = event.get("subtype") in _WRITTEN and "edited" not in event
    return is_written and not event.get("bot_id") and bool(call.user_id)


async def _answer_event(call: Call, services: Services, place: _Place) -> Reply:
    """Once, however often Slack tells us."""
    asked = understand(call.text, services.matcher)
    async with services.database.transaction() as transaction:
        if not await events.take(transaction, call.event_id):
            return Reply()
        standing = await organisations.standing_to_ask(transaction, call.team_id)
        rows = [
            *await _warnings(transaction, services, standing, call, asked),
            *await _answers(transaction, standing, call, asked, place),
        ]
        await outbox.add(transaction, rows)
    services.wake()
    return Reply()


async def _warnings(
    transaction: Transaction,
    services: Services,
    standing: Standing,
    call: Call,
    asked: Understood,
) -> list[Row]:
    """Privately to whoever wrote a code: it is a secret."""
    rows = []
    for number, text in enumerate(asked.codes[:MOST_CODES]):
        found = await codes.find_written(
            transaction, standing.organisation.id, services.keyring, text
        )
        rows.append(
            outbox.notice(
                transaction,
                standing.organisation.id,
                NoticeKind.CODE_EXPOSED,
                call.user_id,
                code_id=found.id if found else None,
                key=f"{call.event_id}:{number}",
            )
        )
    return rows


async def _answers(
    transaction: Transaction, standing: Standing, call: Call, asked: Understood, place: _Place
) -> list[Row]:
    kind, topics, question_id = await _outcome(transaction, standing, asked)
    if kind is None:
        return []
    organisation_id = standing.organisation.id

    def row(where: _Place, kept: str | None) -> Row:
        return outbox.notice(
            transaction,
            organisation_id,
            kind,
            call.user_id,
            key=call.event_id,
            topics=",".join(topics),
            question_id=kept,
            place=where.channel,
            thread_ts=where.thread_ts,
        )

    rows = [row(place, question_id)]
    if kind is NoticeKind.ANSWER and is_public(place.channel):
        member = await members.look_up(transaction, standing, call.user_id)
        if answers.is_personal(topics[0], member):
            rows.append(row(_Place(), None))
    return rows


async def _outcome(
    transaction: Transaction, standing: Standing, asked: Understood
) -> tuple[NoticeKind | None, Sequence[Topic], str | None]:
    """What is answered; what was asked is kept, if it was a question."""
    if asked.is_empty:
        return NoticeKind.HELP, (), None
    if asked.small_talk is not None:
        return _SMALL_TALK[asked.small_talk], (), None
    match = asked.match
    if asked.codes and match.verdict is not Verdict.ANSWERED:
        return None, (), None  # the warning says what there is to say
    topic = match.topics[0] if match.verdict is Verdict.ANSWERED else None
    question_id = await questions.keep(
        transaction, standing.organisation.id, asked.text, match.verdict, topic
    )
    return _KINDS[match.verdict], match.topics, question_id


# After the command


async def after_command(call: Call, services: Services) -> Reply:
    """What follows the command is a question: the answer is seen by the asker alone."""
    asked = understand(call.text, services.matcher)
    async with services.database.transaction() as transaction:
        standing = await organisations.standing_to_ask(transaction, call.team_id)
        member = await members.look_up(transaction, standing, call.user_id)
        exposed = [
            await _exposed(transaction, services, standing, member, text)
            for text in asked.codes[:MOST_CODES]
        ]
        kind, topics, question_id = await _outcome(transaction, standing, asked)
        seen = situation(standing, transaction.now, member)
    if kind is None:
        return ephemeral(*exposed)
    can = standing.has_other_holder_than(call.user_id)
    said = reply(services.words, kind, Asked(topics, question_id or "", seen, can_send_on=can))
    return ephemeral(*exposed, said)


async def _exposed(
    transaction: Transaction, services: Services, standing: Standing, member: Member, text: str
) -> Message:
    found = await codes.find_written(transaction, standing.organisation.id, services.keyring, text)
    return code_notices.code_exposed(
        services.words,
        found,
        standing.holders,
        may_refresh=found is not None and codes.may_refresh(standing, found, member.user_id),
    )


# From a list, or by a button


async def show_topic(call: Call, services: Services) -> Reply:
    """The answer in a modal, seen by whoever pressed: theirs, wherever the button stood."""
    topic = Topic(call.id.removeprefix(ids.topic("")))
    async with services.database.transaction() as transaction:
        standing = await organisations.standing_of_team(transaction, call.team_id)
        member = await members.look_up(transaction, standing, call.user_id)
        await questions.pick(transaction, standing.organisation.id, call.value, topic)
        seen = situation(standing, transaction.now, member)
    view = answers.answer_view(
        services.words, topic, seen, others=related(topic), question_id=call.value
    )
    return showing_again(call, services, view)
