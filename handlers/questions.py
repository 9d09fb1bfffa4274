"""Ask a question: in a direct message, by mention, after the command or from a list."""

from collections.abc import Sequence

from msgspec import Struct

from handlers.asked import asked_by, on_button
from handlers.call import Call, Reply
from handlers.faq.phrasings import SmallTalk
from handlers.faq.reading import Understood, understand_each
from handlers.house import Workspace
from handlers.messages import ephemeral
from handlers.situations import situation
from handlers.telling import is_public
from handlers.telling.replies import Asked, reply
from handlers.views import opening, showing_again
from storage import codes, events, members, outbox, questions, requests
from storage.desk import AskingDesk, Desk
from storage.finding import CODE_EXPOSED
from storage.outbox import ANSWER, CHOICE, GREETING, HELP, NO_ANSWER, THANKS, NewNotice
from storage.records import NoticeKind, Topic, Turn, Verdict
from templates import answers, code_notices, ids
from templates.code_notices import Reader
from templates.home import questions_view
from templates.message import Message
from templates.topics import related
from templates.words import Words

MOST_CODES = 3
"""How many codes in one message are looked for in the ledger."""

_KINDS = {
    Verdict.ANSWERED: ANSWER,
    Verdict.CHOICE: CHOICE,
    Verdict.REFUSED: NO_ANSWER,
}
_SMALL_TALK = {
    SmallTalk.GREETING: GREETING,
    SmallTalk.THANKS: THANKS,
    SmallTalk.HELP: HELP,
}


class _Destination(Struct, frozen=True):
    """Where an answer goes: to the asker alone, or into the thread of a channel."""

    channel: str | None = None
    thread_ts: str | None = None


async def direct_message(call: Call, workspace: Workspace) -> Reply:
    """Somebody wrote to the bot. In a thread, and where Slack shows the bot as an agent, each
    question has its own thread."""
    return await _answer_event(
        call, workspace, _there(call) if call.answered_in else _Destination()
    )


async def show_all(call: Call, workspace: Workspace) -> Reply:
    """Every topic, for those who look for a list."""
    return opening(call, workspace, questions_view(workspace.words))


async def mention(call: Call, workspace: Workspace) -> Reply:
    """Somebody called the bot in a channel: it answers in a thread, and only then. In a direct
    message Slack tells of it as a message, too."""
    if not is_public(call.channel):
        return Reply()
    return await _answer_event(call, workspace, _there(call))


def _there(call: Call) -> _Destination:
    """In the thread in which it was asked, or that it begins."""
    return _Destination(call.channel, call.answered_in)


async def _answer_event(call: Call, workspace: Workspace, destination: _Destination) -> Reply:
    """Once, however often Slack tells us."""
    if not call.is_written_to_us:
        return Reply()
    asked = understand_each(call.text, workspace.house.matcher)
    async with workspace.asking() as desk:
        if not await events.take(desk.transaction, call.event_id):
            return Reply()
        notices = await _warnings(desk, call, asked)
        for number in range(len(asked)):
            notices += await _answers(desk, call, asked, number, destination)
        await outbox.tell(desk, *notices)
    return Reply()


def _codes(asked: Sequence[Understood]) -> Sequence[str]:
    return list(dict.fromkeys(code for each in asked for code in each.codes))[:MOST_CODES]


async def _warnings(desk: AskingDesk, call: Call, asked: Sequence[Understood]) -> list[NewNotice]:
    """Privately to whoever wrote a code: it is a secret."""
    found = [await codes.find_written(desk, text) for text in _codes(asked)]
    return [
        NewNotice(
            CODE_EXPOSED,
            call.user_id,
            code_id=code.id if code else None,
            about=f"{call.event_id}:{number}",
            turn=Turn.ANSWER,
        )
        for number, code in enumerate(found)
    ]


async def _answers(
    desk: AskingDesk,
    call: Call,
    asked: Sequence[Understood],
    number: int,
    destination: _Destination,
) -> list[NewNotice]:
    """To one of the questions, however many they are."""
    kind, topics, question_id = await _outcome(desk, asked[number])
    if kind is None:
        return []
    topics = _told(topics, asked)

    def notice(where: _Destination, kept: str | None) -> NewNotice:
        return NewNotice(
            kind,
            call.user_id,
            about=f"{call.event_id}:{number}" if number else call.event_id,
            topics=",".join(topics),
            question_id=kept,
            place=where.channel,
            thread_ts=where.thread_ts,
            turn=Turn.ANSWER,
        )

    notices = [notice(destination, question_id)]
    if kind == ANSWER and is_public(destination.channel):
        member = await members.look_up(desk, call.user_id)
        if answers.is_personal(topics[0], member):
            notices.append(notice(_Destination(), None))
    return notices


def _told(topics: Sequence[Topic], asked: Sequence[Understood]) -> Sequence[Topic]:
    """Between two answers nobody is asked whether something else was meant."""
    return topics[:1] if len(asked) > 1 else topics


async def _outcome(
    desk: AskingDesk, asked: Understood
) -> tuple[NoticeKind | None, Sequence[Topic], str | None]:
    """What is answered; what was asked is kept, if it was a question."""
    if asked.is_empty:
        return HELP, (), None
    if asked.small_talk is not None:
        return _SMALL_TALK[asked.small_talk], (), None
    match = asked.match
    if asked.codes and match.verdict is not Verdict.ANSWERED:
        return None, (), None  # the warning says what there is to say
    topic = match.topics[0] if match.verdict is Verdict.ANSWERED else None
    question_id = await questions.keep(desk, asked.text, match.verdict, topic)
    return _KINDS[match.verdict], match.topics, question_id


# After the command


async def after_command(call: Call, workspace: Workspace) -> Reply:
    """What follows the command is a question: the answer is seen by the asker alone."""
    asked = understand_each(call.text, workspace.house.matcher)
    async with workspace.asking() as desk:
        member = await members.look_up(desk, call.user_id)
        said = [await _exposed(desk, workspace.words, text, call.user_id) for text in _codes(asked)]
        seen = situation(desk.standing, desk.now, member)
        can = desk.standing.has_other_holder_than(call.user_id)
        for each in asked:
            kind, topics, question_id = await _outcome(desk, each)
            if kind is not None:
                question = on_button(desk, question_id, call.user_id)
                about = Asked(_told(topics, asked), question, seen, can_send_on=can)
                said.append(reply(workspace.words, kind, about))
    return ephemeral(*said)


async def _exposed(desk: Desk, words: Words, text: str, user_id: str) -> Message:
    found = await codes.find_written(desk, text)
    asked = found is not None and found.id in await requests.refreshes_asked(desk)
    reader = Reader(situation(desk.standing, desk.now, user_id), asked)
    return code_notices.code_exposed(words, found, reader)


# From a list, or by a button


async def show_topic(call: Call, workspace: Workspace) -> Reply:
    """The answer in a modal, seen by whoever pressed: theirs, wherever the button stood."""
    topic = Topic(call.id.removeprefix(ids.topic("")))
    async with workspace.asking() as desk:
        member = await members.look_up(desk, call.user_id)
        question_id = asked_by(desk, call.value, call.user_id)
        if question_id:
            await questions.pick(desk, question_id, topic)
        seen = situation(desk.standing, desk.now, member)
    about = call.value if question_id else ""
    view = answers.answer_view(
        workspace.words, topic, seen, others=related(topic), question_id=about
    )
    return showing_again(call, workspace, view)
