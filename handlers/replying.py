"""Answer a question that somebody has sent on: only an account holder, and the first of them."""

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.views import opening
from storage import questions
from storage.refusals import AlreadyAnswered
from templates.replying import reply_view


async def open_reply(call: Call, workspace: Workspace) -> Reply:
    async with workspace.looking() as desk:
        desk.standing.require_account_holder(call.user_id)
        question = await questions.find_forwarded(desk, call.value)
    if question.answered_at is not None:
        raise AlreadyAnswered(question)
    return opening(call, workspace, reply_view(workspace.words, question))


async def send_reply(call: Call, workspace: Workspace) -> Reply:
    fields = Form(call)
    text = fields.reply()
    fields.require_right()
    try:
        async with workspace.asking() as desk:
            await questions.answer(desk, call.private_metadata, call.user_id, text)
    except AlreadyAnswered as refusal:
        _pass_over_repeat(refusal, call, text)
    return Reply()


def _pass_over_repeat(refusal: AlreadyAnswered, call: Call, text: str) -> None:
    """The same person sent the same answer twice: no error after success."""
    question = refusal.question
    if (question.answered_by, question.answer) != (call.user_id, text):
        raise refusal
