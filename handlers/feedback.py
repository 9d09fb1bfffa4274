"""Say whether an answer helped, and if not, send the question on to the account holders."""

from msgspec import Struct

from handlers.asked import asked_by
from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.messages import say_alone
from handlers.views import opening, replace_view
from storage import questions
from storage.records import Topic, Verdict
from storage.refusals import NotFound
from templates import ids
from templates import questions as screens


class _Rating(Struct, frozen=True):
    question: str
    """As the button carries it: it may be another's. Empty where there is none."""

    topic: Topic
    helpful: bool

    @classmethod
    def read(cls, call: Call) -> "_Rating":
        """
        Raises:
            NotFound: the button carries something else.
        """
        question, topic, direction = [*call.value.split(":"), "", ""][:3]
        if topic not in set(Topic):
            raise NotFound
        helpful = call.id == ids.HELPFUL or direction == "up"
        return cls(question, Topic(topic), helpful)


async def rate(call: Call, workspace: Workspace) -> Reply:
    """Whoever asked rates the answer to their question; anybody else what the topic says."""
    rating = _Rating.read(call)
    async with workspace.asking() as desk:
        question_id = asked_by(desk, rating.question, call.user_id)
        if question_id:
            await questions.rate(desk, question_id, helpful=rating.helpful)
        else:
            await questions.keep(desk, "", Verdict.ANSWERED, rating.topic, helpful=rating.helpful)
    more = (workspace.words, rating.topic, rating.question if question_id else "")
    can = desk.standing.has_other_holder_than(call.user_id)

    async def later() -> None:
        if call.is_in_modal:
            view = screens.rated_view(*more, helpful=rating.helpful, can_send_on=can)
            await replace_view(workspace, call.view_id, view)
        else:
            message = screens.rated(*more, helpful=rating.helpful, can_send_on=can)
            await say_alone(call, workspace, message)

    return Reply(later=later)


async def open_question(call: Call, workspace: Workspace) -> Reply:
    """With what they asked, to be read once more; empty for whoever did not ask it."""
    async with workspace.looking() as desk:
        text = await questions.text_of(desk, asked_by(desk, call.value, call.user_id))
    view = screens.ask_holder_view(workspace.words, desk.standing.others_to_ask(call.user_id), text)
    return opening(call, workspace, view)


async def send_question(call: Call, workspace: Workspace) -> Reply:
    """The asker has read it once more and sends it under their own name."""
    fields = Form(call)
    text = fields.question()
    fields.require_right()
    async with workspace.asking() as desk:
        await questions.forward(desk, call.user_id, text, call.submission(text))
    view = screens.question_sent_view(workspace.words, desk.standing.others_to_ask(call.user_id))
    return Reply({"response_action": "update", "view": view.to_dict()})
