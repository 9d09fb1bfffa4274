"""What an account holder answers somebody who has sent a question on."""

from slack_sdk.models.blocks import PlainTextInputElement
from slack_sdk.models.views import View

from storage.records import ForwardedQuestion
from templates import ids
from templates.blocks import actions, field, heading, modal, paragraph, plain, plain_paragraph
from templates.message import Message
from templates.questions import ask_holder_button
from templates.words import Mrkdwn, Words, mention

LONGEST_REPLY = 2_000


def reply_view(words: Words, question: ForwardedQuestion) -> View:
    _ = words.gettext
    element = PlainTextInputElement(
        action_id=ids.REPLY_TEXT,
        multiline=True,
        max_length=LONGEST_REPLY,
        placeholder=plain(_("Skriv svaret ditt. Ikke skriv koder her.")),
    )
    hint = _("Jeg sender svaret med navnet ditt. De andre kontoholderne får også se det.")
    return modal(
        ids.VIEW_REPLY,
        _("Svar"),
        [
            paragraph(words.prose("questions/reply", who=mention(question.asked_by))),
            plain_paragraph(question.text),
            field(_("Svar"), element, hint=hint),
        ],
        close=_("Avbryt"),
        submit=_("Send svar"),
        metadata=question.id,
    )


def question_answered(words: Words, question: ForwardedQuestion) -> Message:
    """To whoever asked: who answered what, and the way to ask on."""
    assert question.answered_by is not None
    title = words.gettext("Svar på spørsmålet ditt")
    by, date = mention(question.answered_by), words.date(question.asked_at)
    lead = words.prose("questions/answered", by=by, date=date)
    return Message.of(
        lead,
        [
            heading(title),
            paragraph(lead),
            plain_paragraph(question.answer or ""),
            paragraph(words.prose("questions/asked")),
            plain_paragraph(question.text),
            actions(ask_holder_button(words, "")),
        ],
    )


def question_taken(
    words: Words, question: ForwardedQuestion, *, knows_answer: bool = True
) -> Message:
    """To every account holder: who was first to answer, and what; there is no more to do. Whoever
    has ceased to be one has a copy, but is not told the answer."""
    lead = _taken(words, question)
    answer = [paragraph(words.prose("questions/answer")), plain_paragraph(question.answer or "")]
    return Message.of(
        lead,
        [
            heading(words.gettext("Spørsmålet er besvart")),
            paragraph(lead),
            plain_paragraph(question.text),
            *(answer if knows_answer else []),
        ],
    )


def _taken(words: Words, question: ForwardedQuestion) -> Mrkdwn:
    assert question.answered_by is not None
    assert question.answered_at is not None
    return words.prose(
        "questions/taken",
        who=mention(question.asked_by),
        by=mention(question.answered_by),
        moment=words.moment(question.answered_at),
    )
